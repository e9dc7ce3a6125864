package ftp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing/packed"
	"trawl/crawler/pace"
	"trawl/index"
)

// census compares the directories that a listing of a tree announces with those that
// it lists. It detects a server that does not recurse, or only to some depth.
type census struct {
	root    index.Path
	pacer   *pace.Pacer
	spent   int64 // bytes of the pacer's memory
	hand    func(index.Listing) error
	seed    maphash.Seed
	pending map[uint64]int // announced and not listed: hashes of their paths, to their depths
	listed  int
	entries int
	lost    int // lines that were not understood
	deepest int // depth of the deepest listed directory that is not empty
	last    index.Path
	empty   []index.Listing // held back: a directory that was left out looks the same
}

// The memory that a pending and an empty directory take, in bytes, about.
const (
	pendingCosts = 32
	emptyCosts   = 256 // beside the path
)

func newCensus(root index.Path, pacer *pace.Pacer, hand func(index.Listing) error) *census {
	return &census{root: root, pacer: pacer, hand: hand, seed: maphash.MakeSeed(), pending: make(map[uint64]int)}
}

// spend takes memory from the pacer. It reports whether there was enough.
func (c *census) spend(n int64) bool {
	if !c.pacer.Spend(n) {
		return false
	}
	c.spent += n
	return true
}

// close gives the memory back.
func (c *census) close() { c.pacer.Restore(c.spent) }

func (c *census) take(l index.Listing) error {
	for i := range l.Entries {
		if l.Entries[i].Kind == index.Dir {
			if !c.spend(pendingCosts) {
				return crawler.ErrMemory
			}
			p := l.Dir.Join(l.Entries[i].Wire())
			c.pending[maphash.String(c.seed, string(p))] = p.Depth()
		}
	}
	c.entries += len(l.Entries)
	c.lost += l.Lost
	if l.Dir != c.last {
		c.listed++
		c.last = l.Dir
	}
	if len(l.Entries) > 0 {
		c.deepest = max(c.deepest, l.Dir.Depth())
	}
	if len(l.Entries) == 0 && l.State == index.Complete && !l.More && l.Dir != c.root {
		if c.spend(emptyCosts + int64(len(l.Dir))) {
			c.empty = append(c.empty, l)
		}
		return nil // without memory, the directory is left to be listed singly
	}
	return c.pass(l)
}

func (c *census) pass(l index.Listing) error {
	hash := maphash.String(c.seed, string(l.Dir))
	if _, announced := c.pending[hash]; announced {
		delete(c.pending, hash)
		c.pacer.Restore(pendingCosts)
		c.spent -= pendingCosts
	}
	return c.hand(l)
}

// settle decides about the directories that look empty. dots is the number of
// directories in which the server has shown ".". If it has not in some, it left these
// out, as Pure-FTPd does below a depth and most servers do where they may not read.
// Then all directories that look empty are left to be listed one by one.
func (c *census) settle(dots int) error {
	if dots > 0 && dots < c.listed {
		return nil
	}
	for _, l := range c.empty {
		if err := c.pass(l); err != nil {
			return err
		}
	}
	return nil
}

// verdict returns ErrBroken if too many directories are missing. Some may be: few
// servers have a section for a directory that cannot be read.
func (c *census) verdict() error {
	beyond := 0
	for _, depth := range c.pending {
		if depth > c.deepest {
			beyond++
		}
	}
	switch missing := len(c.pending); {
	case c.listed == 0, c.entries == 0 && c.lost == 0: // an empty root is asked for by other commands too
		return fmt.Errorf("%w: it lists nothing", crawler.ErrBroken)
	case c.lost > c.entries:
		return fmt.Errorf("%w: %d lines of it are not understood", crawler.ErrBroken, c.lost)
	case c.listed == 1 && missing > 0:
		return fmt.Errorf("%w: it does not recurse", crawler.ErrBroken)
	case beyond > 2 && beyond == missing:
		return fmt.Errorf("%w: it goes no deeper than %d", crawler.ErrBroken, c.deepest)
	case missing > 10+c.listed/10:
		return fmt.Errorf("%w: it leaves out %d of %d directories", crawler.ErrBroken, missing, missing+c.listed)
	}
	return nil
}

// listTree lists a tree by one recursive LIST.
func (s *server) listTree(ctx context.Context, root index.Path, hand func(index.Listing) error) error {
	if err := sendable(root); err != nil {
		return because(ctx, "LIST -lR", root, err)
	}
	ctx, cancel := s.watch(ctx)
	defer cancel()
	l, err := s.connections.get(ctx)
	if err != nil {
		return because(ctx, "LIST -lR", root, err)
	}
	defer s.connections.put(l)
	err = s.treeOn(ctx, l, root, hand)
	if errors.Is(err, errCut) || errors.Is(err, crawler.ErrDenied) || errors.Is(err, packed.ErrMemory) {
		err = broken(err)
	}
	return because(ctx, "LIST -lR", root, err)
}

func (s *server) treeOn(ctx context.Context, l *connection, root index.Path, hand func(index.Listing) error) error {
	t, err := s.startList(ctx, l, "LIST -alR ", root, s.within(root), s.limits.Tree, false)
	if err != nil {
		return err
	}
	defer t.release()
	c := newCensus(root, s.pacer, hand)
	defer c.close()
	body := &dotCount{r: &gathered{r: t}}
	if err := s.parser.Tree(body, root, "LIST -lR", c.take); err != nil {
		return err
	}
	if err := c.settle(body.dots); err != nil {
		return err
	}
	return c.verdict()
}

// gathered reads data that comes in small pieces in larger ones. Servers send a tree
// directory by directory, and a wake-up for each costs more than the reading.
type gathered struct {
	r     io.Reader
	small bool // the last read was
}

// A read of less than smallRead bytes emptied the connection. The next one waits for
// smallWait, so that more comes; it collects in the window of the connection.
const (
	smallRead = 16 << 10
	smallWait = 2 * time.Millisecond
)

func (g *gathered) Read(p []byte) (int, error) {
	if g.small {
		time.Sleep(smallWait)
	}
	n, err := g.r.Read(p)
	g.small = n < min(len(p), smallRead)
	return n, err
}

// dotCount counts the lines that are "." of a directory:
//
//	drwxr-xr-x   2 ftp      ftp          4096 Jan  2 10:00 .
type dotCount struct {
	r     io.Reader
	dots  int
	first byte   // of the line under way; 0 before it
	tail  []byte // its last bytes
}

func (d *dotCount) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for b := p[:n]; len(b) > 0; {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		if d.first == 0 && len(line) > 0 {
			d.first = line[0]
		}
		d.tail = append(d.tail, line[max(0, len(line)-3):]...)
		d.tail = append(d.tail[:0], d.tail[max(0, len(d.tail)-3):]...)
		if ended {
			if d.first == 'd' && bytes.HasSuffix(bytes.TrimSuffix(d.tail, []byte{'\r'}), []byte(" .")) {
				d.dots++
			}
			d.first, d.tail = 0, d.tail[:0]
		}
		b = rest
	}
	return n, err
}
