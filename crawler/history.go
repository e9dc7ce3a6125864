package crawler

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"trawl/crawler/loops"
	"trawl/index"
)

// history is the catalogue's knowledge of a host before a crawl. Its methods may be called
// from several goroutines.
type history struct {
	cat   Catalogue
	host  *notes
	seed  maphash.Seed
	meter *meter
}

// earlier is what the catalogue knew of a directory before this crawl listed it.
// The zero value is of one that was not known.
type earlier struct {
	found bool
	taken time.Time
	whole bool // its entries are those that its time vouches for
	print loops.Fingerprint
	files int64
	bytes int64
	trust bool                   // its times may vouch
	dirs  map[string]loops.Stamp // the directories in it
}

// empty reports whether nothing was known of the host.
func (h *history) empty() bool { return h.host.before.Tally.Directories == 0 }

// recall reads a directory from the catalogue.
func (h *history) recall(ctx context.Context, dir index.Path) (earlier, error) {
	m := earlier{dirs: make(map[string]loops.Stamp)}
	const page = 8192
	for after := ""; ; {
		l, err := h.cat.List(ctx, h.host.before.ID, dir, after, page)
		if errors.Is(err, index.ErrNotFound) {
			return earlier{}, nil
		}
		if err != nil {
			return earlier{}, fmt.Errorf("recall %s: %w", dir, err)
		}
		m.found, m.taken = true, l.Taken
		m.whole = l.State == index.Complete && !l.Corrected
		m.print.Add(h.seed, l.Entries)
		for i := range l.Entries {
			e := &l.Entries[i]
			if e.Kind == index.Dir {
				m.dirs[e.Wire()] = loops.Stamp{Unix: e.Unix, Precision: e.Precision}
				continue
			}
			m.files++
			m.bytes += index.Counted(e.Size)
		}
		if !l.More || len(l.Entries) == 0 {
			return m, nil
		}
		after = l.Entries[len(l.Entries)-1].Wire()
	}
}

// compare counts whether a directory changed.
func (h *history) compare(old earlier, now loops.Fingerprint) {
	if !old.found {
		return
	}
	h.meter.compared.Add(1)
	if old.print != now {
		h.meter.changed.Add(1)
	}
}
