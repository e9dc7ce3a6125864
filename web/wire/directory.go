package wire

import (
	"time"

	"trawl/index"
)

// Directory is a part of a directory with its sums.
type Directory struct {
	URL     string     `json:"url"`
	Host    string     `json:"host"`
	Path    string     `json:"path"`    // decoded
	State   string     `json:"state"`   // "complete", "truncated", "unparsed", "denied" or "stale"
	Taken   *time.Time `json:"taken"`   // when the directory was listed
	Entries []Entry    `json:"entries"` // this page; directories come first
	Count   int        `json:"count"`   // entries that pass the filter, all pages together
	Next    string     `json:"next"`    // cursor of the next page; "" after the last
	Own     Counts     `json:"own"`     // of the directory itself
	Below   Counts     `json:"below"`   // of all below it, those of own among them
	Exact   bool       `json:"exact"`   // false: there is at least so much below
	URLs    []string   `json:"urls"`
}

// NewDirectory returns the object of a page of a directory of a host, with the links of schemes.
func NewDirectory(host *index.Host, dir index.Path, p *index.Page, next string, schemes index.Schemes) Directory {
	links := func(at index.Path, kind index.Kind) []string {
		return schemes.URLs(&index.Place{Host: host.ID, Doors: host.Doors, Path: at}, kind)
	}
	urls := links(dir, index.Dir)
	out := Directory{
		URL: urls[0], URLs: urls, Host: string(host.ID), Path: p.Display(), State: p.State.String(), Taken: timestamp(p.Taken),
		Entries: make([]Entry, len(p.Entries)), Count: p.Count, Next: next, Own: Counts(p.Own), Below: Counts(p.Below), Exact: p.Exact,
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		out.Entries[i] = NewEntry(host.ID, p.Display(), e, links(dir.Join(e.Wire()), e.Kind))
	}
	return out
}
