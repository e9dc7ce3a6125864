package sftp

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"trawl/index"
)

// drive begins a path of Windows.
var drive = regexp.MustCompile(`^[A-Za-z]:[/\\]`)

// home is the directory that a login leads to.
type home struct {
	asked chan struct{} // holds a token while nobody asks for it
	known bool
	dir   index.Path // "" if the server does not say it
}

func newHome() *home {
	h := &home{asked: make(chan struct{}, 1)}
	h.asked <- struct{}{}
	return h
}

// loginDir returns the directory that the login leads to, if it can be opened, else "".
func (s *server) loginDir(ctx context.Context) (index.Path, error) {
	select {
	case <-s.home.asked:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { s.home.asked <- struct{}{} }()
	if s.home.known {
		return s.home.dir, nil
	}
	dir, err := s.askLoginDir(ctx)
	if err == nil {
		s.home.known, s.home.dir = true, dir
	}
	return dir, err
}

// askLoginDir does what loginDir does, and asks each time.
func (s *server) askLoginDir(ctx context.Context) (index.Path, error) {
	p, err := s.ask(ctx, realpath, ".")
	if errors.Is(err, errUnasked) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name, err := p.name()
	if drive.MatchString(name) { // of Windows
		name = "/" + strings.ReplaceAll(name, `\`, "/")
	}
	if err != nil || !strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) {
		return "", nil //nolint:nilerr // the server does not say it
	}
	dir := index.Path(path.Clean(name))
	from, err := s.open(ctx, dir)
	if err != nil {
		if lost(ctx, err) {
			return "", err
		}
		return "", nil
	}
	s.leave(ctx, from)
	return dir, nil
}

// wayDown lists a directory above the login directory that the server shows to nobody: its
// only entry is the one that leads there. It is not ok for other directories.
func (s *server) wayDown(ctx context.Context, dir index.Path, why error) (l index.Listing, ok bool, err error) {
	login, err := s.loginDir(ctx)
	if err != nil || login == "" || login == dir || !strings.HasPrefix(string(login), strings.TrimSuffix(string(dir), "/")+"/") {
		return l, false, err
	}
	for login.Dir() != dir {
		login = login.Dir()
	}
	l = s.listing(dir, []attributes{{name: login.Base(), kind: directory}})
	l.State, l.Why = index.Unparsed, fmt.Sprintf("%v; shown is what leads to the login directory %s", why, index.Visible(string(s.home.dir)))
	return l, true, nil
}
