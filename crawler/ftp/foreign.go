package ftp

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"trawl/crawler"
	"trawl/index"
)

// foreignPath returns the path of a directory below the home of who logs in, in the form in which
// PWD reported the home, or "" if that form is not known:
//
//	DISK$USER:[ANON]      sub, deep => DISK$USER:[ANON.sub.deep]   VMS
//	DISK$USER:[000000]    sub, deep => DISK$USER:[sub.deep]        VMS, at the top of a disk
//	'ANON.'               sub, deep => 'ANON.sub.deep'             MVS
//	C:\FTP                sub, deep => C:\FTP\sub\deep             DOS, Windows, OS/2
//	ANON.191              sub, deep => ANON.191/sub/deep           others, which are entered from there
func foreignPath(home index.Path, below []string) string {
	h := string(home)
	switch {
	case h == "" || strings.HasPrefix(h, "/"):
		return ""
	case strings.HasSuffix(h, "]"):
		h = strings.TrimSuffix(h, "]")
		if top, found := strings.CutSuffix(h, "[000000"); found && len(below) > 0 {
			return top + "[" + strings.Join(below, ".") + "]"
		}
		return strings.Join(append([]string{h}, below...), ".") + "]"
	case strings.HasPrefix(h, "'"):
		h = strings.TrimSuffix(strings.TrimSuffix(h, "'"), ".")
		end := ""
		if len(below) == 0 {
			end = "."
		}
		return strings.Join(append([]string{h}, below...), ".") + end + "'"
	case strings.Contains(h, "\\"):
		return strings.Join(append([]string{strings.TrimRight(h, "\\")}, below...), "\\") + strings.Repeat("\\", max(0, 1-len(below)))
	}
	return strings.Join(append([]string{h}, below...), "/")
}

// ownPath returns the server's own path of a directory below the home, or "" if the home is called as
// everywhere; see foreignPath.
func (s *server) ownPath(p index.Path) string {
	rest := strings.Trim(strings.TrimPrefix(string(p), string(s.root)), "/")
	return foreignPath(s.able().home, strings.FieldsFunc(rest, func(r rune) bool { return r == '/' }))
}

// enter makes a directory the working directory: by its path, by the server's own path, or, where
// that is refused or nothing comes of it, step by step from the home.
func (s *server) enter(ctx context.Context, l *connection, p index.Path) error {
	if p == s.able().home && !l.moved.Load() {
		return nil
	}
	l.stands.Store(nil)
	err := s.moveTo(ctx, l, p)
	if err == nil {
		l.stands.Store(&p)
	}
	return err
}

// moveTo sends what enter needs.
func (s *server) moveTo(ctx context.Context, l *connection, p index.Path) error {
	can := s.able()
	paths := []string{s.wirePath(p)}
	if own := s.ownPath(p); own != "" {
		paths = append(paths, own)
	}
	if can.foreign {
		paths = paths[1:]
	}
	var r reply
	for i, path := range paths {
		if can.steps {
			break
		}
		var at index.Path
		var err error
		r, at, err = s.changeTo(ctx, l, path)
		own := can.foreign || i > 0
		idle := !own && at != "" && at == can.home && at != p // CWD does nothing
		if err == nil && r.ok() && own {
			s.learn(func(_ *index.Known, can *abilities) { can.foreign = true })
		}
		if err != nil || r.ok() && !idle {
			return err
		}
	}
	switch outside := strings.HasPrefix(string(can.home), "/") && !p.Within(can.home); {
	case can.steps && !outside, can.vain < mostVain && !outside:
		return s.step(ctx, l, p)
	case r.code/100 > 3:
		return r.failed("CWD")
	}
	return fmt.Errorf("%w: CWD leads nowhere", crawler.ErrDenied)
}

// step enters a directory step by step from the home.
func (s *server) step(ctx context.Context, l *connection, p index.Path) error {
	if err := s.goHome(ctx, l); err != nil {
		return err
	}
	home, rest := s.able().home, strings.TrimPrefix(string(p), "/")
	if home != "" && p.Within(home) {
		rest = strings.TrimPrefix(strings.TrimPrefix(string(p), string(home)), "/")
	}
	for name := range strings.SplitSeq(rest, "/") {
		if name == "" {
			continue
		}
		r, at, err := s.changeTo(ctx, l, s.wirePath(index.Path(name)))
		switch {
		case err != nil:
			return err
		case !r.ok():
			return r.failed("CWD")
		case at != "" && at == home:
			return fmt.Errorf("%w: CWD leads nowhere", crawler.ErrDenied)
		}
	}
	s.learn(func(_ *index.Known, can *abilities) { can.steps = true })
	return nil
}

// changeTo sends CWD, and returns what it is answered, and where we are then, as far as PWD says.
// Where the reply to PWD is like no other it shows that the reply before was that to CWD.
func (s *server) changeTo(ctx context.Context, l *connection, argument string) (r reply, at index.Path, err error) {
	commands := []string{"CWD " + argument}
	if s.able().marks {
		commands = append(commands, "PWD")
	}
	replies, err := s.converse(ctx, l, commands)
	if err != nil {
		return r, "", err
	}
	if len(replies) > 1 && replies[1].code != 257 {
		return r, "", l.lost(errAstray)
	}
	return replies[0], place(replies[len(replies)-1]), nil
}

// goHome makes the home, or else the top, the working directory.
func (s *server) goHome(ctx context.Context, l *connection) error {
	top := cmp.Or(s.able().home, "/")
	r, at, err := s.changeTo(ctx, l, string(top))
	if err != nil || r.ok() && (at == "" || at == top) {
		return err
	}
	for range min(at.Depth(), mostUp) {
		replies, err := s.converse(ctx, l, []string{"CDUP", "PWD"})
		if err != nil {
			return err
		}
		at = place(replies[1])
	}
	if at != top {
		return r.failed("CWD")
	}
	return nil
}

// mostUp bounds the way up to the top.
const mostUp = 64
