package ftpd

import (
	"bufio"
	"context"
	"io/fs"
	"strconv"
	"strings"
)

// facts is a set of the facts that MLSD and MLST send (RFC 3659 section 7.5).
type facts uint8

const (
	factType facts = 1 << iota
	factSize
	factModify
	factPerm
	allFacts = factType | factSize | factModify | factPerm
)

// factTime is the form of times in facts and replies, in UTC (RFC 3659 section 2.3).
const factTime = "20060102150405"

// names returns the names of the facts, in the order in which they are sent.
func (f facts) names() []string {
	var names []string
	for i, name := range []string{"type", "size", "modify", "perm"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String returns the facts as OPTS MLST answers them: "type;size;".
func (f facts) String() string {
	if f == 0 {
		return ""
	}
	return strings.Join(f.names(), ";") + ";"
}

// feature returns the facts in the form of FEAT, those in use with a star:
// "type*;size;".
func (f facts) feature(inUse facts) string {
	var b strings.Builder
	for _, name := range f.names() {
		b.WriteString(name)
		if parseFacts(name)&inUse != 0 {
			b.WriteByte('*')
		}
		b.WriteByte(';')
	}
	return b.String()
}

// parseFacts reads the facts that a client wants, such as "Type;size;". It leaves out
// unknown ones (RFC 3659 section 7.9).
func parseFacts(arg string) facts {
	var f facts
	for name := range strings.SplitSeq(arg, ";") {
		for i, known := range allFacts.names() {
			if strings.EqualFold(name, known) {
				f |= 1 << i
			}
		}
	}
	return f
}

// append appends a line of MLSD or MLST without its end.
func (f facts) append(line []byte, e entry) []byte {
	if f&factType != 0 {
		line = append(append(append(line, "type="...), e.factType()...), ';')
	}
	if f&factSize != 0 && e.info.Mode().IsRegular() {
		line = append(strconv.AppendInt(append(line, "size="...), e.info.Size(), 10), ';')
	}
	if t := e.info.ModTime(); f&factModify != 0 && !t.IsZero() {
		line = append(t.UTC().AppendFormat(append(line, "modify="...), factTime), ';')
	}
	if f&factPerm != 0 {
		line = append(append(append(line, "perm="...), e.factPerm()...), ';')
	}
	return append(append(line, ' '), oneLine(e.name)...)
}

// factType returns the value of the type fact. That of a link has its target, as
// proftpd sends it, unless a character of the target would end the fact.
func (e entry) factType() string {
	switch mode := e.info.Mode(); {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "dir"
	case mode&fs.ModeSymlink == 0:
		return "OS.unix=special"
	case e.target == "" || strings.ContainsAny(e.target, "; \r\n\x00"):
		return "OS.unix=symlink"
	}
	return "OS.unix=slink:" + e.target
}

// factPerm returns the value of the perm fact: a file may be retrieved, a directory
// may be entered and listed (RFC 3659 section 7.5.5).
func (e entry) factPerm() string {
	switch mode := e.info.Mode(); {
	case mode.IsRegular():
		return "r"
	case mode.IsDir():
		return "el"
	}
	return ""
}

// cmdMlst answers MLST: the facts of one path, on the control connection.
func cmdMlst(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	info, err := s.stat(p)
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.reply(250, "Facts:", string(s.facts.append(nil, entry{name: p, info: info})), "End")
}

// cmdMlsd answers MLSD: the facts of the entries of a directory.
func cmdMlsd(ctx context.Context, s *session, arg string) {
	p := s.resolve(arg)
	info, err := s.stat(p)
	switch {
	case err != nil:
		s.fail(arg, err)
		return
	case !info.IsDir():
		s.reply(501, "MLSD lists directories: use MLST.")
		return
	}
	wanted := s.facts
	s.sendList(ctx, p, func(w *bufio.Writer) error {
		var line []byte
		return s.readDir(p, func(e entry) error {
			line = append(wanted.append(line[:0], e), "\r\n"...)
			_, err := w.Write(line)
			return err
		})
	})
}
