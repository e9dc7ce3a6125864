package ftp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"sync"

	"trawl/crawler"
	"trawl/index"
)

// ignores is remembered among the demoted ways of a server that takes no paths for listings, or
// ignores them: each directory is entered, and listed from within.
const ignores = "paths: each directory is entered, since listings by path are of another one, or refused"

// most numbers of directories after which the answer to a question about the server is clear.
const (
	mostVain  = 5
	mostTwins = 3
)

// lister lists a directory by some command, as check says.
type lister func(context.Context, *check) error

// list lists one directory by on, in the forms that servers take paths in, until one is right:
//
//   - by its path, or from within if the path may not be taken as it is;
//   - once more if the connection was lost before anything was handed over;
//   - with the byte 0xFF spelled the other way;
//   - from within, if the path is refused, or if the answer is the listing of a directory above it or
//     of the working directory;
//   - by another command, if it is the root and seems to be empty.
//
// Where only the home of who logs in may be listed, a directory above it holds the next one on the
// way there. Where paths with slashes mean nothing the home is the root.
func (s *server) list(ctx context.Context, way string, dir index.Path, hand func(index.Listing) error, on lister) error {
	if err := sendable(dir); err != nil {
		return because(ctx, way, dir, err)
	}
	ctx, cancel := s.watch(ctx)
	defer cancel()
	enter := s.within(dir)
	c, err := s.tryForms(ctx, dir, hand, on, enter)
	next := toHome(s.able().home, dir)
	hollow := errors.Is(err, errHollow)
	switch {
	case next != "" && (hollow || errors.Is(err, crawler.ErrDenied)):
		return hand(leadingHome(way, dir, next, err))
	case hollow && s.holds(ctx, way):
		return because(ctx, way, dir, fmt.Errorf("%w: it lists nothing where another command lists something", crawler.ErrBroken))
	case hollow:
		c = &check{dir: dir, hand: hand, enter: enter}
		err = on(ctx, c)
	}
	if c.held == nil || len(c.held.Entries) == 0 && silence(err) || errors.Is(err, crawler.ErrDenied) {
		return because(ctx, way, dir, err)
	}
	if err := hand(*c.held); err != nil {
		return err
	}
	if errors.Is(err, errCut) { // the listing says so
		return nil
	}
	return because(ctx, way, dir, err)
}

// leadingHome returns the listing of a directory of which only the next one on the way home is known.
func leadingHome(way string, dir index.Path, next string, err error) index.Listing {
	return index.Listing{
		Dir: dir, Way: way, State: index.Unparsed, Why: fmt.Sprintf("%v; shown is what leads to the home of who logs in", err),
		Entries: []index.Entry{{Name: next, Kind: index.Dir, Size: index.UnknownSize}},
	}
}

// tryForms lists a directory by its path or from within, and in the other form if that is refused
// or wrong. The check is the one that counts.
func (s *server) tryForms(ctx context.Context, dir index.Path, hand func(index.Listing) error, on lister, enter bool) (*check, error) {
	c := s.newCheck(dir, hand, enter)
	err := on(ctx, c)
	switch {
	case c.begun || ctx.Err() != nil:
		return c, err
	case errors.Is(err, crawler.ErrGone) && !silence(err):
		s.learn(func(_ *index.Known, can *abilities) { can.ahead = false })
		c = s.newCheck(dir, hand, enter)
		err = on(ctx, c)
	case errors.Is(err, crawler.ErrDenied) && strings.IndexByte(string(dir), 0xff) >= 0:
		respell := func(_ *index.Known, can *abilities) { can.escape = !can.escape }
		s.learn(respell)
		c = s.newCheck(dir, hand, enter)
		if err = on(ctx, c); errors.Is(err, crawler.ErrDenied) {
			s.learn(respell)
		}
	}
	if c.begun || enter || ctx.Err() != nil {
		return c, err
	}
	switch twin := errors.Is(err, errTwin); {
	case twin, s.mayRefusePaths(err), errors.Is(err, crawler.ErrGone) && (!silence(err) || s.unnamed(dir, enter)):
		within := s.newCheck(dir, hand, true)
		again := on(ctx, within)
		s.compareForms(c, within, twin, again == nil)
		if again == nil || within.begun || twin || errors.Is(again, crawler.ErrDenied) || errors.Is(again, errHollow) {
			return within, again
		}
	case err == nil && dir != s.root && c.print != 0:
		s.learn(func(_ *index.Known, can *abilities) { can.named++ })
	}
	return c, err
}

// unnamed reports whether a directory is listed by its path, and none below the root was so far.
func (s *server) unnamed(dir index.Path, enter bool) bool {
	return !enter && dir != s.root && s.able().named == 0
}

