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

// list lists one directory; see crawler.Way.
func (s *server) list(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	for range commands {
		if err := s.guest.Command(ctx); err != nil {
			return err
		}
	}
	infos, err := s.readDir(ctx, dir)
	if err != nil && len(infos) == 0 {
		return fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
	}
	l := s.listing(dir, infos)
	if readErr := s.readLinks(ctx, &l); err == nil {
		err = readErr
	}
	if err != nil {
		err = fmt.Errorf("list %s: %w", index.Visible(string(dir)), sentinel(ctx, err))
		l.State, l.Why = index.Truncated, index.Visible(err.Error())
	}
	if handErr := inParts(l, hand); handErr != nil {
		return handErr
	}
	if errors.Is(err, errTooLarge) {
		return nil // a limit of ours: its state says so
	}
	return err
}

// readDir reads a directory, as far as it goes: what was read is returned with
// an error too.
func (s *server) readDir(ctx context.Context, dir index.Path) ([]fs.FileInfo, error) {
	return await(ctx, s, func(call context.Context) ([]fs.FileInfo, error) {
		infos, err := s.client.ReadDirContext(call, string(dir))
		if err != nil && call.Err() != nil {
			err = context.Cause(call)
		}
		return infos, err
	})
}

// await returns what a call returns, or when ctx is done, whatever the server
// does.
func await[T any](ctx context.Context, s *server, do func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	call, cut := context.WithCancelCause(ctx)
	answers := make(chan answer, 1)
	done := s.begin(cut)
	s.work.Go(func() {
		defer done()
		defer cut(nil)
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

// sentinel makes an error one that a crawl branches on.
func sentinel(ctx context.Context, err error) error {
	var status *sftp.StatusError
	switch {
	case ctx.Err() != nil, errors.Is(err, errTooLarge):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, sftp.ErrSSHFxNoConnection),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrClosed):
		return fmt.Errorf("%w: %w", crawler.ErrGone, err)
	case errors.As(err, &status):
		return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
	}
	return fmt.Errorf("%w: %w", crawler.ErrBroken, err)
}

// listing makes a listing of what READDIR told.
func (s *server) listing(dir index.Path, infos []fs.FileInfo) index.Listing {
	for _, info := range infos {
		s.decoder.Learn(info.Name())
	}
	l := index.Listing{Dir: dir, Taken: time.Now(), Way: way, Entries: make([]index.Entry, 0, len(infos))}
	if shown := s.decoder.Decode(string(dir)); shown != string(dir) {
		l.Shown = shown
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return cmp.Compare(a.Name(), b.Name()) })
	for i, info := range infos {
		if i > 0 && info.Name() == infos[i-1].Name() {
			continue
		}
		if e, ok := s.entry(info); ok {
			l.Entries = append(l.Entries, e)
			continue
		}
		l.State, l.Why = index.Unparsed, "there are names that no file can have"
		l.Lost++
		if len(l.Unparsed) < index.MaxUnparsed {
			l.Unparsed = append(l.Unparsed, info.Name())
		}
	}
	return l
}

// entry returns an entry as READDIR told it; not ok is one whose name no file
// can have.
func (s *server) entry(info fs.FileInfo) (e index.Entry, ok bool) {
	raw := info.Name()
	e = index.Entry{Name: s.decoder.Decode(raw), Size: index.UnknownSize}
	if e.Name != raw {
		e.Raw = raw
	}
	for _, name := range []string{raw, e.Name} {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return e, false
		}
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		e.Kind = index.Dir
	case mode&fs.ModeSymlink != 0:
		e.Kind = index.Link
	case mode.IsRegular() && info.Size() >= 0:
		e.Size = info.Size()
	}
	if unix := info.ModTime().Unix(); unix > 0 && unix <= math.MaxUint32 {
		e.Unix, e.Precision = unix, index.Second
	}
	return e, true
}

// readLinks fills in what the links of a listing point at, which READDIR does
// not tell. A link that cannot be read stays without; the error is that of ctx or
// of the connection.
func (s *server) readLinks(ctx context.Context, l *index.Listing) error {
	readers, ctx := errgroup.WithContext(ctx)
	readers.SetLimit(targets)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Link || ctx.Err() != nil {
			continue
		}
		readers.Go(func() error {
			if err := s.guest.Command(ctx); err != nil {
				return err
			}
			target, err := await(ctx, s, func(context.Context) (string, error) {
				return s.client.ReadLink(string(l.Dir.Join(e.Wire())))
			})
			if err != nil && !errors.Is(sentinel(ctx, err), crawler.ErrDenied) {
				return err
			}
			e.Target = s.decoder.Decode(target)
			return nil
		})
	}
	return readers.Wait()
}

// inParts hands a listing over, a huge one in parts.
func inParts(l index.Listing, hand func(index.Listing) error) error {
	for len(l.Entries) > listing.DefaultPart {
		part := l
		part.Entries, part.More = l.Entries[:listing.DefaultPart], true
		if err := hand(part); err != nil {
			return err
		}
		l.Entries, l.Unparsed, l.Lost = l.Entries[listing.DefaultPart:], nil, 0
	}
	return hand(l)
}
