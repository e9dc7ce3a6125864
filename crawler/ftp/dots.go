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

// dots is what a listing tells of the directory itself, and of the one that it is in: the
// lines of "." and "..", without the names. These the file system answers, who follows a
// link or not. So of a directory that a link shows elsewhere the second is not what the
// directory above, as it is listed, tells of itself. Directories that are listed where
// they are show there the same, unless they change meanwhile.
//
//	drwxr-xr-x   3 ftp   ftp     4096 Nov  6 04:44 .     => "drwxr-xr-x 3 ftp ftp 4096 Nov 6 04:44"
//	drwxr-xr-x   9 ftp   ftp     4096 Nov 22 20:44 ..
type dots struct{ self, above string }

// dotsIn finds them in the beginning of a listing. A name that ends in " ." makes a
// line with more fields.
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

// dotsOf tells by the dots which of some directories are the first of them. What tells
// of itself something else is another one. What tells the same of itself and of the one
// above is the same if the first is not where it is listed; otherwise who knows. What
// seems not to be there may have changed meanwhile, and is asked once more.
func (s *server) dotsOf(ctx context.Context, dirs []index.Path) ([]string, error) {
	idents := make([]string, len(dirs))
	parent := dirs[0].Dir()
	told, err := s.dotsAll(ctx, append(slices.Clone(dirs), parent))
	if err != nil {
		return nil, err
	}
	where := told[len(dirs)]
	told = told[:len(dirs)]
	if where.self == "" || where.above == "" || told[0].self == "" {
		return idents, nil
	}
	strayed := told[0].above != where.self
	if strayed {
		later, err := s.dotsAll(ctx, []index.Path{dirs[0], parent})
		if err != nil {
			return nil, err
		}
		strayed = later[0] == told[0] && later[1] == where
	}
	for i, d := range told {
		if d.self != told[0].self || dirs[i] == dirs[0] || strayed && d.above == told[0].above {
			idents[i] = d.self
		}
	}
	return idents, nil
}

// dotsAll returns the dots of some directories, in one round trip where the server bears
// that.
func (s *server) dotsAll(ctx context.Context, dirs []index.Path) ([]dots, error) {
	told := make([]dots, len(dirs))
	all, asking := errgroup.WithContext(ctx)
	if !s.able().pipeline || !s.statDots() {
		all.SetLimit(1)
	}
	for i, dir := range dirs {
		all.Go(func() (err error) {
			told[i], err = s.dotsOne(asking, dir)
			return err
		})
	}
	return told, all.Wait()
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
	j := &judge{dir: dir, hand: func(index.Listing) error { return nil }}
	var err error
	if s.statDots() {
		err = s.shared(ctx, func(l *connection) error { return s.statOn(ctx, l, j) })
	} else {
		err = s.listOn(ctx, j)
	}
	if err != nil && !errors.Is(err, crawler.ErrDenied) && !errors.Is(err, errCut) {
		return dots{}, because(ctx, "dots", dir, err)
	}
	return dotsIn(j.head.String()), nil
}
