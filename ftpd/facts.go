package ftpd

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// facts is a set of the facts that MLSD and MLST send (RFC 3659 section 7.5).
type facts uint8

const (
	factType facts = 1 << iota
	factPerm
	factSize
	factModify
	factUnique
	factMode
	usualFacts = factType | factPerm | factSize | factModify | factUnique
	allFacts   = usualFacts | factMode
)

// factTime is the form of times in facts and replies, in UTC (RFC 3659 section 2.3).
const factTime = "20060102150405"

// names returns the names of the facts, in the order in which FEAT and OPTS say them.
func (f facts) names() []string {
	var names []string
	for i, name := range []string{"type", "perm", "size", "modify", "unique", "UNIX.mode"} {
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

// append appends a line of MLSD or MLST without its end. The type is that of the entry if it is "".
func (f facts) append(line []byte, e *tree.Entry, kind, name, target string, form names.Form) []byte {
	if f&factType != 0 {
		line = append(line, "type="...)
		if kind == "" {
			kind = typeOf(e.Mode, target, form)
		}
		line = append(append(line, kind...), ';')
	}
	if f&factSize != 0 && e.Mode.IsRegular() && e.Size != tree.UnknownSize {
		line = append(strconv.AppendInt(append(line, "size="...), e.Size, 10), ';')
	}
	if f&factModify != 0 {
		line = appendModify(line, e.Time)
	}
	if f&factPerm != 0 {
		line = append(appendPerm(append(line, "perm="...), e), ';')
	}
	if f&factUnique != 0 && e.Ident != (tree.Ident{}) {
		line = append(strconv.AppendUint(append(line, "unique="...), e.Ident.Device, 16), '-')
		line = append(strconv.AppendUint(line, e.Ident.Inode, 16), ';')
	}
	if f&factMode != 0 {
		perm := int(e.Mode.Perm())
		line = append(line, "UNIX.mode=0"...)
		line = append(line, byte('0'+perm>>6), byte('0'+perm>>3&7), byte('0'+perm&7), ';')
	}
	return append(append(line, ' '), form.Encode(name)...)
}

// appendModify appends the modify fact, if the time is known and can be written.
func appendModify(line []byte, unix int64) []byte {
	if unix == tree.UnknownTime {
		return line
	}
	t := time.Unix(unix, 0).UTC()
	year, month, day := t.Date()
	if year < firstYear || year > lastYear {
		return line
	}
	hour, minute, second := t.Clock()
	line = appendDigits(append(line, "modify="...), year, 4)
	for _, n := range []int{int(month), day, hour, minute, second} {
		line = appendDigits(line, n, 2)
	}
	return append(line, ';')
}

// typeOf returns the value of the type fact. That of a link has its target, as
// proftpd sends it, unless a character of the target would end the fact.
func typeOf(mode fs.FileMode, target string, form names.Form) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "dir"
	case mode&fs.ModeSymlink == 0:
		return "OS.unix=special"
	case target == "" || strings.ContainsAny(target, "; \r\n\x00"):
		return "OS.unix=symlink"
	}
	return "OS.unix=slink:" + form.Encode(target)
}

// appendPerm appends the value of the perm fact: what the user may do (RFC 3659 section 7.5.5).
func appendPerm(line []byte, e *tree.Entry) []byte {
	letters := filePerms
	switch {
	case e.Mode.IsDir():
		letters = dirPerms
	case !e.Mode.IsRegular():
		return line
	}
	for _, l := range letters {
		if e.Rights.Has(l.needs) && (!l.name || !e.Fixed) && (l.letter != 'w' || !e.Kept) {
			line = append(line, l.letter)
		}
	}
	return line
}

// perm is a letter of the perm fact, and the rights that it needs.
type perm struct {
	letter byte
	needs  tree.Rights
	name   bool // it changes the name, which is fixed for some folders
}

