package store

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
)

// A directory that comes in parts is put together before it is recorded, so
// that each of its blocks is written once whatever the order of its names. What
// is too much for memory is kept in a file without a name, as sorted runs of
//
//	uvarint  length
//	block    block_format.go
//
// and then recorded span by span, in transactions of a bounded size.

// partsSize is how much the directories of a crawl may have in memory, less when many
// crawls are open, which have partsMost together; spanSize is how much of a directory
// is recorded at once, in bytes.
const (
	partsSize = 4 << 20
	partsMost = 64 << 20
	spanSize  = 12 << 20
)

// parts is a directory of which not all parts have come.
type parts struct {
	unparsed []string
	lost     int
	young    []index.Entry // not in a run yet
	size     int           // of young, in bytes
	file     *os.File      // nil without runs
	ends     []int64       // of the runs in the file
}

// aside keeps a part until the last one comes.
func (c *crawl) aside(l *index.Listing) error {
	if err := checkDir(l.Dir); err != nil {
		return err
	}
	p := c.parts[l.Dir]
	if p == nil {
		p = &parts{}
		c.parts[l.Dir] = p
	}
	for i := range l.Entries {
		p.size += entrySize(&l.Entries[i])
	}
	p.young = append(p.young, l.Entries...)
	for room := min(partsSize, partsMost/c.store.crawling.count()); c.kept() > room; {
		if err := c.spillLargest(); err != nil {
			return Explain(err)
		}
	}
	p.unparsed = append(p.unparsed, l.Unparsed[:min(len(l.Unparsed), index.MaxUnparsed-len(p.unparsed))]...)
	p.lost += l.Lost
	return nil
}

// entrySize is about what an entry takes in memory.
func entrySize(e *index.Entry) int {
	const head = 88
	return head + len(e.Name) + len(e.Raw) + len(e.Target)
}

// kept is what the parts of all directories take in memory.
func (c *crawl) kept() (size int) {
	for _, p := range c.parts {
		size += p.size
	}
	return size
}

// spillLargest spills what takes most.
func (c *crawl) spillLargest() error {
	var dir index.Path
	var most *parts
	for d, p := range c.parts {
		if most == nil || p.size > most.size {
			dir, most = d, p
		}
	}
	return c.spill(most, dir)
}

// drop forgets the parts of a directory, if there are any.
func (c *crawl) drop(dir index.Path) {
	if p := c.parts[dir]; p != nil && p.file != nil {
		p.file.Close()
	}
	delete(c.parts, dir)
}

// spans reports whether a directory whose last part is l is to be recorded span by span.
func (p *parts) spans(l *index.Listing) bool {
	return p.file != nil && l.State != index.Denied && l.State != index.Stale && l.State != index.Unchanged
}

// whole returns the listing of a directory whose last part is l, with the entries that
// are in memory.
func (p *parts) whole(l *index.Listing) index.Listing {
	whole := *l
	whole.Unparsed, whole.Lost = slices.Concat(p.unparsed, l.Unparsed), p.lost+l.Lost
	whole.Entries = slices.Concat(p.young, l.Entries)
	return whole
}

// join records a directory that has runs and whose last part is l. After an error it can
// be repeated.
func (c *crawl) join(ctx context.Context, p *parts, l *index.Listing) error {
	whole := p.whole(l)
	err := c.putRuns(ctx, p, &whole)
	if err == nil {
		c.drop(l.Dir)
	}
	return err
}

// spill writes a run.
func (c *crawl) spill(p *parts, dir index.Path) error {
	entries, err := sorted(&index.Listing{Dir: dir, Entries: p.young})
	if err != nil {
		return err
	}
	if p.file == nil {
		if p.file, err = c.store.file.spoolFile(); err != nil {
			return err
		}
	}
	out := run{host: c.no, size: c.store.BlockSize}
	out.Open(block.Dir{Path: []byte(dir), Shown: []byte(dir)})
	for i := range entries {
		out.Add(&entries[i])
	}
	out.flush()
	var data []byte
	for _, b := range out.done {
		data = append(binary.AppendUvarint(data, uint64(len(b))), b...)
	}
	end := p.end(len(p.ends))
	if _, err := p.file.WriteAt(data, end); err != nil {
		return err
	}
	p.ends, p.young, p.size = append(p.ends, end+int64(len(data))), nil, 0
	return nil
}