// newCheck returns a check of a listing in one form.
func (s *server) newCheck(dir index.Path, hand func(index.Listing) error, enter bool) *check {
	c := &check{dir: dir, hand: hand, enter: enter}
	c.hollow, c.below = dir == s.root, toHome(s.able().home, dir) != ""
	suspicious := !enter && s.able().twins < mostTwins
	c.twin = func(l index.Listing) bool {
		c.print = s.prints.of(l.Entries)
		s.prints.keep(dir, c.print)
		return suspicious && (s.prints.above(dir, c.print) || c.stands != nil && s.prints.same(*c.stands, dir, c.print) || onlyItself(l) || s.unnamed(dir, enter) && len(l.Entries) == 0)
	}
	return c
}

// onlyItself reports whether a listing seems to be of the entry of a directory, and not of what it
// holds, or of another directory: it holds nothing but the name of the directory, or lines that are
// not understood.
func onlyItself(l index.Listing) bool {
	switch {
	case l.More:
		return false
	case len(l.Entries) == 0:
		return l.Lost > 0
	}
	return len(l.Entries) == 1 && l.Entries[0].Wire() == l.Dir.Base()
}

// mayRefusePaths reports whether an error may be that of a server that takes no paths for listings.
func (s *server) mayRefusePaths(err error) bool {
	var refusal *replyError
	if !errors.As(err, &refusal) || refusal.reply.code/100 == 1 || refusal.reply.code == 421 || refusal.reply.code/10 == 42 {
		return false
	}
	can := s.able()
	return can.named == 0 || can.vain < mostVain
}

// compareForms learns from a directory that was listed by its path, which failed or gave the
// listing of another directory, and then from within.
func (s *server) compareForms(named, within *check, twin, well bool) {
	s.learn(func(_ *index.Known, can *abilities) {
		switch {
		case twin && well && named.print == within.print:
			if named.print != 0 {
				can.twins++ // it is a link to what is above it, or holds its like
			}
		case well && (twin || can.named == 0):
			can.enter = true
		case !well:
			can.vain++
		}
	})
	if s.able().enter {
		s.note(ignores)
	}
}

// toHome returns the name in a directory that leads to the home of who logs in, or "" if the
// directory is not above that.
func toHome(home, dir index.Path) string {
	if home == dir || !strings.HasPrefix(string(home), "/") || !home.Within(dir) {
		return ""
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(string(home), string(dir)), "/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// holds reports whether another command than that of a way finds entries in the root.
func (s *server) holds(ctx context.Context, way string) bool {
	for _, command := range []string{"LIST ", "MLSD "} {
		if verbOf(command) == way || command == "MLSD " && (!s.feature("MLST") && !s.feature("MLSD") || s.hushed("MLSD")) {
			continue
		}
		head, err := s.try(ctx, command, false)
		if err != nil {
			continue
		}
		found := false
		parser, err := s.reader()
		if err != nil {
			return false
		}
		_ = parser.List(strings.NewReader(head), s.root, way, func(l index.Listing) error { // what is not understood is no entry
			found = found || len(l.Entries) > 0
			return nil
		})
		if found {
			return true
		}
	}
	return false
}

// prints remember which names directories list, as hashes, for those below them. They are bounded:
// the older half is forgotten.
type prints struct {
	mu       sync.Mutex
	seed     maphash.Seed
	now, old map[index.Path]uint64 // guarded by mu
}

const mostPrints = 8192

func newPrints() *prints {
	return &prints{seed: maphash.MakeSeed(), now: map[index.Path]uint64{}}
}

// of returns the hash of the names of entries, or 0 if there are none.
func (p *prints) of(entries []index.Entry) uint64 {
	if len(entries) == 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(p.seed)
	for i := range entries {
		_, _ = h.WriteString(entries[i].Wire()) // cannot fail
		_ = h.WriteByte('/')
	}
	return h.Sum64() | 1
}

// keep remembers the hash of a directory.
func (p *prints) keep(dir index.Path, print uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.now) >= mostPrints {
		p.now, p.old = map[index.Path]uint64{}, p.now
	}
	p.now[dir] = print
}

// above reports whether a directory above this one has that hash.
func (p *prints) above(dir index.Path, print uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for dir != "/" && print != 0 {
		dir = dir.Dir()
		if p.known(dir) == print {
			return true
		}
	}
	return false
}

// same reports whether other, which is not dir, has that hash.
func (p *prints) same(other, dir index.Path, print uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return other != dir && print != 0 && p.known(other) == print
}

// known returns the hash of a directory, or 0. p.mu is held.
func (p *prints) known(dir index.Path) uint64 {
	if print, ok := p.now[dir]; ok {
		return print
	}
	return p.old[dir]
}
