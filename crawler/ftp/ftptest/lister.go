package ftptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// lister writes the listing of a lie.
type lister struct {
	lie   Lie
	verb  string
	look  int // how many directories were listed, this one included
	crowd int // as that of NewLiar
}

// list lists a directory, and all below it if recurse is set.
func (l lister) list(to io.Writer, dir string, recurse bool) {
	w := bufio.NewWriterSize(to, 64<<10)
	defer func() { _ = w.Flush() }() // nobody listens any more, perhaps
	switch l.lie {
	case EndlessList:
		endless(w, l.line("-", "again"))
	case EndlessChatter:
		endless(w, strings.Repeat("what is this? ", 50)+"\r\n")
	case Truncates:
		var b bytes.Buffer
		honest := lister{verb: l.verb}
		honest.all(bufio.NewWriter(&b), dir, recurse)
		half := b.Bytes()[:b.Len()/2]
		_, _ = w.Write(half[:bytes.LastIndexByte(half, '\n')+1])
	default:
		l.all(w, dir, recurse)
	}
}

// all lists a directory and those below it.
func (l lister) all(w *bufio.Writer, dir string, recurse bool) {
	l.one(w, dir)
	if recurse && dir == "/" {
		l.below(w)
	}
	_ = w.Flush()
}

// one lists a directory.
func (l lister) one(w *bufio.Writer, dir string) {
	put := func(kind, name string) bool {
		_, err := w.WriteString(l.line(kind, name))
		return err == nil
	}
	if l.lie == Cycle {
		l.cycle(w, dir)
		return
	}
	if l.verb != "MLSD" && (l.lie != ChangesDialect || l.look%2 == 1) {
		put("d", ".")
	}
	if l.strange(put, dir) || l.vast(put, dir) {
		return
	}
	if dir == "/" {
		for d := range LiarDirs {
			put("d", fmt.Sprintf("d%02d", d))
		}
	} else {
		for f := range LiarFiles {
			put("-", fmt.Sprintf("f%02d", f))
		}
	}
	switch {
	case l.lie == LongName:
		put("-", strings.Repeat("x", 1<<20))
	case l.lie == EndlessRobots && dir == "/":
		put("-", "robots.txt")
	case l.lie == EndlessText && dir == "/":
		put("-", "README")
	}
}

// strange lists a directory that has nothing in common with an honest server's. It
// reports whether the lie has such a directory.
func (l lister) strange(put func(kind, name string) bool, dir string) bool {
	switch l.lie {
	case Loop:
		return put("d", "pub") && put("-", "readme")
	case Links:
		return put("d", "self") && put("d", "other") && many(put, 2, "-", fmt.Sprintf("f%%d-%d", l.look))
	case Alternates:
		kind := "-"
		if l.look%2 == 0 {
			kind = "d"
		}
		return many(put, 20, kind, fmt.Sprintf("n%%d-%d", l.look%2)) && many(put, 30, "-", "f%d")
	case Abyss:
		return put("d", "a") && put("-", fmt.Sprintf("f%d", strings.Count(dir, "/")))
	case HostileNames:
		if dir != "/" {
			return false
		}
		for _, name := range hostileNames() {
			put("d", name+"d")
			put("-", name)
			put("l", name+"L -> /etc/\x1b]0;pwn\x07passwd\u202e")
		}
		return true
	}
	return false
}

// cycleRoot identifies the root of a Cycle.
const cycleRoot = "1.0"

// cycle lists a directory of a server that follows links which lead up and to each
// other: in MLSD's form, and for the other commands in EPLF.
func (l lister) cycle(w *bufio.Writer, dir string) {
	holds := map[string]map[string]string{ // by their identities
		cycleRoot: {"pub": "1.1", "sub": "1.2"},
		"1.1":     {"pub": "1.1", "up": cycleRoot, "deep": "1.3"},
		"1.2":     {"other": "1.1"},
	}
	at := cycleRoot
	for name := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		if name != "" {
			at = holds[at][name]
		}
	}
	for name, ident := range holds[at] {
		if l.verb == "MLSD" {
			_, _ = fmt.Fprintf(w, "type=dir;modify=20200102000000;unique=%s; %s\r\n", ident, name)
		} else {
			_, _ = fmt.Fprintf(w, "+i%s,m1577923200,/,\t%s\r\n", ident, name)
		}
	}
	for i := range 3 {
		if l.verb == "MLSD" {
			_, _ = fmt.Fprintf(w, "type=file;size=%d;modify=20200102000000;unique=2.%[1]d.%d; f%[1]d-%[2]d\r\n", l.look, i)
		} else {
			_, _ = fmt.Fprintf(w, "+i2.%d.%d,m1577923200,r,s%[1]d,\tf%[1]d-%[2]d\r\n", l.look, i)
		}
	}
}

