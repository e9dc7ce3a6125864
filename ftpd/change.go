package ftpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"trawl/ftpd/tree"
)

// change answers a command that changes the tree.
func (s *session) change(arg string, e Event, err error, code int, text string) {
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.event(e)
	s.reply(code, text)
}

func cmdDele(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	s.change(arg, Event{Kind: Deleted, Path: p}, s.login.View.Remove(p), 250, "DELE command successful")
}

func cmdRmd(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	s.change(arg, Event{Kind: Removed, Path: p}, s.login.View.Rmdir(p), 250, "RMD command successful")
}

func cmdMkd(_ context.Context, s *session, arg string) {
	p := s.made(arg)
	s.change(arg, Event{Kind: Made, Path: p}, s.login.View.Mkdir(p), 257, quoted(p)+" - Directory successfully created")
}

// cmdRnfr takes the path that RNTO renames. A name is renamed by the rights of the folder where it is; whether it is there is
// seen only where names are seen.
func cmdRnfr(_ context.Context, s *session, arg string) {
	s.rename = ""
	p := s.resolve(arg)
	_, err := s.login.View.Lstat(p)
	may := s.login.View.Rights(path.Dir(p)).Has(tree.Rename)
	switch {
	case err == nil && !may:
		err = fs.ErrPermission
	case may && errors.Is(err, fs.ErrPermission):
		err = nil
	}
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.rename = p
	s.reply(350, "File or directory exists, ready for destination name")
}

// betweenNames refuses a command between RNFR and RNTO, which must follow at once (RFC 959 section 4.1.3); the renaming is given
// up. It reports whether it did. Commands that anybody may give are answered, ProFTPD allows them too.
func (s *session) betweenNames(verb string, cmd command) bool {
	if s.rename == "" || !cmd.login || verb == "RNTO" || verb == "RNFR" || verb == "ABOR" {
		return false
	}
	s.reply(503, "Bad sequence of commands: RNTO comes behind RNFR. The renaming is given up.")
	return true
}

func cmdRnto(_ context.Context, s *session, arg string) {
	from, to := s.rename, s.made(arg)
	if from == "" {
		s.reply(503, "Bad sequence of commands: use RNFR first.")
		return
	}
	if err := s.login.View.Rename(from, to); err != nil {
		s.failNew(arg, err)
		return
	}
	s.event(Event{Kind: Renamed, Path: from, To: to})
	s.reply(250, "Rename successful")
}

// cmdMfmt sets the time of a file (draft-somers-ftp-mfxx): "MFMT 20240506120000 name".
func cmdMfmt(_ context.Context, s *session, arg string) {
	stamp, name, _ := strings.Cut(arg, " ")
	t, err := parseFactTime(stamp)
	switch {
	case name == "":
		s.reply(501, "Syntax error: MFMT wants YYYYMMDDHHMMSS and a path.")
	case err != nil:
		s.reply(501, "Invalid time format; expected: YYYYMMDDHHMMSS")
	default:
		s.setTime(name, t, "Modify="+t.Format(factTime)+"; "+name)
	}
}

// setTime sets the time of a file.
func (s *session) setTime(name string, t time.Time, text string) {
	p := s.resolve(name)
	s.change(name, Event{Kind: Changed, Path: p}, s.login.View.SetTime(p, t), 213, text)
}

// fact is a fact that MFF sets: its name as the client wrote it, its value as it is now, and how.
type fact struct {
	name, value string
	set         func(p string) error
}

// cmdMff sets facts of a file (draft-somers-ftp-mfxx section 5): "MFF Modify=20240506120000;UNIX.mode=644; name". Either all of
// them can be set or none is.
func cmdMff(_ context.Context, s *session, arg string) {
	list, name, _ := strings.Cut(arg, " ")
	if name == "" || !strings.HasSuffix(list, ";") {
		s.reply(501, "MFF wants facts, each with a semicolon behind it, and a path")
		return
	}
	var wanted []fact
	for word := range strings.SplitSeq(strings.TrimSuffix(list, ";"), ";") {
		f, known, err := s.fact(word)
		switch {
		case !known:
			s.reply(504, short(word)+": MFF sets Modify and UNIX.mode")
			return
		case err != nil:
			s.reply(501, short(word)+": Invalid value")
			return
		}
		wanted = append(wanted, f)
	}
	p, done := s.resolve(name), ""
	for _, f := range wanted {
		if err := f.set(p); err != nil {
			s.fail(name, err)
			return
		}
		done += f.name + "=" + f.value + ";"
	}
	s.change(name, Event{Kind: Changed, Path: p}, nil, 213, done+" "+name)
}

// fact reads a fact that MFF sets.
func (s *session) fact(word string) (f fact, known bool, err error) {
	name, value, _ := strings.Cut(word, "=")
	switch strings.ToLower(name) {
	case "modify":
		t, err := parseFactTime(value)
		return fact{name, t.Format(factTime), func(p string) error { return s.login.View.SetTime(p, t) }}, true, err
	case "unix.mode":
		mode, err := parseMode(value)
		return fact{name, fmt.Sprintf("%04o", mode), func(p string) error { return s.login.View.Chmod(p, mode) }}, true, err
	}
	return fact{}, false, nil
}

// parseFactTime reads a time as RFC 3659 section 2.3 writes it.
func parseFactTime(s string) (time.Time, error) {
	whole, _, _ := strings.Cut(s, ".")
	return time.Parse(factTime, whole)
}
