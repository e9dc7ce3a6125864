package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing/packed"
	"trawl/crawler/pace"
	"trawl/index"
)

// listNames are the files in which archives publish what they hold, the likeliest
// and smallest first.
func listNames() []string {
	return []string{
		"ls-lR.xz", "ls-lR.gz", "ls-lR.bz2", "ls-lR.zst", "ls-lR.Z", "ls-lR",
		"ls-laR.gz", "ls-alR.gz", "find-ls.gz", "FILELIST.gz", "INDEX.gz", "INDEX",
	}
}

// freshness is how old a published list may be. Archives make them daily.
const freshness = 7 * 24 * time.Hour

// guesses returns where a published list may be: where it was, or else in the
// directory that is crawled and in the root.
func (s *server) guesses() []index.Path {
	s.mu.Lock()
	before := index.Path(s.known.Published)
	s.mu.Unlock()
	if before != "" {
		return []index.Path{before}
	}
	var paths []index.Path
	for _, dir := range slices.Compact([]index.Path{s.root, "/"}) {
		for _, name := range listNames() {
			if p := dir.Join(name); plain(p) {
				paths = append(paths, p)
			}
		}
	}
	return paths
}

// choose takes the first list that is fresh enough, from the answers to MDTM
// (RFC 3659 section 3).
func (s *server) choose(paths []index.Path, times []reply) {
	chosen := index.Path("")
	for i, r := range times {
		if made, ok := modified(r); chosen == "" && ok && time.Since(made) < freshness && time.Until(made) < 24*time.Hour {
			chosen = paths[i]
		}
	}
	s.learn(func(known *index.Known, _ *abilities) { known.Published = string(chosen) })
}

// modified reads the answer to MDTM: "213 19980615100045.014".
func modified(r reply) (time.Time, bool) {
	if r.code != 213 {
		return time.Time{}, false
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(r.text), ".")
	t, err := time.Parse("20060102150405", digits)
	return t, err == nil
}

// published returns the way of the published list, or nil if there is no fresh one.
func (s *server) published() *treeWay {
	s.mu.Lock()
	list := index.Path(s.known.Published)
	s.mu.Unlock()
	if list == "" {
		return nil
	}
	return &treeWay{
		name: list.Base(),
		tree: func(ctx context.Context, root index.Path, hand func(index.Listing) error) error {
			ctx, cancel := s.watch(ctx)
			defer cancel()
			return because(ctx, "read", list, s.readPublished(ctx, list, root, hand))
		},
	}
}

// readPublished fetches a list and hands over what it lists below root.
func (s *server) readPublished(ctx context.Context, list, root index.Path, hand func(index.Listing) error) error {
	body, err := s.fetchList(ctx, list)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = body.Close() }()
	raw := &counted{r: body}
	plain, err := packed.NewReader(raw, packed.Options{Limit: s.limits.Tree, Memory: s.pacer})
	if err != nil {
		return broken(err)
	}
	defer func() { _ = plain.Close() }()
	c := newCensus(root, s.pacer, hand)
	defer c.close()
	u := &upright{root: root, pacer: s.pacer, hand: c.take}
	defer u.close()
	err = s.parser.Tree(&swelling{Reader: plain, packed: raw}, list.Dir(), list.Base(), func(l index.Listing) error {
		if !l.Dir.Within(root) {
			return nil
		}
		if sizeless(l.Entries) {
			return fmt.Errorf("%w: it lists no sizes", crawler.ErrBroken)
		}
		return u.take(l)
	})
	if err == nil {
		err = u.end()
	}
	if err == nil {
		err = c.settle(0)
	}
	if err == nil {
		return c.verdict()
	}
	if errors.Is(err, packed.ErrTooLarge) || errors.Is(err, crawler.ErrDenied) || raw.err == nil || errors.Is(raw.err, io.EOF) {
		return broken(err) // it came whole, and is not what it should be
	}
	return err
}

// upright hands the listings of a tree over so that each comes after the one that
// names it. A list of paths (find -ls) ends a directory after all that is below it: its
// listings come the other way round, and wait for the end.
type upright struct {
	root  index.Path
	pacer *pace.Pacer
	hand  func(index.Listing) error

	begun, down bool
	held        []index.Listing
	spent       int64 // of the pacer's memory
}

// These are the bytes of memory that held entries take, about, beside their names.
const (
	heldCosts  = 256
	entryCosts = 96
)

func (u *upright) take(l index.Listing) error {
	if !u.begun {
		u.begun, u.down = true, l.Dir != u.root
	}
	if !u.down {
		return u.hand(l)
	}
	n := heldCosts + int64(len(l.Dir)) + entryCosts*int64(len(l.Entries))
	for i := range l.Entries {
		n += int64(len(l.Entries[i].Name) + len(l.Entries[i].Raw) + len(l.Entries[i].Target))
	}
	if !u.pacer.Spend(n) {
		return fmt.Errorf("%w: it lists directories before those that they are in, and is too long to be reordered", crawler.ErrBroken)
	}
	u.spent += n
	u.held = append(u.held, l)
	return nil
}

// end hands over what was held, the last directory first, its parts in order.
func (u *upright) end() error {
	for end := len(u.held); end > 0; {
		first := end - 1
		for first > 0 && u.held[first-1].More {
			first--
		}
		for _, l := range u.held[first:end] {
			if err := u.hand(l); err != nil {
				return err
			}
		}
		clear(u.held[first:end])
		end = first
	}
	return nil
}

// close gives the memory back.
func (u *upright) close() { u.pacer.Restore(u.spent) }

// broken makes any error but those of the connection and the moment one that
// demotes the way.
func broken(err error) error {
	switch {
	case errors.Is(err, packed.ErrMemory):
		return fmt.Errorf("%w: %w", crawler.ErrMemory, err)
	case errors.Is(err, crawler.ErrGone), errors.Is(err, crawler.ErrBusy), errors.Is(err, crawler.ErrBroken), errors.Is(err, crawler.ErrMemory),
		errors.Is(err, errNotNow):
		return err
	}
	return fmt.Errorf("%w: %w", crawler.ErrBroken, err)
}

// sizeless reports whether a list holds names alone. Every other way is better.
func sizeless(entries []index.Entry) bool {
	files := 0
	for i := range entries {
		if entries[i].Kind == index.File {
			if entries[i].Size != index.UnknownSize {
				return false
			}
			files++
		}
	}
	return files > 0
}

// A list that unpacks to more than so many times its size is no list but a
// bomb: ls -lR packs to a tenth, at best to a fiftieth.
const (
	swellsBy   = 300
	swellsFrom = 16 << 20 // bytes
)

// counted counts what is read and keeps how it ended.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// swelling fails when what comes out is out of proportion to what went in.
type swelling struct {
	io.Reader
	packed *counted
	n      int64
}

func (s *swelling) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.n += int64(n); s.n > swellsFrom && s.n > s.packed.n*swellsBy {
		return n, fmt.Errorf("%w: it unpacks to more than %d times its size", crawler.ErrBroken, swellsBy)
	}
	return n, err
}
