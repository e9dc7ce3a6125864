package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// commands is how many requests the listing of a directory takes at least:
// OPENDIR, READDIR until the end, and CLOSE.
const commands = 4

// atOnce is about how many entries of a directory are asked at once.
const atOnce = 16

// A part of a listing ends after so many entries or bytes, so that the parts of many
// directories together need little memory.
const (
	partEntries = 2000
	partBytes   = 512 << 10
)

// list lists one directory, part by part; see crawler.DirWay.
func (s *server) list(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	for range commands {
		if err := s.pacer.Command(ctx); err != nil {
			return err
		}
	}
	from, err := s.open(ctx, dir)
	if err != nil {
		return s.refused(ctx, dir, err, hand)
	}
	defer s.leave(ctx, from)
	size, parts := int64(0), 0
	for {
		entries, n, err := s.readPart(ctx, from)
		if size += n; err == nil && size > s.limits.Listing {
			err = errTooLarge
		}
		if err != nil && !endless(err) && len(entries) == 0 && parts == 0 && (!errors.Is(err, errEnd) || dir == s.host.ID.Root()) {
			return s.refused(ctx, dir, err, hand)
		}
		l, moreErr := s.complete(ctx, dir, entries)
		if l.More = err == nil; l.More || errors.Is(err, errEnd) {
			err = cmp.Or(moreErr, err)
		}
		if err == nil {
			if err := hand(l); err != nil {
				return err
			}
			parts++
			continue
		}
		return s.finish(ctx, l, err, hand)
	}
}

// refused hands over what can be said of a directory that is not shown: the way to the login
// directory, if that is below it. Else it returns the reason. A root without entries may be
// one that is not shown.
func (s *server) refused(ctx context.Context, dir index.Path, err error, hand func(index.Listing) error) error {
	why := err
	refusal, said := errors.AsType[*status](err)
	empty := errors.Is(err, errEnd) || said && refusal.empty()
	if empty {
		why = errors.New("it has no entries")
	}
	if said && !refusal.busy() || empty {
		l, ok, err := s.wayDown(ctx, dir, why)
		switch {
		case err != nil:
			return fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
		case ok:
			return hand(l)
		case empty:
			return hand(s.listing(dir, nil))
		}
	}
	return fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
}

// complete makes a listing of entries, about which it asks what READDIR does not say. An
// error is that of ctx or of the connection; the listing is whole but for these answers.
func (s *server) complete(ctx context.Context, dir index.Path, entries []attributes) (index.Listing, error) {
	entries = ownNames(dir, entries)
	s.readLong(entries)
	err := s.askKinds(ctx, dir, entries)
	l := s.listing(dir, entries)
	return l, cmp.Or(err, s.readLinks(ctx, &l))
}

// open begins to read a directory, which leave ends.
func (s *server) open(ctx context.Context, dir index.Path) (*stream, error) {
	ctx, done := s.traffic.call(ctx)
	defer done()
	handle, err := s.talk.open(ctx, dir)
	return &stream{talk: s.talk, handle: handle, width: atFirst}, err
}

func (s *server) leave(ctx context.Context, from *stream) {
	ctx, done := s.traffic.call(ctx)
	defer done()
	from.leave()
	s.talk.close(ctx, from.handle)
}

// finish hands over the last part, after which err came.
func (s *server) finish(ctx context.Context, l index.Listing, err error, hand func(index.Listing) error) error {
	if l.More = false; errors.Is(err, errEnd) {
		return hand(l)
	}
	refusal, said := errors.AsType[*status](err)
	said = said && !refusal.busy()
	err = fmt.Errorf("list %s: %w", index.Visible(string(l.Dir)), sentinel(ctx, err))
	l.State, l.Why = index.Truncated, index.Visible(err.Error())
	if handErr := hand(l); handErr != nil {
		return handErr
	}
	if said || endless(err) {
		return nil // the word of the server, or a limit of ours: its state says so
	}
	return err
}

// endless reports whether a listing was given up because it goes on and on.
func endless(err error) bool {
	return errors.Is(err, errTooLarge) || errors.Is(err, errEmpty) || errors.Is(err, listing.ErrRepeats)
}

