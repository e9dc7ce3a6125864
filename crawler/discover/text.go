package discover

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/netip"
	"strings"

	"trawl/index"
	"trawl/search/query"
)

// urlsIn returns the URLs of the schemes in a text, each up to the first character that
// surely is no part of it: a comma as in tables, or the start of a placeholder as in
// mirror lists.
//
//	`see <ftp://h/pub/>, or (ftp://i.org).` => "ftp://h/pub/", "ftp://i.org"
//	`ftp://h/$repo/os`, `ftp://h/x;type=i`  => "ftp://h/", "ftp://h/x"
func (f *Finder) urlsIn(text string) []string {
	found := f.url.FindAllString(text, -1)
	for i, u := range found {
		u, _, _ = strings.Cut(html.UnescapeString(u), ";type=") // RFC 1738 section 3.2.2
		found[i] = bare(u)
	}
	return found
}

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

// fromURLs returns the hosts whose URLs a text holds, from their roots on: a text names
// files and does not say where an archive begins. Addresses of private networks mean
// nothing outside of them and are left out.
func (f *Finder) fromURLs(text, from string) []Host {
	var found hosts
	for _, u := range f.urlsIn(text) {
		id, _, _, err := f.schemes.Parse(u)
		if err != nil || private(id) {
			continue
		}
		root, _, _, err := f.schemes.Parse(id.Scheme() + "://" + id.Name())
		if err == nil {
			found.add(Host{ID: root, From: from})
		}
	}
	return found.list
}

// private reports whether the name or address of a host means it only near the
// machine of the author.
func private(id index.HostID) bool {
	name := id.Hostname()
	if addr, err := netip.ParseAddr(name); err == nil {
		return !addr.IsGlobalUnicast() || addr.Unmap().IsPrivate()
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; last == "" || last[0] >= '0' && last[0] <= '9' {
		return true // no domain is called so: resolvers take 127.1 and 0x7f.0.0.1 for addresses
	}
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".localhost")
}

// Library is a catalogue that searches its texts, for [Finder.Texts] to read.
type Library interface {
	index.Searcher
	index.Texts
}

// Texts returns the hosts whose URLs the texts of the catalogue hold.
func (f *Finder) Texts(ctx context.Context, lib Library) ([]Host, error) {
	var found hosts
	for _, s := range f.schemes.All() {
		if err := f.texts(ctx, lib, s.Name, &found); err != nil {
			return found.list, fmt.Errorf("search texts for hosts: %w", err)
		}
	}
	return found.list, nil
}

// texts adds the hosts of all texts that hold a word.
func (f *Finder) texts(ctx context.Context, lib Library, word string, found *hosts) error {
	q := index.Query{Tree: query.Text{Words: word}, Limit: index.MaxLimit, Places: index.MaxLimit, Budget: -1}
	for {
		answer, err := lib.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, result := range answer.Results {
			for _, place := range result.Places {
				if err := f.text(ctx, lib, place, found); err != nil {
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
func (f *Finder) text(ctx context.Context, lib Library, place index.Place, found *hosts) error {
	text, err := lib.Text(ctx, place.Host, place.Path)
	if err != nil && !errors.Is(err, index.ErrNotFound) {
		return err
	}
	for _, host := range f.fromURLs(text.Body, f.schemes.URL(place.Host, place.Path, index.File)) {
		found.add(host)
	}
	return nil
}