// The letters of the perm fact, in the order in which they are sent. A folder that is listed can be entered. A file that is there is
// only replaced by those who may read it.
//
//nolint:gochecknoglobals // tables
var (
	filePerms = []perm{
		{'a', tree.Append, false},
		{'d', tree.Delete, true},
		{'f', tree.Rename, true},
		{'r', tree.Read, false},
		{'w', tree.Write | tree.Read, false},
	}
	dirPerms = []perm{
		{'c', tree.Write, false},
		{'d', tree.Delete, true},
		{'e', 0, false},
		{'f', tree.Rename, true},
		{'l', tree.List, false},
		{'m', tree.Mkdir, false},
		{'p', tree.Delete, false},
	}
)

// cmdMlst answers MLST: the facts of one path, on the control connection.
func cmdMlst(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	info, err := s.login.View.Stat(p)
	if err != nil {
		s.fail(arg, err)
		return
	}
	e := s.login.View.EntryOf(p, path.Base(p), info)
	s.reply(250, "Facts:", string(s.params.facts.append(nil, &e, "", p, "", names.UTF8)), "End")
}

// cmdMlsd answers MLSD: the facts of the entries of a directory.
func cmdMlsd(ctx context.Context, s *session, arg string) {
	p := s.resolve(arg)
	opened, err := s.login.View.Entries(p)
	switch {
	case errors.Is(err, tree.ErrNoDir), errors.Is(err, tree.ErrNoFile):
		s.reply(501, "MLSD lists directories: use MLST.")
		return
	case err != nil:
		s.fail(arg, err)
		return
	}
	m := &mlsd{facts: s.params.facts, links: s.Links, form: s.form, view: s.login.View, path: p, opened: opened, memory: s.sorting}
	s.sendList(ctx, p, m.write, opened.Close)
}

// mlsd writes a listing of MLSD.
type mlsd struct {
	facts
	links  Links
	form   names.Form
	view   *tree.View
	path   string
	opened *tree.Entries
	memory *memory
	line   []byte // scratch
}

func (m *mlsd) write(ctx context.Context, w *bufio.Writer) error {
	begun := false
	return sequence{order: asRead, memory: m.memory}.read(ctx, m.opened, func(e *tree.Entry) error {
		if !begun {
			begun = true
			if err := m.dots(w); err != nil {
				return err
			}
		}
		if m.links == FollowLinks && e.Mode&fs.ModeSymlink != 0 {
			to, err := m.opened.Follow(e)
			if err != nil {
				return unlessAbsent(err)
			}
			return m.put(w, &to, "", "")
		}
		target := ""
		if m.links == ShowTargets && m.facts&factType != 0 && e.Mode&fs.ModeSymlink != 0 {
			target, _ = m.opened.Target(e.Name) // a link without a target is listed too
		}
		if m.facts&factUnique != 0 && e.Mode&fs.ModeSymlink != 0 {
			e.Ident = m.ident(e)
		}
		return m.put(w, e, "", target)
	})
}

// ident returns the identity of the file to which a link leads: all names of a file have the same unique fact (RFC 3659
// section 7.5.2). A link that leads nowhere has its own.
func (m *mlsd) ident(link *tree.Entry) tree.Ident {
	p := path.Join(m.path, link.Name)
	info, err := m.view.Stat(p)
	if err != nil {
		return link.Ident
	}
	return m.view.EntryOf(p, link.Name, info).Ident
}

// dots writes what is known of the directory itself and of the one above, if the client can see by the type that these
// are no entries (RFC 3659 sections 7.5.1.3 and 7.5.1.4). Their names are those that proftpd and pure-ftpd send, and
// that clients look for. They come before the first entry: of an empty directory there is nothing, which is how programs
// know it.
func (m *mlsd) dots(w *bufio.Writer) error {
	if m.facts&factType == 0 {
		return nil
	}
	return dotsOf(m.view, m.path, func(e *tree.Entry) error {
		kind := "cdir"
		if e.Name == ".." {
			kind = "pdir"
		}
		return m.put(w, e, kind, "")
	})
}

func (m *mlsd) put(w *bufio.Writer, e *tree.Entry, kind, target string) error {
	m.line = append(m.append(m.line[:0], e, kind, e.Name, target, m.form), '\r', '\n')
	_, err := w.Write(m.line)
	return err
}
