package sftp

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/words"
	"trawl/index"
)

// kind is what a server says that a file is. None is a file without evidence.
type kind uint8

const (
	unknown kind = iota
	regular
	directory
	link
	special // a device, a socket, a pipe: a file without a size
)

// ofMode returns the kind in a mode (POSIX). There are servers whose modes have none.
func ofMode(mode uint32) kind {
	switch mode & 0o170000 {
	case 0o040000:
		return directory
	case 0o120000:
		return link
	case 0o100000:
		return regular
	case 0o010000, 0o020000, 0o060000, 0o140000, 0o150000: // pipe, devices, socket, door
		return special
	}
	return unknown
}

// ofLetters returns the kind in the letters that begin a line of ls. A line of dashes is
// made up by a server that knows no mode.
//
//	drwxr-xr-x  2 ftp ftp 4096 Jun 15 12:00 pub  => directory
//	----------  1 ftp ftp 4096 Jun 15 12:00 pub  => unknown
func ofLetters(line string) (k kind, letters bool) {
	word, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	if len(word) < 10 || rest == "" || strings.Trim(word[1:10], "rwxsStTlL-") != "" {
		return unknown, false
	}
	switch word[0] {
	case 'd':
		return directory, true
	case 'l':
		return link, true
	case 'b', 'c', 'p', 's', 'D':
		return special, true
	case '-':
		if word[1:10] != "---------" {
			return regular, true
		}
	}
	return unknown, true
}

// readLong fills in what the long names say of entries about which something is missing:
// kinds and sizes. They are lines of some listing. Their times are left out, since it is
// not known how far the clock of such a line is ahead of UTC.
func (s *server) readLong(entries []attributes) {
	var lines strings.Builder
	at := map[string]*attributes{}
	for i := range entries {
		a := &entries[i]
		if a.long == "" || a.long == a.name || strings.ContainsAny(a.long, "\r\n") || len(a.long) > listing.MaxLine {
			continue
		}
		k, letters := ofLetters(a.long)
		if a.kind == unknown && letters {
			a.kind = k
		}
		if a.kind == unknown && letters || !a.lacking() {
			continue
		}
		at[a.name] = a
		lines.WriteString(a.long + "\n")
	}
	if len(at) == 0 {
		return
	}
	_ = s.lines.List(strings.NewReader(lines.String()), "/", way, func(l index.Listing) error { // it reads from memory
		for i := range l.Entries {
			if a := at[l.Entries[i].Wire()]; a != nil {
				a.complete(&l.Entries[i])
			}
		}
		return nil
	})
}

// dated begins a line of DIR on Windows, in which directories are marked.
var dated = regexp.MustCompile(`^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s+\d{1,2}:\d\d`)

// complete takes over the kind and the size that a line says, if they are missing. In lines of
// some forms nothing marks a directory, so that they make no file.
func (a *attributes) complete(e *index.Entry) {
	switch {
	case a.kind != unknown:
	case e.Kind == index.Dir:
		a.kind = directory
	case e.Kind == index.Link:
		a.kind = link
	case dated.MatchString(a.long):
		a.kind = regular
	}
	if e.Size != index.UnknownSize && a.kind == regular && !a.sized {
		a.size, a.sized = uint64(max(e.Size, 0)), true
	}
}

// askKinds asks what the entries of a directory are whose kind neither mode nor long name
// say. The error is that of ctx or of the connection.
func (s *server) askKinds(ctx context.Context, dir index.Path, entries []attributes) error {
	askers, ctx := errgroup.WithContext(ctx)
	askers.SetLimit(atOnce)
	for i := range entries {
		a := &entries[i]
		if a.kind != unknown || !proper(a.name) || ctx.Err() != nil {
			continue
		}
		askers.Go(func() error { return s.askKind(ctx, string(dir.Join(a.name)), a) })
	}
	return askers.Wait()
}

// askKind asks by LSTAT, by STAT, and whether the entry can be opened as a directory.
func (s *server) askKind(ctx context.Context, path string, a *attributes) error {
	for _, request := range []optional{lstat, stat} {
		p, err := s.ask(ctx, request, path)
		if errors.Is(err, errUnasked) {
			continue
		}
		if err != nil {
			return err
		}
		said, err := p.attributes()
		s.options.answered(request, err == nil && said.kind != unknown)
		if err != nil || said.kind == unknown {
			continue // the next one may say it
		}
		a.kind = said.kind
		if said.sized && !a.sized {
			a.size, a.sized = said.size, true
		}
		if a.time == 0 {
			a.time = said.time
		}
		return nil
	}
	return s.tryKind(ctx, path, a)
}

// tryKind opens an entry as a directory, and as a file if the refusal does not say that it is
// none. A refusal for want of permission says nothing of the kind.
func (s *server) tryKind(ctx context.Context, path string, a *attributes) error {
	refusal, err := s.try(ctx, opendir, path)
	switch {
	case errors.Is(err, errUnasked):
		return nil
	case err != nil:
		return err
	case refusal == nil:
		a.kind = directory
		return nil
	case refusal.code == fxNoSuchFile, words.Of(refusal.words) == words.Missing:
		a.kind = regular // it was listed, so that it is there
		return nil
	case errors.Is(refusal, fs.ErrPermission), refusal.busy():
		return nil
	}
	refusal, err = s.try(ctx, open, path, readOnly()...)
	if err == nil && refusal == nil {
		a.kind = regular
	}
	if errors.Is(err, errUnasked) {
		return nil
	}
	return err
}

// try opens an entry by a request, and closes it. It returns the refusal, or nil if there was
// none. The error is errUnasked, also for an answer that is neither, or that of ctx or of the
// connection.
func (s *server) try(ctx context.Context, request optional, path string, more ...byte) (*status, error) {
	p, err := s.ask(ctx, request, path, more...)
	if err != nil {
		return nil, err
	}
	handle, err := p.handle()
	if err == nil {
		s.talk.close(ctx, handle)
		return nil, nil //nolint:nilnil // it was opened
	}
	if refusal, said := errors.AsType[*status](err); said {
		return refusal, nil
	}
	return nil, errUnasked
}

// lost reports whether nothing more can be asked: ctx is done or the connection is lost.
func lost(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, crawler.ErrGone)
}
