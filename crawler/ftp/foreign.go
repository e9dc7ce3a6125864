package ftp

import (
	"strings"

	"trawl/index"
)

// tryForeign reports whether the root, which was refused, may be the home of who logs in, on a system
// whose paths have no slashes. From then on all directories are below that.
func (s *server) tryForeign(dir index.Path) bool {
	can := s.able()
	if can.foreign || dir != s.id.Root() || foreignPath(can.home, nil) == "" {
		return false
	}
	s.learn(func(_ *index.Known, can *abilities) { can.foreign = true })
	return true
}

// foreignPath returns the path of a directory below the home of who logs in, in the form in which
// PWD told the home, or "" if that form is not known:
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

// entered returns the argument of CWD for a directory.
func (s *server) entered(p index.Path) string {
	can := s.able()
	if !can.foreign {
		return s.wirePath(p)
	}
	rest := strings.Trim(strings.TrimPrefix(string(p), string(s.id.Root())), "/")
	if rest == "" {
		return foreignPath(can.home, nil)
	}
	return foreignPath(can.home, strings.Split(rest, "/"))
}
