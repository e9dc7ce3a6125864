package sftp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// Stat asks for the size and the time of a file by STAT, which follows links as OPEN does; see
// crawler.Server. From a server without STAT it learns nothing.
func (s *server) Stat(ctx context.Context, p index.Path) (crawler.Fact, error) {
	fact, err := s.factOf(ctx, p)
	if err != nil {
		return fact, fmt.Errorf("ask for %s: %w", index.Visible(string(p)), ofFile(ctx, err))
	}
	return fact, nil
}

// errNoFile is the error of a path that is a directory.
var errNoFile = errors.New("it is a directory")

func (s *server) factOf(ctx context.Context, p index.Path) (crawler.Fact, error) {
	fact := crawler.Fact{Size: index.UnknownSize, Ranges: true}
	a, err := s.attributesOf(ctx, p)
	if err == nil && a.kind == unknown { // only opening it shows whether it is there
		err = s.tryFile(ctx, p)
	}
	if err == nil && a.kind == directory {
		err = fmt.Errorf("%w: %w", crawler.ErrDenied, errNoFile)
	}
	if err != nil {
		return fact, err
	}
	if a.sized && a.size <= math.MaxInt64 && (a.kind == regular || a.kind == unknown) {
		fact.Size = int64(a.size)
	}
	if a.time != 0 {
		fact.Time, fact.Precision = time.Unix(int64(a.time), 0).UTC(), index.Second
	}
	return fact, nil
}

// attributesOf asks by STAT, and by LSTAT where that says nothing. A server without both says
// nothing at all.
func (s *server) attributesOf(ctx context.Context, p index.Path) (a attributes, err error) {
	for _, request := range []optional{stat, lstat} {
		answer, err := s.ask(ctx, request, string(p))
		if errors.Is(err, errUnasked) {
			continue
		}
		if err != nil {
			return a, err
		}
		said, err := answer.attributes()
		if refused, ok := errors.AsType[*status](err); ok && (refused.code == fxNoSuchFile || refused.code == fxNoPermission) {
			return a, err
		}
		if err == nil && said.kind != link {
			a = said
		}
		if err == nil && a.kind != unknown {
			break
		}
	}
	return a, nil
}

// tryFile opens a file and closes it.
func (s *server) tryFile(ctx context.Context, p index.Path) error {
	answer, err := s.askOpen(ctx, p)
	if err != nil {
		return err
	}
	handle, err := answer.handle()
	if err == nil {
		s.talk.close(ctx, handle)
	}
	return err
}
