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
	recent    = 24 * time.Hour // if new entries are as new as that: zones shift times by up to 14 hours
)

func (d difference) none() bool { return d == difference{} }

// how returns the difference in words: "lacks 3 entries, notes.txt for one".
func (d difference) how() string {
	what := "differs"
	switch {
	case d.lacks > 0:
		what = fmt.Sprintf("lacks %d entries", d.lacks)
	case d.extra > 0:
		what = fmt.Sprintf("holds %d entries that are not there", d.extra)
	case d.resized > 0:
		what = fmt.Sprintf("shows %d other sizes", d.resized)
	}
	if d.example != "" {
		what += ", " + index.Visible(d.example) + " for one"
	}
	return what
}

// differ compares a directory of a bulk answer with a single listing of it. Hidden names
// that a single listing leaves out prove nothing.
func differ(p probe, single whole) difference {
	var d difference
	if p.entries == nil || single.print.Count != len(single.entries) {
		now := single.print
		if now.Names != p.print.Names && now.Count >= p.print.Count {
			d.lacks, d.unexplained = max(1, now.Count-p.print.Count), true
		} else if now.Names != p.print.Names {
			d.extra = p.print.Count - now.Count
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
		other, ok := names[e.Wire()]
		delete(names, e.Wire())
		switch {
		case ok && other.Kind == index.Link: // the other way may show its target
		case !ok || other.Kind != e.Kind:
			d.lacks++
			d.example = e.Name
			d.unexplained = d.unexplained || e.Precision == index.Unknown || time.Since(e.Time()) > recent
		case other.Size >= 0 && e.Size >= 0 && other.Size != e.Size:
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
