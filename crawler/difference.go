package crawler

import (
	"fmt"
	"time"

	"trawl/index"
)

// difference is how a directory's listing differs from a single listing of it.
type difference struct {
	lacks, extra, resized int
	example               string
	unexplained           bool // a change while the crawl went on does not explain it
}

const (
	explained = 4              // so many differences may be changes in the meantime
	recent    = 24 * time.Hour // if what is new is as new as that: zones shift times by up to 14 hours
)

func (d difference) none() bool { return d == difference{} }

// how tells the difference: "lacks 3 entries, notes.txt for one".
func (d difference) how() string {
	what := "differs"
	switch {
	case d.lacks > 0:
		what = fmt.Sprintf("lacks %d entries", d.lacks)
	case d.extra > 0:
		what = fmt.Sprintf("holds %d entries that are not there", d.extra)
	case d.resized > 0:
		what = fmt.Sprintf("tells %d other sizes", d.resized)
	}
	if d.example != "" {
		what += ", " + index.Visible(d.example) + " for one"
	}
	return what
}

// differ holds what a bulk answer told of a directory against a single listing.
// Hidden names that a single listing leaves out prove nothing.
func differ(p probe, single whole) difference {
	var d difference
	if p.entries == nil || single.print.count != len(single.entries) {
		now := single.print
		if now.names != p.print.names && now.count >= p.print.count {
			d.lacks, d.unexplained = max(1, now.count-p.print.count), true
		} else if now.names != p.print.names {
			d.extra = p.print.count - now.count
			d.unexplained = d.extra > explained
		}
		return d
	}
	names := make(map[string]*index.Entry, len(p.entries)) // those that the single listing does not have remain
	for i := range p.entries {
		names[p.entries[i].Wire()] = &p.entries[i]
	}
	for i := range single.entries {
		e := &single.entries[i]
		told, ok := names[e.Wire()]
		delete(names, e.Wire())
		switch {
		case ok && told.Kind == index.Link: // the other way may tell what it points at
		case !ok || told.Kind != e.Kind:
			d.lacks++
			d.example = e.Name
			d.unexplained = d.unexplained || e.Precision == index.Unknown || time.Since(e.Time()) > recent
		case told.Size >= 0 && e.Size >= 0 && told.Size != e.Size:
			d.resized++
		}
	}
	for _, e := range names {
		if e.Name[0] != '.' {
			d.extra++
		}
	}
	d.unexplained = d.unexplained || d.lacks+d.extra+d.resized > explained
	return d
}