// readPart reads a part of a directory and returns its size in bytes; the last part
// comes with errEnd. The part that was read is returned with any error.
func (s *server) readPart(ctx context.Context, from *stream) (part []attributes, size int64, err error) {
	for len(part) < partEntries && size < partBytes {
		call, done := s.traffic.call(ctx)
		entries, n, err := from.next(call)
		done()
		part, size = append(part, entries...), size+int64(n)
		if err != nil {
			return part, size, err
		}
	}
	return part, size, nil
}

// sentinel wraps an error in one that a crawl branches on. A malformed answer about
// one directory stays as it is: there is no other way to list this directory, and
// others may be listed.
func sentinel(ctx context.Context, err error) error {
	refusal, said := errors.AsType[*status](err)
	switch {
	case ctx.Err() != nil, endless(err), errors.Is(err, crawler.ErrGone):
		return err
	case said && refusal.busy():
		return fmt.Errorf("%w: %w", crawler.ErrBusy, err)
	case said:
		return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
	}
	return err
}

// The reasons of listings with lines that are not understood.
const (
	noNames = "there are names that no file can have"
	noKinds = "the server does not say what some entries are"
)

// listing makes a listing of what a server says of the entries of a directory.
func (s *server) listing(dir index.Path, entries []attributes) index.Listing {
	for i := range entries {
		s.decoder.Learn(entries[i].name)
	}
	l := index.Listing{Dir: dir, Taken: time.Now(), Way: way, Entries: make([]index.Entry, 0, len(entries))}
	if shown := s.decoder.Decode(string(dir)); shown != string(dir) {
		l.Shown = shown
	}
	slices.SortStableFunc(entries, func(a, b attributes) int { return cmp.Compare(a.name, b.name) })
	entries = slices.CompactFunc(entries, func(a, b attributes) bool { return a.name == b.name })
	for i := range entries {
		e, ok := s.entry(&entries[i])
		if ok && entries[i].kind != unknown {
			l.Entries = append(l.Entries, e)
			continue
		}
		if l.State = index.Unparsed; !ok {
			l.Why = noNames
		}
		l.Why = cmp.Or(l.Why, noKinds)
		l.Lost++
		if len(l.Unparsed) < index.MaxUnparsed {
			line := cmp.Or(entries[i].long, entries[i].name)
			l.Unparsed = append(l.Unparsed, line[:min(len(line), listing.MaxLine)])
		}
	}
	return l
}

// entry makes an entry of what a server says of a file. It is not ok if no file can have the
// name.
func (s *server) entry(a *attributes) (e index.Entry, ok bool) {
	e = index.Entry{Name: s.decoder.Decode(a.name), Size: index.UnknownSize}
	if e.Name != a.name {
		e.Raw = a.name
	}
	if !proper(a.name) || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "/\x00") {
		return e, false
	}
	switch a.kind {
	case directory:
		e.Kind = index.Dir
	case link:
		e.Kind = index.Link
	case regular:
		if a.sized && a.size <= math.MaxInt64 {
			e.Size = int64(a.size)
		}
	}
	if a.time > 0 {
		e.Unix, e.Precision = int64(a.time), index.Second
	}
	return e, true
}

// readLinks fills in the targets of the links of a listing, which READDIR does not
// say. A link that cannot be read stays without; the error is that of ctx or of the
// connection.
func (s *server) readLinks(ctx context.Context, l *index.Listing) error {
	readers, ctx := errgroup.WithContext(ctx)
	readers.SetLimit(atOnce)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Link || ctx.Err() != nil {
			continue
		}
		readers.Go(func() error {
			p, err := s.ask(ctx, readlink, string(l.Dir.Join(e.Wire())))
			if errors.Is(err, errUnasked) {
				return nil
			}
			if err != nil {
				return err
			}
			if target, err := p.name(); err == nil && len(target) <= listing.MaxLine {
				e.Target = s.decoder.Decode(target)
			}
			return nil
		})
	}
	return readers.Wait()
}
