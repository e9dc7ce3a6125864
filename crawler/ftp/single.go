package ftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"trawl/crawler"
	"trawl/index"
)

// drops is remembered among the demoted ways of a server that gives up a transfer when
// the next EPSV comes.
const drops = "EPSV ahead: data connections are dropped"

// mlsdDir lists a directory by MLSD (RFC 3659 section 7). One of which nothing comes, or nothing that
// is understood, it lists by LIST.
func (s *server) mlsdDir(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	begun := false
	named := func(l index.Listing) error {
		begun = true
		return hand(l)
	}
	if root := s.able().root; dir == s.root && root != "" {
		named = func(l index.Listing) error {
			begun = true
			l.Ident = cmp.Or(l.Ident, root)
			return hand(l)
		}
	}
	err := s.list(ctx, "MLSD", dir, named, func(ctx context.Context, c *check) error {
		c.strict = true
		return s.single(ctx, "MLSD", c, func(ctx context.Context, l *connection) (*transfer, error) {
			return s.startMLSD(ctx, l, c)
		})
	})
	if !begun && (errors.Is(err, errUnread) || silence(err)) && ctx.Err() == nil {
		return s.listDir(ctx, dir, hand)
	}
	if !begun && dir == s.root && s.refusesMLSD(ctx, err) {
		return fmt.Errorf("%w: LIST lists what it refuses: %s", crawler.ErrBroken, err.Error()) // it is no longer a refusal of the directory
	}
	return err
}

// refusesMLSD reports whether the server answers MLSD of the root with an error, has never listed by it, and lists the root by
// LIST: it does not have the command, whatever it says.
func (s *server) refusesMLSD(ctx context.Context, err error) bool {
	var refusal *replyError
	if !errors.As(err, &refusal) || refusal.reply.code == 421 || s.able().mlsd || ctx.Err() != nil {
		return false
	}
	entries := 0
	wrong := s.listDir(ctx, s.root, func(l index.Listing) error {
		entries += len(l.Entries)
		return nil
	})
	return wrong == nil && entries > 0
}

// listDir lists a directory by LIST, or by NLST where the root shows that LIST is not known.
func (s *server) listDir(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	if s.able().names {
		return s.namesDir(ctx, dir, hand)
	}
	err := s.list(ctx, "LIST", dir, hand, s.listOn)
	if dir != s.root || !unlisted(err) || ctx.Err() != nil {
		return err
	}
	if s.namesDir(ctx, dir, hand) != nil {
		return err // the words about the command that servers have
	}
	s.learn(func(_ *index.Known, can *abilities) { can.names = true })
	s.note(byNames)
	return nil
}

// listOn sends LIST and reads the answer.
func (s *server) listOn(ctx context.Context, c *check) error {
	return s.single(ctx, "LIST", c, func(ctx context.Context, l *connection) (*transfer, error) {
		can := s.able()
		c.dots = can.list == "LIST -a "
		return s.startList(ctx, l, can.list, c.dir, c.enter, s.limits.Listing, can.ahead)
	})
}

// single lists a directory over a data connection.
func (s *server) single(ctx context.Context, way string, c *check, start func(context.Context, *connection) (*transfer, error)) error {
	if err := s.tryOut(ctx); err != nil {
		return err
	}
	l, err := s.connections.get(ctx)
	if err != nil {
		return err
	}
	defer s.connections.put(l)
	t, err := start(ctx, l)
	if err != nil {
		return err
	}
	defer t.release()
	c.body, c.dots, c.stands = t, c.dots && !t.nothing, l.stands.Load()
	return s.parser.List(c, c.dir, way, c.pass)
}

// startMLSD starts MLSD. Until it has listed a directory it is not waited for as long as LIST, which
// every server has.
func (s *server) startMLSD(ctx context.Context, l *connection, c *check) (*transfer, error) {
	if c.enter {
		if err := s.enter(ctx, l, c.dir); err != nil {
			return nil, err
		}
	}
	what := request{kind: "A", command: listCommand("MLSD ", s.wirePath(c.dir), c.enter)}
	if !s.able().mlsd {
		what.within = l.optional()
	}
	t, err := s.start(ctx, l, what, s.limits.Listing, s.able().ahead)
	if err == nil {
		t.silence = what.within
	}
	return t, err
}

// startList starts "LIST ", "LIST -a " or "LIST -alR " of a directory.
func (s *server) startList(ctx context.Context, l *connection, list string, dir index.Path, enter bool, limit int64, ahead bool) (*transfer, error) {
	if enter {
		if err := s.enter(ctx, l, dir); err != nil {
			return nil, err
		}
	}
	what := request{kind: "A", command: listCommand(list, s.wirePath(dir), enter)}
	if s.unnamed(dir, enter) { // the path may be what it hangs at
		what.within = l.optional()
	}
	return s.start(ctx, l, what, limit, ahead)
}

// listCommand returns the command that lists a path, or the working directory: not every server
// takes "." for that.
func listCommand(list, path string, enter bool) string {
	if enter {
		return strings.TrimRight(list, " ")
	}
	return list + path
}

// within reports whether a directory is listed from within at once, without a try by its path. The
// root is, for some servers have another root in paths than the one in which who logs in is.
func (s *server) within(dir index.Path) bool {
	can := s.able()
	return !plain(dir) || can.enter || can.foreign || can.steps || dir == s.root && can.home != ""
}

// tryOut lists the root, once, to find out two things. Does LIST understand "-a",
// without which many servers hide names that begin with a dot, or take it for a name?
// And does the server accept an EPSV behind the command, or drop the data connection?
func (s *server) tryOut(ctx context.Context) error {
	select {
	case s.trial <- struct{}{}:
		defer func() { <-s.trial }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.able().list != "" {
		return nil
	}
	list, ahead := "LIST -a ", s.able().pipeline && !s.remembered(drops)
	for lost := 0; lost < 2; {
		head, err := s.try(ctx, list, ahead)
		switch {
		case err == nil, errors.Is(err, errCut):
			if list == "LIST -a " && !dotted(head) {
				list = "LIST "
			}
			s.tried(list, ahead, lost > 0)
			return nil
		case errors.Is(err, crawler.ErrGone) && ctx.Err() == nil:
			lost++
			ahead = false
		case !errors.Is(err, crawler.ErrDenied) && !errors.Is(err, crawler.ErrBroken) && !errors.Is(err, errNotNow):
			return err
		case list == "LIST -a ":
			list = "LIST "
		case list == "LIST " && s.feature("MLST"):
			list = "MLSD "
		default:
			lost = 2
		}
	}
	s.tried("LIST ", false, false) // so each directory shows for itself
	return nil
}

// tried keeps the findings of tryOut.
func (s *server) tried(list string, ahead, dropped bool) {
	s.learn(func(known *index.Known, can *abilities) {
		if can.ahead = ahead; dropped {
			known.Demoted = append(known.Demoted, drops)
		}
		if can.list = list; list == "MLSD " {
			can.list = "LIST "
		}
	})
}

// try lists the root and returns the beginning of the listing.
func (s *server) try(ctx context.Context, list string, ahead bool) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tryTime, crawler.ErrBroken)
	defer cancel()
	l, err := s.connections.get(ctx)
	if err != nil {
		return "", err
	}
	defer s.connections.put(l)
	root := s.root
	t, err := s.startList(ctx, l, list, root, s.within(root), min(tryBytes, s.limits.Listing), ahead)
	if err != nil {
		return "", err
	}
	defer t.release()
	c := &check{body: t}
	_, err = io.Copy(io.Discard, c)
	return c.head.String(), err
}
