package indextest

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/index"
	"trawl/search/fold"
)

// Page implements index.Browser: it sorts the whole directory, and adds up all directories of the
// host that are within it.
func (b *Brute) Page(ctx context.Context, id index.HostID, dir index.Path, v index.View) (index.Page, error) {
	l, err := b.List(ctx, id, dir, "", 0)
	if err != nil {
		return index.Page{}, err
	}
	p := index.Page{Listing: l, Exact: true}
	addUp(&p.Own, l.Entries)
	b.mu.RLock()
	for at, d := range b.hosts[id].dirs {
		if at.Within(dir) {
			addUp(&p.Below, d.listing.Entries)
		}
	}
	b.mu.RUnlock()

	rows := slices.DeleteFunc(l.Entries, func(e index.Entry) bool {
		return !strings.Contains(fold.String(e.Name), fold.String(v.Filter))
	})
	slices.SortFunc(rows, func(x, y index.Entry) int { return compareShown(&x, &y, v) })
	p.Count = len(rows)
	if v.Sort != index.BySize && v.Sort != index.ByTime && !v.Reverse {
		p.Letters = initials(rows)
	}
	from := min(max(v.Offset, 0), len(rows))
	p.Entries = rows[from:]
	if v.Limit > 0 && len(p.Entries) > v.Limit {
		p.Entries, p.More = p.Entries[:v.Limit], true
	}
	return p, nil
}

// addUp adds entries to a sum.
func addUp(s *index.Sum, entries []index.Entry) {
	for _, e := range entries {
		if e.Kind == index.Dir {
			s.Directories++
		} else {
			s.Files++
			s.Bytes += index.Counted(e.Size)
		}
	}
}

// compareShown orders entries as View says.
func compareShown(x, y *index.Entry, v index.View) int {
	first := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	direction := 1
	if v.Reverse {
		direction = -1
	}
	byName := cmp.Or(compareByNumbers(fold.String(x.Name), fold.String(y.Name)), strings.Compare(x.Wire(), y.Wire()))
	dirs := first(x.Kind == index.Dir) - first(y.Kind == index.Dir)
	switch v.Sort {
	case index.BySize:
		known := first(x.Size >= 0) - first(y.Size >= 0)
		return cmp.Or(dirs, known, -direction*cmp.Compare(x.Size, y.Size), byName)
	case index.ByTime:
		known := first(x.Precision != index.Unknown) - first(y.Precision != index.Unknown)
		if x.Precision == index.Unknown {
			return cmp.Or(dirs, known, byName)
		}
		return cmp.Or(dirs, known, -direction*cmp.Compare(x.Unix, y.Unix), byName)
	}
	return cmp.Or(dirs, direction*byName)
}

// compareByNumbers compares texts byte by byte, but digits that follow each other as one number.
// Texts that are equal but for zeros in front of numbers are compared as they are.
func compareByNumbers(x, y string) int {
	a, b := x, y
	for a != "" && b != "" {
		m, n := leadingDigits(a), leadingDigits(b)
		if m == "" || n == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		i, _ := new(big.Int).SetString(m, 10)
		j, _ := new(big.Int).SetString(n, 10)
		if c := i.Cmp(j); c != 0 {
			return c
		}
		a, b = a[len(m):], b[len(n):]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(x, y))
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// initials returns where each letter begins.
func initials(rows []index.Entry) (out []index.Letter) {
	for i, e := range rows {
		initial := "#"
		if r, _ := utf8.DecodeRuneInString(fold.String(e.Name)); unicode.IsLetter(r) {
			initial = string(unicode.ToUpper(r))
		}
		if i == 0 || out[len(out)-1].Initial != initial || out[len(out)-1].Dirs != (e.Kind == index.Dir) {
			out = append(out, index.Letter{Initial: initial, Dirs: e.Kind == index.Dir, Offset: i})
		}
	}
	return out
}

// Entry implements index.Browser.
func (b *Brute) Entry(ctx context.Context, id index.HostID, p index.Path) (index.Found, error) {
	l, err := b.List(ctx, id, p.Dir(), "", 0)
	if err != nil {
		return index.Found{}, err
	}
	for _, e := range l.Entries {
		if p != "/" && e.Wire() == p.Base() {
			shown := index.Path(l.Display()).Join(e.Name)
			return index.Found{Entry: e, Shown: string(shown), Taken: l.Taken, State: l.State}, nil
		}
	}
	return index.Found{}, fmt.Errorf("find %s: %w", id.Join(p), index.ErrNotFound)
}

// Correct implements index.Recorder.
func (b *Brute) Correct(ctx context.Context, id index.HostID, p index.Path, now *index.Entry) error {
	found, err := b.Entry(ctx, id, p)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[id]
	switch {
	case h.crawl != nil && h.crawl.open:
		return fmt.Errorf("correct %s: %w", id.Join(p), index.ErrBusy)
	case found.Entry.Kind == index.Dir, now != nil && now.Kind == index.Dir:
		return fmt.Errorf("correct %s: %w as a file", id.Join(p), index.ErrNotFound)
	}
	l := &h.dirs[p.Dir()].listing
	var entries []index.Entry
	for _, e := range l.Entries {
		switch {
		case e.Wire() != p.Base():
			entries = append(entries, e)
		case now != nil:
			is := *now
			is.Name, is.Raw = e.Name, e.Raw
			if is == e {
				return nil
			}
			entries = append(entries, is)
		}
	}
	l.Entries, l.Corrected = entries, true
	return nil
}
