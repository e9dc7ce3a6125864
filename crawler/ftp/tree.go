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

// census holds the directories that a listing of a tree announces against those
// that it lists. A server that does not recurse, or only so far, is found out.
type census struct {
	root    index.Path
	pacer   *pace.Pacer
	spent   int64 // of the pacer's memory
	hand    func(index.Listing) error
	seed    maphash.Seed
	pending map[uint64]int // announced and not listed: hashes of their paths, to their depths
	listed  int
	entries int
	lost    int // lines that were not understood
	deepest int // of the listed that hold something
	last    index.Path
	empty   []index.Listing // held back: a directory that was left out looks the same
}

// What is kept takes in memory, about, in bytes.
const (
	pendingCosts = 32
	emptyCosts   = 256 // beside the path
)

func newCensus(root index.Path, pacer *pace.Pacer, hand func(index.Listing) error) *census {
	return &census{root: root, pacer: pacer, hand: hand, seed: maphash.MakeSeed(), pending: make(map[uint64]int)}
}

// spend takes memory for what is kept.
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
		return nil // what is too much to be held back is left to be listed singly
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

// settle decides about the directories that look empty, now that it is known in
// how many the server has shown ".". If in some it has not, those were left out,
// as Pure-FTPd does below a depth and most do with what may not be read, and all
// that look empty stay to be listed one by one.
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

// verdict returns ErrBroken if what is missing is no accident. Some may be
// missing: few servers have a section for a directory that cannot be read.
func (c *census) verdict() error {
	beyond := 0
	for _, depth := range c.pending {
		if depth > c.deepest {
			beyond++
		}
	}
	switch missing := len(c.pending); {
	case c.listed == 0:
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
	t, err := s.startList(ctx, l, "LIST -alR ", root, s.limits.Tree, false)
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

// gathered reads what comes in crumbs in larger pieces. Servers send a tree
// directory by directory, and to be woken for each costs more than to read it.
type gathered struct {
	r     io.Reader
	crumb bool // what came last was one
}

// A read of less than crumbSize bytes was all that was there; the next one waits
// for more to come. What waits meanwhile waits in the window of the connection.
const (
	crumbSize = 16 << 10
	crumbWait = 2 * time.Millisecond
)

func (g *gathered) Read(p []byte) (int, error) {
	if g.crumb {
		time.Sleep(crumbWait)
	}
	n, err := g.r.Read(p)
	g.crumb = n < min(len(p), crumbSize)
	return n, err
}

// dotCount counts the lines that pass which are "." of a directory:
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
