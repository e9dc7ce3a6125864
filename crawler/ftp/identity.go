package ftp

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/index"
)

var _ crawler.Identifier = (*server)(nil)

// Identify asks for the identifiers of directories, see crawler.Identifier. It asks by
// MLST where the server reports them so (RFC 3659 section 7.5.7), for all at once where
// the server takes commands ahead; else it takes them from listings of the directories.
func (s *server) Identify(ctx context.Context, dirs []index.Path) ([]string, error) {
	if !s.hasFact("unique") {
		return s.dotsOf(ctx, dirs)
	}
	idents := make([]string, len(dirs))
	all, asking := errgroup.WithContext(ctx)
	if !s.able().pipeline {
		all.SetLimit(1)
	}
	for i, dir := range dirs {
		all.Go(func() (err error) {
			idents[i], err = s.identOf(asking, dir)
			return err
		})
	}
	return idents, all.Wait()
}

// identOf asks about one directory.
func (s *server) identOf(ctx context.Context, dir index.Path) (string, error) {
	if sendable(dir) != nil {
		return "", nil //nolint:nilerr // the server cannot be asked about this directory, but about others
	}
	commands := []string{"MLST " + s.wirePath(dir)}
	if !plain(dir) {
		commands = []string{"CWD " + s.wirePath(dir), "MLST"}
	}
	replies, err := s.replies(ctx, commands)
	if err != nil || slices.ContainsFunc(replies, func(r reply) bool { return !r.ok() }) {
		return "", err
	}
	return unique(replies[len(replies)-1]), nil
}

// replies sends commands and reads their replies, on the connection that is shared where
// commands may be sent ahead.
func (s *server) replies(ctx context.Context, commands []string) (replies []reply, err error) {
	if !s.able().pipeline {
		l, err := s.connections.get(ctx)
		if err != nil {
			return nil, err
		}
		defer s.connections.put(l)
		return s.converse(ctx, l, commands)
	}
	err = s.shared(ctx, func(l *connection) error {
		return s.ahead(ctx, l, commands, func() error {
			for _, command := range commands {
				r, err := l.answer(verbOf(command))
				if err != nil {
					return err
				}
				replies = append(replies, r)
			}
			return nil
		})
	})
	return replies, err
}
