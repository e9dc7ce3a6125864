package news

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"trawl/index"
)

// Filter says which items are read. Its zero values are no conditions.
type Filter struct {
	Since  time.Time // found then or later
	Host   index.HostID
	After  Position // those after this one
	Before Position // those before this one
	Limit  int      // at most so many
	Match  func(*Item) bool
}

// Since returns the items that were found at a time or later, newest first: those of a host, or of all if it is "". A limit of
// 0 is none.
func (b *Book) Since(ctx context.Context, since time.Time, host index.HostID, limit int) ([]Item, error) {
	items, _, err := b.Read(ctx, Filter{Since: since, Host: host, Limit: limit})
	return items, err
}

// Read returns the items that pass a filter, newest first, and whether there are others before the last of them. Those of
// [More] that belong to one crawl are one item, as old as the first of them.
func (b *Book) Read(ctx context.Context, f Filter) (items []Item, more bool, err error) {
	if oldest := b.now().Add(-Age); f.Since.Before(oldest) {
		f.Since = oldest
	}
	r := reader{Filter: f, others: map[index.HostID]int{}}
	var data []byte
	for _, s := range b.newest() {
		if s.last.Before(f.Since) || s.passed(f) {
			break
		}
		if s.skip(f) {
			continue
		}
		if data, err = b.content(&s, data); err != nil {
			return r.items, false, err
		}
		if err := ctx.Err(); err != nil {
			return r.items, false, err
		}
		if r.file(&s, data); r.full {
			break
		}
	}
	return r.items, r.full, nil
}

// shot is a file as it was when a reader began.
type shot struct {
	of    *segment
	size  int64
	last  time.Time
	grows bool
}

// newest returns the files, the newest first.
func (b *Book) newest() []shot {
	b.lock()
	defer b.mu.Unlock()
	return b.shots()
}

func (b *Book) shots() (out []shot) {
	for k, s := range slices.Backward(b.segments) {
		out = append(out, shot{s, s.size, s.last, k == len(b.segments)-1})
	}
	return out
}

func (s *shot) start() Position { return Position(s.of.number) << 32 }

// passed reports whether all of a file is no later than what the reader has.
func (s *shot) passed(f Filter) bool { return f.After != 0 && s.start()+Position(s.size) <= f.After }

// skip reports whether nothing in a file passes a filter.
func (s *shot) skip(f Filter) bool {
	if f.Before != 0 && s.start() >= f.Before {
		return true
	}
	if f.Host == "" || s.grows {
		return false
	}
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	_, has := s.of.hosts[f.Host]
	return s.of.hosts != nil && !has
}

// content reads a file; data is room for it. A file that is gone meanwhile is empty.
func (b *Book) content(s *shot, data []byte) ([]byte, error) {
	in, err := os.Open(b.path(s.of))
	if errors.Is(err, fs.ErrNotExist) {
		return data[:0], nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	const most = 4 * segmentSize // of a file that others made larger
	data = slices.Grow(data[:0], int(min(s.size, most)))[:min(s.size, most)]
	n, err := io.ReadFull(in, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:n], err
}

// reader gathers the items that pass its filter.
type reader struct {
	Filter
	items  []Item
	others map[index.HostID]int // where the item of More of a host is that goes on
	full   bool                 // there are more than the limit
}

// file reads a file from its end, and notes which hosts are in it.
func (r *reader) file(s *shot, data []byte) {
	hosts := map[index.HostID]struct{}{}
	for end := len(data); end > 0; {
		start := bytes.LastIndexByte(data[:end-1], '\n') + 1
		line := bytes.TrimSuffix(data[start:end], []byte{'\n'})
		end = start
		at := s.start() + Position(start) + 1 // 0 is no position
		if r.After != 0 && at <= r.After {
			return
		}
		host := hostOf(line)
		if _, known := hosts[index.HostID(host)]; !known {
			hosts[index.HostID(host)] = struct{}{}
		}
		if r.Before != 0 && at >= r.Before || r.Host != "" && string(host) != string(r.Host) {
			continue
		}
		if item, ok := parse(line); ok && r.passes(&item) {
			item.Position = at
			if r.add(item); r.full {
				return
			}
		}
	}
	if !s.grows {
		s.of.mu.Lock()
		s.of.hosts = hosts
		s.of.mu.Unlock()
	}
}

// add adds an item, or finds that there are enough.
func (r *reader) add(item Item) {
	enough := r.Limit > 0 && len(r.items) >= r.Limit // then the next page begins behind the last item
	if k, goesOn := r.others[item.Host]; goesOn && item.What == More && (!enough || k == len(r.items)-1) {
		r.items[k].Count += item.Count
		r.items[k].When, r.items[k].Position = item.When, item.Position
		return
	}
	if enough {
		r.full = true
		return
	}
	delete(r.others, item.Host)
	if item.What == More {
		r.others[item.Host] = len(r.items)
	}
	r.items = append(r.items, item)
}

// hostOf returns the host of a line, nil if it has none.
func hostOf(line []byte) []byte {
	_, rest, _ := bytes.Cut(line, []byte{' '})
	host, _, ok := bytes.Cut(rest, []byte{' '})
	if !ok {
		return nil
	}
	return host
}

func (f *Filter) passes(i *Item) bool {
	return !i.When.Before(f.Since) && (f.Match == nil || f.Match(i))
}

// countSince returns how many entries of a host were found at a time or later. The caller holds the lock.
func (b *Book) countSince(host index.HostID, since time.Time) (n int) {
	var data []byte
	var err error
	for _, s := range b.shots() {
		if s.last.Before(since) {
			break
		}
		if s.skip(Filter{Host: host}) {
			continue
		}
		if data, err = b.content(&s, data); err != nil {
			return n
		}
		r := reader{Filter: Filter{Host: host, Since: since, Limit: MostOfCrawl}, others: map[index.HostID]int{}}
		r.file(&s, data)
		n += len(r.items)
	}
	return n
}
