package httpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/internal/sums"
	"trawl/ftpd/tree"
)

// sumsName is the file of the checksums of a folder's files, in the form of sha256sum.
const sumsName = "SHA256SUMS"

// Bounds of one such file. A folder that has more has none. One is made at a time, since it reads all files of the folder. Each sum
// is kept as long as its file does not change, so that a client that comes again goes on.
const (
	maxSummed = 1000 // files
	sumsTime  = time.Minute
	sumsQueue = 10 * time.Second
)

// sumsAt reports whether a request that found nothing is for the checksums of a folder whose files the user may list and read.
func (s *session) sumsAt(t target, err error) bool {
	return !s.NoSums && path.Base(t.path) == sumsName && !t.folder && errors.Is(err, fs.ErrNotExist) &&
		!s.login.View.Mounted(t.path) && s.login.View.Rights(path.Dir(t.path)).Has(tree.ReadOnly)
}

// sendSums sends the checksums of the files of a folder.
func (s *session) sendSums(a *answer, r *http.Request, t target) error {
	before := s.conn.moved.Load()
	s.activity.Moves("get", t.path, func() int64 { return s.conn.moved.Load() - before })
	all, err := s.summed(r.Context(), path.Dir(t.path))
	if err != nil {
		return err
	}
	h := a.Header()
	h.Set("Content-Type", text)
	h.Set("Cache-Control", "no-cache")
	if r.Method == http.MethodHead { // its length is known when all is read
		a.WriteHeader(http.StatusOK)
		return nil
	}
	lines, err := s.sumLines(r.Context(), path.Dir(t.path), all)
	if err != nil {
		return err
	}
	a.event = &ftpd.Event{Kind: ftpd.Sent, Path: t.path}
	h.Set("Content-Length", format(int64(len(lines))))
	_, err = a.Write([]byte(lines))
	return err
}

// summed returns the files of a folder, by name. It returns fs.ErrNotExist if there are none on the disk, or too many.
func (s *session) summed(ctx context.Context, dir string) (all []string, err error) {
	var bytes int64
	err = s.read(ctx, dir, asked{sort: "name"}, func(some []entry) error {
		for i := range some {
			e := &some[i]
			if !e.Mode.IsRegular() || e.dangling || e.Ident == (tree.Ident{}) {
				continue
			}
			all = append(all, e.Name)
			if bytes += e.Size; len(all) > maxSummed || bytes > sums.MostBytes {
				return fs.ErrNotExist
			}
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fs.ErrNotExist
	}
	return all, err
}

// sumLines returns the lines of some files.
func (s *session) sumLines(ctx context.Context, dir string, all []string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, sumsTime, sums.ErrSlow)
	defer cancel()
	lines := make([]string, len(all))
	for _, keptOnly := range []bool{true, false} {
		missing := 0
		for i, name := range all {
			if lines[i] != "" {
				continue
			}
			sum, err := s.sumOf(ctx, path.Join(dir, name), keptOnly)
			switch {
			case errors.Is(err, fs.ErrNotExist): // it was removed meanwhile
				continue
			case err != nil:
				return "", err
			case sum == "":
				missing++
				continue
			}
			lines[i] = sumLine(sum, name)
		}
		if missing == 0 {
			break
		}
		release, err := s.sumAlone(ctx)
		if err != nil {
			return "", err
		}
		defer release()
	}
	return strings.Join(lines, ""), nil
}

// sumAlone waits until nobody else makes checksums of a folder, until release is called.
func (s *session) sumAlone(ctx context.Context) (release func(), err error) {
	timer := time.NewTimer(sumsQueue)
	defer timer.Stop()
	select {
	case s.summing <- struct{}{}:
		return func() { <-s.summing }, nil
	case <-timer.C:
		return nil, sums.ErrSlow
	case <-ctx.Done():
		return nil, context.Cause(ctx) //nolint:wrapcheck // of the client
	}
}

// sumOf returns the checksum of a file; "" if it is not kept and only that is asked for.
func (s *session) sumOf(ctx context.Context, p string, keptOnly bool) (string, error) {
	f, err := s.login.View.Open(p)
	if err != nil {
		return "", err //nolint:wrapcheck // of the tree
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err //nolint:wrapcheck // of the file
	}
	if _, disk := f.(*os.File); !disk || !info.Mode().IsRegular() {
		return "", fs.ErrNotExist
	}
	whole := sums.Part{End: info.Size()}
	if sum, ok := s.sums.Kept(f, sums.SHA256, whole); ok || keptOnly {
		return sum, nil
	}
	sum, err := s.sums.Of(ctx, f, sums.SHA256, whole)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("read %q for its checksum: %w", p, err)
	}
	return sum, nil
}

// sumLine returns a line as sha256sum writes and reads it: a name with a line break or a backslash is escaped.
//
//	2c26..., "a"    => "2c26...  a\n"
//	2c26..., "a\nb" => "\\2c26...  a\\nb\n"
func sumLine(sum, name string) string {
	escaped := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}
