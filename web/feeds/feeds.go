// Package feeds makes feeds of news: Atom (RFC 4287) and JSON Feed 1.1. [Group] gathers news to entries; a [Feed] is
// written by Atom or JSON. All texts are plain, but for the content of an entry, which is HTML that the caller has made safe.
package feeds

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"trawl/index"
	"trawl/web/news"
)

// Feed is a list of entries, the newest first.
type Feed struct {
	ID      string // a tag: URI (RFC 4151)
	Title   string
	Home    string // the page that it is about
	Self    string // its own address
	Lang    string // of its texts
	Updated time.Time
	Entries []Entry
}

// Entry is an entry of a feed.
type Entry struct {
	ID      string // a tag: URI
	Title   string
	Link    string
	Content string // HTML
	Began   time.Time
	Updated time.Time
}

// Epoch is the time of a feed without entries.
func Epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Tag returns a tag: URI that is always the same for one portal, day and name.
//
//	trawl.example.org, 2026-11-30, "ftp://h/ /pub" => tag:trawl.example.org,2026-11-30:5d1b9a07c0ffee0012345678
func Tag(portal string, day time.Time, name string) string {
	sum := sha256.Sum256([]byte(name))
	return "tag:" + portal + "," + day.UTC().Format(time.DateOnly) + ":" + hex.EncodeToString(sum[:12])
}

// Authority returns the name of a portal as a tag: URI has it: without a port. A name that can be none is "localhost".
func Authority(origin string) string {
	_, name, _ := strings.Cut(origin, "://")
	if name, _, _ = strings.Cut(name, ":"); name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
		return "localhost"
	}
	return strings.ToLower(name)
}

// Gathered are items that make an entry: those of one folder and day, or one item that is about a host.
type Gathered struct {
	Name  string      // of the entry; it stays when more items come
	Items []news.Item // the newest first
}

// First returns the newest item.
func (g *Gathered) First() *news.Item { return &g.Items[0] }

// Updated returns when the newest item was found.
func (g *Gathered) Updated() time.Time { return g.Items[0].When }

// Began returns when the oldest item was found.
func (g *Gathered) Began() time.Time { return g.Items[len(g.Items)-1].When }

// groupOf returns the name of the entry that an item belongs to.
func groupOf(i *news.Item, folders bool) string {
	if !folders || i.What == news.More || i.What == news.HostNew {
		return i.Key()
	}
	return i.When.UTC().Format(time.DateOnly) + " " + string(i.Host) + " " + string(i.Path.Dir())
}

// Group gathers items, the newest first, to at most n entries: those of one folder and day are one if folders is set, else
// each is its own. The newest entries come first.
func Group(items []news.Item, folders bool, n int) []Gathered {
	var out []Gathered
	at := map[string]int{}
	for i := range items {
		name := groupOf(&items[i], folders)
		k, known := at[name]
		switch {
		case known:
			out[k].Items = append(out[k].Items, items[i])
		case len(out) < n:
			at[name] = len(out)
			out = append(out, Gathered{name, items[i : i+1 : i+1]})
		}
	}
	return out
}

// Dir returns the folder of an item, decoded.
func Dir(i *news.Item) string { return string(index.Path(i.Shown).Dir()) }
