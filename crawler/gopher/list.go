package gopher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/words"
	"trawl/index"
)

// list lists one menu; see crawler.DirWay.
func (s *server) list(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	l, err := s.read(ctx, dir, hand)
	if err != nil {
		return fmt.Errorf("list %s: %w", index.Visible(string(dir)), err)
	}
	return hand(l)
}

// read reads a menu, hands over all its parts but the last, and returns that.
func (s *server) read(ctx context.Context, dir index.Path, hand func(index.Listing) error) (index.Listing, error) {
	l := index.Listing{Dir: dir, Taken: time.Now(), Way: way}
	if shown := s.decoder.Decode(selectorAt(dir)); shown != string(dir) && shown != "" {
		l.Shown = shown
	}
	answer, err := s.ask(ctx, s.request(dir))
	if err != nil {
		return l, err
	}
	defer answer.Close()
	m := newMenu(answer, s.limits.Listing)
	seen, spent := map[string]bool{}, int64(0)
	defer func() { s.pacer.Restore(spent) }()
	var said said
	for it, ok := m.next(); ok; it, ok = m.next() {
		said.hear(it)
		s.decoder.Learn(it.title)
		e, ok := s.entry(dir, s.resolve(it))
		if !ok || seen[e.Wire()] {
			continue
		}
		cost := int64(len(e.Wire())) + claimCosts
		if s.full() || !s.pacer.Spend(cost) {
			return l, crawler.ErrMemory
		}
		spent += cost
		seen[e.Wire()] = true
		l.Entries = append(l.Entries, e)
		if len(l.Entries) == listing.DefaultPart {
			l.More = true
			if err := hand(l); err != nil {
				return l, err
			}
			l.Entries, l.More = nil, false
		}
	}
	return s.assess(ctx, l, m, len(seen), &said)
}

// full reports whether there was no memory for a menu's place.
func (s *server) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outOfMemory
}

// assess says how far a menu of so many entries can be trusted.
func (s *server) assess(ctx context.Context, l index.Listing, m *menu, entries int, said *said) (index.Listing, error) {
	l.Unparsed, l.Lost = m.unparsed, m.lost
	cut := errors.Is(m.err, errTooLarge) || errors.Is(m.err, errTooLong)
	switch {
	case ctx.Err() != nil:
		return l, ctx.Err()
	case m.err != nil && !cut:
		return l, fmt.Errorf("%w: %w", crawler.ErrGone, m.err)
	case cut:
		l.State, l.Why = index.Truncated, m.err.Error()
	case entries == 0 && said.refusal() != "":
		if words.Of(said.refusal()) == words.Crowded {
			return l, fmt.Errorf("%w: %s", crawler.ErrBusy, said.refusal())
		}
		return l, fmt.Errorf("%w: %s", crawler.ErrDenied, said.refusal())
	case said.lines == 0 && m.lost > 0:
		return l, fmt.Errorf("%w: it does not answer with a menu: %s", crawler.ErrDenied, index.Visible(m.unparsed[0]))
	case s.dot && !m.dot:
		l.State, l.Why = index.Truncated, "its last line is missing"
	case m.lost > 0:
		l.State, l.Why = index.Unparsed, "some lines are no items of a menu"
	case said.failure != "" && words.Of(said.failure) != words.Empty:
		l.State, l.Why = index.Unparsed, "the server says: "+said.failure
	}
	return l, nil
}

// said is what a menu says to people.
type said struct {
	lines   int    // of any kind
	texts   int    // lines of text
	denial  string // a line of text that refuses the menu, fit to be shown
	failure string // the first error, likewise
}

// failed is the code of an error of the web, which some servers show as a line of text.
var failed = regexp.MustCompile(`(?i)\berror:? [45]\d\d\b`)

// denies reports whether a line of text refuses a menu: some servers have no errors.
func denies(text string) bool {
	m := words.Of(text)
	return m == words.Missing || m == words.Denied || m == words.Crowded || failed.MatchString(text)
}

// hear takes note of a line.
func (s *said) hear(it item) {
	s.lines++
	shown := index.Visible(it.title[:min(len(it.title), mostWords)])
	switch it.kind {
	case '3':
		s.failure = cmp.Or(s.failure, shown, "nothing but that it failed")
	case 'i':
		if s.texts++; s.denial == "" && denies(it.title) {
			s.denial = shown
		}
	}
}

// mostWords bounds the words of a server that an error shows, in bytes, and mostTexts the
// lines of a text that refuses a menu: a longer one is a page.
const (
	mostWords = 300
	mostTexts = 5
)

// refusal returns why a menu without entries was refused, or "" if it was not, but is empty.
func (s *said) refusal() string {
	if words.Of(s.failure) == words.Empty {
		return ""
	}
	if s.failure == "" && s.texts == s.lines && s.texts <= mostTexts {
		return s.denial
	}
	return s.failure
}