// end returns where n runs end.
func (p *parts) end(n int) int64 {
	if n == 0 {
		return 0
	}
	return p.ends[n-1]
}

// putRuns records a directory that has runs, span by span; l has what is not in them.
func (c *crawl) putRuns(ctx context.Context, p *parts, l *index.Listing) error {
	last, err := sorted(l)
	if err != nil {
		return err
	}
	runs := runs{{entries: last, age: len(p.ends)}}
	for i := range p.ends {
		file := io.NewSectionReader(p.file, p.end(i), p.ends[i]-p.end(i))
		runs = append(runs, &runReader{file: bufio.NewReader(file), age: i})
	}
	if err := runs.start(); err != nil {
		return err
	}
	piece, of := *l, span{}
	for piece.More = true; piece.More; of.from = of.to {
		if err := c.putSpan(ctx, &runs, &piece, &of); err != nil {
			return err
		}
	}
	return nil
}

// putSpan records the next span of runs. Crawls take turns: what they have in hand
// would be much together.
func (c *crawl) putSpan(ctx context.Context, runs *runs, piece *index.Listing, of *span) (err error) {
	select {
	case c.store.merging <- struct{}{}:
		defer func() { <-c.store.merging }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if piece.Entries, err = runs.take(spanSize); err != nil {
		return err
	}
	of.to = ""
	if piece.More = len(*runs) > 0; piece.More {
		of.to = (*runs)[0].entries[0].Wire()
	}
	_, err = c.put(ctx, []index.Listing{*piece}, *of)
	piece.Entries = nil
	return err
}

// runReader reads a run.
type runReader struct {
	file    *bufio.Reader // nil if entries is all
	age     int           // of two entries with one name that of the higher age counts
	entries []index.Entry // read and not taken
	data    []byte
	block   block.Block
}

// fill makes sure that there is an entry; io.EOF tells that there are no more.
func (r *runReader) fill() error {
	if len(r.entries) > 0 {
		return nil
	}
	if r.file == nil {
		return io.EOF
	}
	size, err := binary.ReadUvarint(r.file)
	if err != nil {
		return err
	}
	r.data = codec.Grow(r.data, int(min(size, block.MaxPart)))
	if _, err := io.ReadFull(r.file, r.data); err != nil {
		return fmt.Errorf("read what was kept aside: %w", err)
	}
	if err := r.block.Decode(r.data); err != nil {
		return fmt.Errorf("read what was kept aside: %w", err)
	}
	for i := range r.block.Len() {
		r.entries = append(r.entries, r.block.Entry(i))
	}
	return nil
}

// runs is a heap of runs by their next names.
type runs []*runReader

func (r runs) Len() int      { return len(r) }
func (r runs) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(any)     {}
func (r runs) Less(i, j int) bool {
	return cmp.Or(byWire(r[i].entries[0], r[j].entries[0]), r[i].age-r[j].age) < 0
}

func (r *runs) Pop() any {
	n := len(*r) - 1
	last := (*r)[n]
	*r = (*r)[:n]
	return last
}

// start reads the first entries.
func (r *runs) start() (err error) {
	*r = slices.DeleteFunc(*r, func(run *runReader) bool {
		e := run.fill()
		if e != nil && !errors.Is(e, io.EOF) {
			err = e
		}
		return e != nil
	})
	heap.Init(r)
	return err
}

// take returns the next entries, of so many bytes or, at the end, fewer, by wire
// name and each once.
func (r *runs) take(most int) ([]index.Entry, error) {
	var out []index.Entry
	for size := 0; len(*r) > 0; {
		first := (*r)[0]
		e := first.entries[0]
		switch k := len(out); {
		case k > 0 && out[k-1].Wire() == e.Wire():
			out[k-1] = e
		case k > 0 && size >= most:
			return out, nil
		default:
			out = append(out, e)
			size += entrySize(&e)
		}
		first.entries = first.entries[1:]
		switch err := first.fill(); {
		case errors.Is(err, io.EOF):
			heap.Pop(r)
		case err != nil:
			return nil, err
		default:
			heap.Fix(r, 0)
		}
	}
	return out, nil
}
