package enginetest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"trawl/index"
)

// RandomEntry returns a random entry. It draws from so few names that entries meet.
func RandomEntry(r *rand.Rand, names int) index.Entry {
	e := index.Entry{Name: fmt.Sprintf("n%0*d", 1+r.IntN(3), r.IntN(names)), Size: r.Int64N(1 << r.IntN(40))}
	switch r.IntN(8) {
	case 0:
		e.Raw = e.Name + "\xe9"
		e.Name += "é"
	case 1:
		e.Kind, e.Target = index.Link, "../t"
	case 2:
		e.Kind, e.Size = index.Dir, index.UnknownSize
	case 3:
		e.Size = index.UnknownSize
	}
	if e.Precision = index.Precision(r.IntN(4)); e.Precision != index.Unknown {
		e.Unix = r.Int64N(1<<33) - 1<<20
	}
	return e
}

// RandomListing returns a complete listing of random entries.
func RandomListing(r *rand.Rand, dir index.Path, names int) index.Listing {
	l := index.Listing{Dir: dir, Taken: time.Unix(1e9, 0), Way: "LIST"}
	have := map[string]bool{}
	for range r.IntN(names) {
		if e := RandomEntry(r, names); !have[e.Wire()] {
			have[e.Wire()] = true
			l.Entries = append(l.Entries, e)
		}
	}
	return l
}

// RandomState returns the listing with a state that, now and then, is not complete.
func RandomState(r *rand.Rand, l index.Listing) index.Listing {
	l.State = index.State(max(0, r.IntN(15)-9))
	switch l.State {
	case index.Complete:
		return l
	case index.Unparsed:
		l.Lost, l.Unparsed = r.IntN(3), []string{"?\xff"}
	case index.Denied, index.Stale, index.Unchanged:
		l.Entries = nil
	case index.Truncated:
	}
	if l.Why = "550 no"; l.State == index.Unchanged {
		l.Why = ""
	}
	return l
}

// Flat returns the entries of one large directory, some at a time and in no order.
func Flat(n int) iter.Seq[[]index.Entry] {
	const part, stride = 10_000, 7_368_787 // a prime
	return func(yield func([]index.Entry) bool) {
		for at := 0; at < n; at += part {
			entries := make([]index.Entry, min(part, n-at))
			for k := range entries {
				i := (at + k) * stride % n
				entries[k] = index.Entry{Name: fmt.Sprintf("file-%08d.tar.gz", i), Size: int64(i), Unix: 1_700_000_000 + int64(i)*60, Precision: index.Minute}
			}
			if !yield(entries) {
				return
			}
		}
	}
}

// PutFlat records a directory in parts, as servers list large ones.
func PutFlat(tb testing.TB, c index.Crawl, parts iter.Seq[[]index.Entry]) {
	tb.Helper()
	l := index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST"}
	for part := range parts {
		l.Entries, l.More = part, true
		if err := c.Put(tb.Context(), l); err != nil {
			tb.Fatal(err)
		}
	}
	l.Entries, l.More = nil, false
	if err := c.Put(tb.Context(), l); err != nil {
		tb.Fatal(err)
	}
}
