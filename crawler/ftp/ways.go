package ftp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// dirWay lists directories by one command.
type dirWay struct {
	name        string
	connections int
	shared      bool
	list        func(ctx context.Context, dir index.Path, hand func(index.Listing) error) error
}

var _ crawler.DirWay = (*dirWay)(nil)

// Name returns the name of the command.
func (w *dirWay) Name() string { return w.name }

// Connections returns how many directories are listed at once.
func (w *dirWay) Connections() int { return w.connections }

// Shared reports whether they are listed over one connection.
func (w *dirWay) Shared() bool { return w.shared }

// List lists a directory.
func (w *dirWay) List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	return w.list(ctx, dir, hand)
}

// treeWay lists a tree by one command or from one file.
type treeWay struct {
	name string
	tree func(ctx context.Context, root index.Path, hand func(index.Listing) error) error
}

var _ crawler.TreeWay = (*treeWay)(nil)

// Name returns the name of the command or of the file.
func (w *treeWay) Name() string { return w.name }

// Tree lists a tree.
func (w *treeWay) Tree(ctx context.Context, root index.Path, hand func(index.Listing) error) error {
	return w.tree(ctx, root, hand)
}

// Ways returns how the server can be listed, the cheapest first.
func (s *server) Ways() (trees []crawler.TreeWay, dirs []crawler.DirWay) {
	can := s.able()
	connections := s.connections.limit()
	if way := s.published(); way != nil && !s.excluded(way.name) {
		trees = append(trees, way)
	}
	if way := (&treeWay{"LIST -lR", s.listTree}); !s.excluded(way.name) {
		trees = append(trees, way)
	}
	for _, way := range []struct {
		offered bool
		dirWay
	}{
		{can.stat != "", dirWay{"STAT", s.limits.Pipeline, true, s.statDir}},
		{s.feature("MLST") || s.feature("MLSD"), dirWay{"MLSD", connections, false, s.mlsdDir}},
		{true, dirWay{"LIST", connections, false, s.listDir}},
	} {
		if way.offered && !s.excluded(way.name) {
			dirs = append(dirs, &way.dirWay)
		}
	}
	return trees, dirs
}

// excluded reports whether a way was demoted or is not among those that the
// owner allows.
func (s *server) excluded(way string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.settings.Allows(way) || s.known.IsDemoted(way)
}

// plain reports whether every server takes the path as an argument as it is: it has
// nothing that could be a pattern, a quote or the end of the argument. Other paths are
// entered by CWD, which takes the rest of the line.
func plain(p index.Path) bool {
	return !strings.ContainsAny(string(p), " \t*?[]{}~\\\"'`$;|<>&()") && strings.IndexByte(string(p), 0xff) < 0 && !strings.Contains(string(p), "/-")
}

// wirePath returns a path as it is sent: with the byte 0xFF doubled for servers that
// speak Telnet.
func (s *server) wirePath(p index.Path) string {
	if s.able().escape {
		return strings.ReplaceAll(string(p), "\xff", "\xff\xff")
	}
	return string(p)
}

// sendable returns an error for a path that no command can hold.
func sendable(p index.Path) error {
	if strings.ContainsAny(string(p), "\r\n\x00") {
		return fmt.Errorf("%w: %w: %w", crawler.ErrDenied, crawler.ErrNaming, errUnsafe)
	}
	return nil
}

// headSize is how many bytes of the beginning of a listing are kept to check it.
const headSize = 4 << 10

// check passes on the listing of a directory, unless it is a refusal in disguise: a
// server that shows "." and ".." in other directories shows neither of them here, and
// either nothing else or only the directory itself, as ls does where it may not read.
// A listing that was cut at once is held back, since another try may get it whole.
type check struct {
	dir   index.Path
	hand  func(index.Listing) error
	enter bool // it is listed from within, as the working directory

	stands *index.Path // the working directory meanwhile, as far as known

	dots  bool // the server shows "." in each directory that it lists
	doubt bool // the server may cut long listings without saying so

	body  io.Reader
	head  bytes.Buffer   // the beginning of the listing
	begun bool           // a part was handed over
	held  *index.Listing // a listing that was cut at once

	twin   func(index.Listing) bool // reports whether a listing is that of another directory; nil is not asked
	print  uint64                   // of the first part; see prints
	hollow bool                     // an empty listing is not believed
	below  bool                     // it holds the home, or what leads there
	strict bool                     // nor is one of which no line is understood
}

// The listings that are held back until another one shows whether they are right.
var (
	errTwin   = errors.New("it is the listing of another directory")
	errHollow = errors.New("it is empty")
	errUnread = errors.New("none of its lines is understood")
)

// Read reads the body and keeps its beginning.
func (c *check) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	if room := headSize - c.head.Len(); room > 0 {
		c.head.Write(p[:min(n, room)])
	}
	return n, err
}

func (c *check) pass(l index.Listing) error {
	switch {
	case c.doubt && len(l.Entries) >= doubtful && !c.begun:
		return errDoubt
	case c.begun:
	case c.twin != nil && c.twin(l):
		return errTwin
	case c.strict && len(l.Entries) == 0 && l.Lost > 0 && !l.More:
		return errUnread
	case l.More:
	case l.State == index.Truncated:
		c.held = &l
		return nil
	case c.dots && c.refuses(l):
		return fmt.Errorf("%w: the server shows nothing of it", crawler.ErrDenied)
	case c.hollow && len(l.Entries) == 0 && (l.State == index.Complete || l.Lost > 0) && (c.below || !dotted(c.head.String())):
		return errHollow
	}
	c.begun = true
	return c.hand(l)
}

func (c *check) refuses(l index.Listing) bool {
	if len(l.Entries) > 1 || dotted(c.head.String()) {
		return false
	}
	switch {
	case l.State == index.Unparsed:
		return len(l.Entries) == 0 && l.Lost == 1 && strings.HasSuffix(l.Unparsed[0], " "+string(c.dir))
	case l.State != index.Complete:
		return false
	}
	return len(l.Entries) == 0 || l.Entries[0].Wire() == c.dir.Base()
}

// watch bounds a listing in time.
func (s *server) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.limits.Watchdog,
		fmt.Errorf("%w: no end after %s", crawler.ErrBroken, s.limits.Watchdog))
}

// because returns the error of a listing: the cause of ctx if that has ended.
func because(ctx context.Context, verb string, dir index.Path, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, listing.ErrRepeats) && !errors.Is(err, crawler.ErrBroken) {
		err = broken(err)
	}
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		<-ctx.Done() // the call may have noticed the deadline before ctx
	}
	return fmt.Errorf("%s %s: %w", verb, index.Visible(string(dir)), cmp.Or(context.Cause(ctx), err))
}
