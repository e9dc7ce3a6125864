package discover

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"trawl/index"
	"trawl/search/query"
)

// urlsIn returns the URLs of crawlable schemes in a text, each up to where it is surely
// no longer one: a comma ends it, as in tables, and what a mirror list leaves to be
// filled in.
//
//	`see <ftp://h/pub/>, or (ftp://i.org).` => "ftp://h/pub/", "ftp://i.org"
//	`ftp://h/$repo/os`, `ftp://h/x;type=i`  => "ftp://h/", "ftp://h/x"
func urlsIn(text string) []string {
	found := anyURL.FindAllString(text, -1)
	for i, u := range found {
		u, _, _ = strings.Cut(html.UnescapeString(u), ";type=") // RFC 1738 section 3.2.2
		found[i] = bare(u)
	}
	return found
}

// anyURL fits a URL of a scheme that can be crawled, and what follows it perhaps.
var anyURL = regexp.MustCompile("(?i)\\b(?:ftps?|sftp|gopher)://[^\\s\"'<>`|\\\\^{}$,\\x00-\\x1f]+")

// bare returns a URL without the punctuation that follows it. A bracket that it
// opens, as around an IPv6 address, belongs to it.
func bare(u string) string {
	for {
		short := strings.TrimRight(u, ".;:!?'*_}>")
		for _, pair := range []string{"()", "[]"} {
			if strings.HasSuffix(short, pair[1:]) && strings.Count(short, pair[:1]) < strings.Count(short, pair[1:]) {
				short = short[:len(short)-1]
			}
		}
		if short == u {
			return u
		}
		u = short
	}
}

// fromURLs returns the hosts whose URLs a text holds, from their roots on: a text
// names files, and where an archive begins it does not tell. Addresses of private
// networks mean nothing outside of them and are left out.
func fromURLs(text, from string) []Host {
	var found hosts
	for _, u := range urlsIn(text) {
		id, _, _, err := index.ParseHost(u)
		if err != nil || private(id) {
			continue
		}
		root, _, _, err := index.ParseHost(id.Scheme() + "://" + id.Name())
		if err == nil {
			found.add(Host{ID: root, From: from})
		}
	}
	return found.list
}

// private reports whether a host is named by an address, or a name, that only
// has a meaning near the one who wrote it.
func private(id index.HostID) bool {
	name, _, err := net.SplitHostPort(id.Addr())
	if err != nil {
		return true
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return !addr.IsGlobalUnicast() || addr.Unmap().IsPrivate()
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; last == "" || last[0] >= '0' && last[0] <= '9' {
		return true // no domain is called so: resolvers take 127.1 and 0x7f.0.0.1 for addresses
	}
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".localhost")
}

// Library is what Texts reads: a catalogue that searches its texts.
type Library interface {
	index.Searcher
	index.Texts
}

// Texts returns the hosts whose URLs the texts of the catalogue hold.
func Texts(ctx context.Context, lib Library) ([]Host, error) {
	var found hosts
	for _, s := range services() {
		if err := found.texts(ctx, lib, s.scheme); err != nil {
			return found.list, fmt.Errorf("search texts for hosts: %w", err)
		}
	}
	return found.list, nil
}

// texts adds the hosts of all texts that hold a word.
func (h *hosts) texts(ctx context.Context, lib Library, word string) error {
	q := index.Query{Tree: query.Text{Words: word}, Limit: index.MaxLimit, Places: index.MaxLimit, Budget: -1}
	for {
		answer, err := lib.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, result := range answer.Results {
			for _, place := range result.Places {
				if err := h.text(ctx, lib, place); err != nil {
					return err
				}
			}
		}
		if q.Cursor = answer.Next; q.Cursor == "" {
			return nil
		}
	}
}

// text adds the hosts that a text names; one that is gone by now names none.
func (h *hosts) text(ctx context.Context, lib Library, place index.Place) error {
	text, err := lib.Text(ctx, place.Host, place.Path)
	if err != nil && !errors.Is(err, index.ErrNotFound) {
		return err
	}
	for _, found := range fromURLs(text.Body, place.Host.URL(place.Path, index.File)) {
		h.add(found)
	}
	return nil
}
