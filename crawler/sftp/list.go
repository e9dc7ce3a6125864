package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// commands is how many requests the listing of a directory takes at least:
// OPENDIR, READDIR until the end, and CLOSE.
const commands = 4

// targets is how many links of a directory are read at once.
const targets = 16

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
		return fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
	}
	defer s.leave(ctx, from)
	size, parts := int64(0), 0
	for {
		entries, n, err := s.readPart(ctx, from)
		if size += n; err == nil && size > s.limits.Listing {
			err = errTooLarge
		}
		if err != nil && !errors.Is(err, errEnd) && !endless(err) && len(entries) == 0 && parts == 0 {
			return fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
		}
		l := s.listing(dir, entries)
		l.More = err == nil
		if linkErr := s.readLinks(ctx, &l); l.More {
			err = linkErr
		} else if errors.Is(err, errEnd) {
			err = cmp.Or(linkErr, errEnd)
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

// open begins to read a directory, which leave ends.
func (s *server) open(ctx context.Context, dir index.Path) (*stream, error) {
	ctx, done := s.call(ctx)
	defer done()
	handle, err := s.dirs.open(ctx, dir)
	return &stream{dirs: s.dirs, handle: handle, width: atFirst}, err
}

func (s *server) leave(ctx context.Context, from *stream) {
	ctx, done := s.call(ctx)
	defer done()
	from.leave()
	s.dirs.close(ctx, from.handle)
}

// finish hands over the last part, after which err came.
func (s *server) finish(ctx context.Context, l index.Listing, err error, hand func(index.Listing) error) error {
	if l.More = false; errors.Is(err, errEnd) {
		return hand(l)
	}
	err = fmt.Errorf("list %s: %w", index.Visible(string(l.Dir)), sentinel(ctx, err))
	l.State, l.Why = index.Truncated, index.Visible(err.Error())
	if handErr := hand(l); handErr != nil {
		return handErr
	}
	if endless(err) {
		return nil // a limit of ours: its state says so
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
		call, done := s.call(ctx)
		entries, n, err := from.next(call)
		done()
		part, size = append(part, entries...), size+int64(n)
		if err != nil {
			return part, size, err
		}
	}
	return part, size, nil
}

// await returns the result of a call. It returns at once when ctx is done, whatever
// the server does.
func await[T any](ctx context.Context, s *server, do func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	call, done := s.call(ctx)
	answers := make(chan answer, 1)
	s.work.Go(func() {
		defer done()
		value, err := do(call)
		answers <- answer{value, err}
	})
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// sentinel wraps an error in one that a crawl branches on. A malformed answer about
// one directory stays as it is: there is no other way to list this directory, and
// others may be listed.
func sentinel(ctx context.Context, err error) error {
	var status *sftp.StatusError
	switch {
	case ctx.Err() != nil, endless(err), errors.Is(err, crawler.ErrGone):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, sftp.ErrSSHFxNoConnection),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrClosed):
		return fmt.Errorf("%w: %w", crawler.ErrGone, err)
	case errors.As(err, &status):
		return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
	}
	return err
}

// listing makes a listing of the answers to READDIR.
func (s *server) listing(dir index.Path, entries []attributes) index.Listing {
	for i := range entries {
		s.decoder.Learn(entries[i].name)
	}
	l := index.Listing{Dir: dir, Taken: time.Now(), Way: way, Entries: make([]index.Entry, 0, len(entries))}
	if shown := s.decoder.Decode(string(dir)); shown != string(dir) {
		l.Shown = shown
	}
	slices.SortStableFunc(entries, func(a, b attributes) int { return cmp.Compare(a.name, b.name) })
	for i := range entries {
		if i > 0 && entries[i].name == entries[i-1].name {
			continue
		}
		if e, ok := s.entry(&entries[i]); ok {
			l.Entries = append(l.Entries, e)
			continue
		}
		l.State, l.Why = index.Unparsed, "there are names that no file can have"
		l.Lost++
		if len(l.Unparsed) < index.MaxUnparsed {
			l.Unparsed = append(l.Unparsed, entries[i].name[:min(len(entries[i].name), listing.MaxLine)])
		}
	}
	return l
}

// The kinds of files in a mode (POSIX).
const (
	modeKind                       = 0o170000
	modeDir, modeLink, modeRegular = 0o040000, 0o120000, 0o100000
)

// entry makes an entry of what READDIR says of a file. It is not ok if no file can
// have the name, or if the name is longer than a line that other sources read.
func (s *server) entry(a *attributes) (e index.Entry, ok bool) {
	e = index.Entry{Name: s.decoder.Decode(a.name), Size: index.UnknownSize}
	if e.Name != a.name {
		e.Raw = a.name
	}
	if len(a.name) > listing.MaxLine {
		return e, false
	}
	for _, name := range []string{a.name, e.Name} {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return e, false
		}
	}
	switch a.mode & modeKind {
	case modeDir:
		e.Kind = index.Dir
	case modeLink:
		e.Kind = index.Link
	case modeRegular, 0:
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
	if s.client == nil {
		return nil
	}
	readers, ctx := errgroup.WithContext(ctx)
	readers.SetLimit(targets)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Link || ctx.Err() != nil {
			continue
		}
		readers.Go(func() error {
			if err := s.pacer.Command(ctx); err != nil {
				return err
			}
			target, err := await(ctx, s, func(context.Context) (string, error) {
				return s.client.ReadLink(string(l.Dir.Join(e.Wire())))
			})
			if err != nil && !errors.Is(sentinel(ctx, err), crawler.ErrDenied) {
				return err
			}
			if len(target) <= listing.MaxLine {
				e.Target = s.decoder.Decode(target)
			}
			return nil
		})
	}
	return readers.Wait()
}
