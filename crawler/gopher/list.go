package gopher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
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
	items, refusal := 0, ""
	for it, ok := m.next(); ok; it, ok = m.next() {
		items++
		s.decoder.Learn(it.title)
		if it.kind == '3' && refusal == "" {
			refusal = cmp.Or(index.Visible(it.title), "it does not say why")
		}
		e, ok := s.entry(dir, it)
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
	return s.assess(ctx, l, m, len(seen), items, refusal)
}

// full reports whether there was no memory for a menu's place.
func (s *server) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outOfMemory
}

// assess says how far a menu of so many entries and lines can be trusted.
func (s *server) assess(ctx context.Context, l index.Listing, m *menu, entries, items int, refusal string) (index.Listing, error) {
	l.Unparsed, l.Lost = m.unparsed, m.lost
	cut := errors.Is(m.err, errTooLarge) || errors.Is(m.err, errTooLong)
	switch {
	case ctx.Err() != nil:
		return l, ctx.Err()
	case m.err != nil && !cut:
		return l, fmt.Errorf("%w: %w", crawler.ErrGone, m.err)
	case cut:
		l.State, l.Why = index.Truncated, m.err.Error()
	case entries == 0 && refusal != "":
		return l, fmt.Errorf("%w: %s", crawler.ErrDenied, refusal)
	case items == 0 && m.lost > 0:
		return l, fmt.Errorf("%w: it does not answer with a menu: %s", crawler.ErrDenied, index.Visible(m.unparsed[0]))
	case s.dot && !m.dot:
		l.State, l.Why = index.Truncated, "its last line is missing"
	case m.lost > 0:
		l.State, l.Why = index.Unparsed, "some lines are no items of a menu"
	}
	return l, nil
}
