package ftp

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/index"
)

// dots are the lines of "." and ".." in a listing, without the names: they describe the
// directory itself and the one above. The file system answers them, whether or not the
// server follows links. So if a link shows a directory in another place, its ".." differs
// from the "." of the directory that lists it. In a directory's true place they are the
// same, unless they change meanwhile.
//
//	drwxr-xr-x   3 ftp   ftp     4096 Nov  6 04:44 .     => "drwxr-xr-x 3 ftp ftp 4096 Nov 6 04:44"
//	drwxr-xr-x   9 ftp   ftp     4096 Nov 22 20:44 ..
type dots struct{ self, above string }

// dotsIn finds the dots in the beginning of a listing: of the lines that end in " ." or
// " .." those with the fewest fields, since a name may end so too.
func dotsIn(head string) (d dots) {
	least := map[string]int{".": len(head), "..": len(head)}
	for line := range strings.Lines(head) {
		fields := strings.Fields(line)
		last := len(fields) - 1
		if last < 6 || fields[0][0] != 'd' || !strings.HasSuffix(line, "\n") {
			continue
		}
		if n, ok := least[fields[last]]; !ok || n <= last {
			continue
		}
		least[fields[last]] = last
		if text := strings.Join(fields[:last], " "); fields[last] == "." {
			d.self = text
		} else {
			d.above = text
		}
	}
	return d
}

// dotsOf finds by their dots which of some directories are the same as the first, and
// returns an identity for each, or "". A directory with another "." is another one and has
// an identity of its own. A directory with the same "." and ".." is the first one, if the
// first is not in its true place; otherwise nothing is known, and it has none. If the first
// seems not to be in its true place, it is asked once more, since it may have changed.
func (s *server) dotsOf(ctx context.Context, dirs []index.Path) ([]string, error) {
	idents := make([]string, len(dirs))
	parent := dirs[0].Dir()
	found, err := s.dotsAll(ctx, append(slices.Clone(dirs), parent))
	if err != nil {
		return nil, err
	}
	where := found[len(dirs)]
	found = found[:len(dirs)]
	if where.self == "" || where.above == "" || found[0].self == "" {
		return idents, nil
	}
	strayed := found[0].above != where.self
	if strayed {
		later, err := s.dotsAll(ctx, []index.Path{dirs[0], parent})
		if err != nil {
			return nil, err
		}
		strayed = later[0] == found[0] && later[1] == where
	}
	for i, d := range found {
		if d.self != found[0].self || dirs[i] == dirs[0] || strayed && d.above == found[0].above {
			idents[i] = d.self
		}
	}
	return idents, nil
}

// dotsAll returns the dots of some directories, in one round trip where the server allows
// that.
func (s *server) dotsAll(ctx context.Context, dirs []index.Path) ([]dots, error) {
	found := make([]dots, len(dirs))
	all, asking := errgroup.WithContext(ctx)
	if !s.able().pipeline || !s.statDots() {
		all.SetLimit(1)
	}
	for i, dir := range dirs {
		all.Go(func() (err error) {
			found[i], err = s.dotsOne(asking, dir)
			return err
		})
	}
	return found, all.Wait()
}

// statDots reports whether STAT shows dots, and may be used.
func (s *server) statDots() bool {
	can := s.able()
	return can.stat != "" && can.dots && !s.excluded("STAT")
}

// dotsOne returns the dots of one directory; none if it cannot be listed.
func (s *server) dotsOne(ctx context.Context, dir index.Path) (dots, error) {
	if sendable(dir) != nil {
		return dots{}, nil
	}
	ctx, cancel := s.watch(ctx)
	defer cancel()
	c := &check{dir: dir, hand: func(index.Listing) error { return nil }}
	var err error
	if s.statDots() {
		err = s.shared(ctx, func(l *connection) error { return s.statOn(ctx, l, c) })
	} else {
		err = s.listOn(ctx, c)
	}
	if err != nil && !errors.Is(err, crawler.ErrDenied) && !errors.Is(err, errCut) {
		return dots{}, because(ctx, "dots", dir, err)
	}
	return dotsIn(c.head.String()), nil
}
