package ftp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"trawl/crawler"
	"trawl/index"
)

// census holds the directories that a listing of a tree announces against those
// that it lists. A server that does not recurse, or only so far, is found out.
type census struct {
	root    index.Path
	hand    func(index.Listing) error
	seed    maphash.Seed
	pending map[uint64]int // announced and not listed: hashes of their paths, to their depths
	listed  int
	entries int
	lost    int // lines that were not understood
	deepest int // of the listed
	last    index.Path
}

func newCensus(root index.Path, hand func(index.Listing) error) *census {
	return &census{root: root, hand: hand, seed: maphash.MakeSeed(), pending: make(map[uint64]int)}
}

func (c *census) take(l index.Listing) error {
	for i := range l.Entries {
		if l.Entries[i].Kind == index.Dir {
			p := l.Dir.Join(l.Entries[i].Wire())
			c.pending[maphash.String(c.seed, string(p))] = p.Depth()
		}
	}
	c.entries += len(l.Entries)
	c.lost += l.Lost
	if l.Dir != c.last {
		c.listed++
		c.deepest = max(c.deepest, l.Dir.Depth())
		c.last = l.Dir
	}
	delete(c.pending, maphash.String(c.seed, string(l.Dir)))
	return c.hand(l)
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
		return fmt.Errorf("%w: it recurses no deeper than %d directories", crawler.ErrBroken, c.deepest)
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
	l, err := s.lanes.get(ctx)
	if err != nil {
		return because(ctx, "LIST -lR", root, err)
	}
	defer s.lanes.put(l)
	err = s.treeOn(ctx, l, root, hand)
	if errors.Is(err, errCut) || errors.Is(err, crawler.ErrDenied) {
		err = fmt.Errorf("%w: %w", crawler.ErrBroken, err)
	}
	return because(ctx, "LIST -lR", root, err)
}

func (s *server) treeOn(ctx context.Context, l *lane, root index.Path, hand func(index.Listing) error) error {
	t, err := s.startList(ctx, l, "LIST -alR ", root, s.limits.Tree, false)
	if err != nil {
		return err
	}
	defer t.release()
	c := newCensus(root, hand)
	if err := s.parser.Tree(t, root, "LIST -lR", c.take); err != nil {
		return err
	}
	return c.verdict()
}