// vast is strange for the lies of size.
func (l lister) vast(put func(kind, name string) bool, dir string) bool {
	switch l.lie {
	case ManyFiles:
		return dir == "/" && many(put, 50*l.crowd, "-", "file-%d")
	case ManyDirs:
		return dir == "/" && many(put, 150*l.crowd, "d", "%d-dir")
	case LongDirs:
		return dir == "/" && many(put, 150*l.crowd, "d", "%d-"+strings.Repeat("n", 700))
	case EmptyTree:
		return dir != "/" || many(put, l.crowd, "d", "%d")
	case Labyrinth:
		return many(put, 1000, "d", fmt.Sprintf("x%%d-%d", time.Now().UnixNano())) && many(put, 2, "-", "f%d")
	case Ghosts:
		return dir == "/" && many(put, 1000, "d", "g%d")
	case KeptOut:
		return dir == "/" && many(put, l.crowd, "d", "p%d") || put("-", ".notrawl") && put("d", "secret")
	}
	return false
}

// many puts n entries of numbered names. It reports true.
func many(put func(kind, name string) bool, n int, kind, format string) bool {
	for i := 0; i < n && put(kind, fmt.Sprintf(format, i)); i++ {
	}
	return true
}

// hostileNames returns names that no archive gives its files.
func hostileNames() []string {
	return []string{
		"../../etc", "/etc", "..", ".", "a\x1b[31mred\x07", "cr\rover", "nul\x00x", "bidi\u202egnp.exe", "\x9b31mc1",
		"zero\u200bwidth\ufeff", "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "%2e%2e%2fetc", "..%2f",
		"c:\\x", "tab\there", "\u2028sep\u2029", "del\x7f", "invalid\xff\xfe", "a/b/c", "-rf", "javascript:alert(1)",
	}
}

// below writes the sections of a recursive listing that follow that of the root.
func (l lister) below(w *bufio.Writer) {
	section := func(dir string) bool {
		_, err := fmt.Fprintf(w, "\r\n%s:\r\n", dir)
		return err == nil
	}
	switch l.lie {
	case ManyFiles, ManyDirs, LongDirs, Alternates, Loop, Cycle, Links, HostileNames:
	case Labyrinth, Abyss:
		for dir := "/a"; section(dir); {
			l.one(w, dir)
			if len(dir) < 3900 {
				dir += "/a"
			}
		}
	case EmptyTree:
		for i := 0; i < l.crowd && section(fmt.Sprintf("/%d", i)); i++ {
			_, _ = w.WriteString(l.line("d", "."))
		}
	case KeptOut:
		for i := 0; i < l.crowd && section(fmt.Sprintf("/p%d", i)); i++ {
			l.one(w, "/p")
		}
	case Ghosts:
		for i := 0; i < 1000 && section(fmt.Sprintf("/g%d", i)); i++ {
			for k := range 1000 {
				_, _ = w.WriteString(l.line("d", fmt.Sprintf("h%d", k)))
			}
		}
		section("/../../etc")
		_, _ = w.WriteString(l.line("-", "shadow"))
	default:
		for d := range LiarDirs {
			dir := fmt.Sprintf("/d%02d", d)
			section(dir)
			l.one(w, dir)
		}
	}
}

// line returns the line of an entry: "d" is a directory, "-" a file, "l" a link.
func (l lister) line(kind, name string) string {
	switch {
	case l.verb == "MLSD" && kind == "d":
		return "type=dir;modify=20200102000000; " + name + "\r\n"
	case l.verb == "MLSD":
		return fmt.Sprintf("type=file;size=%d;modify=20200102000000; %s\r\n", l.size(), name)
	case l.lie == ChangesDialect && l.look%2 == 0 && kind == "d":
		return "01-02-20  12:00AM       <DIR>          " + name + "\r\n"
	case l.lie == ChangesDialect && l.look%2 == 0:
		return "01-02-20  12:00AM                   " + strconv.Itoa(LiarSize) + " " + name + "\r\n"
	}
	return fmt.Sprintf("%srwxr-xr-x   1 ftp      ftp            %d Jan  2  2020 %s\r\n", kind, l.size(), name)
}

func (l lister) size() int {
	if l.lie == Links {
		return l.look
	}
	return LiarSize
}
