package listing

import (
	"bytes"

	"trawl/index"
)

// mlsx reads the facts of MLSD and MLST (RFC 3659 section 7):
//
//	type=file;size=1024;modify=20081105165215;UNIX.mode=0644; name
//	Type=OS.unix=slink:/pub/new; name
//
// Some servers write the target of a link in a line of its own, with the link's identifier.
type mlsx struct {
	seen bool   // facts, so that a name without any is one
	link bool   // the line before was a link without a target
	id   []byte // of that link
}

var _ dialect = (*mlsx)(nil)

func (*mlsx) name() string { return "mlsx" }

func (m *mlsx) parse(line []byte, it *item) verdict {
	f := fact{kind: index.File, size: index.UnknownSize}
	facts, name, ok := cutFacts(line)
	if !ok || !f.readAll(facts) {
		if !m.seen || len(line) < 2 || line[0] != ' ' {
			return alien
		}
		*it = item{name: line[1:], size: index.UnknownSize}
		return entry
	}
	m.seen = true
	if m.link && name[0] == '/' && string(f.ident) == string(m.id) && f.kind != index.Link {
		m.link = false
		*it = item{target: name}
		return amends
	}
	m.link = f.kind == index.Link && len(f.target) == 0
	m.id = append(m.id[:0], f.ident...)
	if severalFacts(name) {
		return alien
	}
	*it = item{name: name, target: f.target, size: f.size, kind: f.kind, when: f.when, ident: f.ident}
	switch {
	case f.parent:
		return chatter
	case f.here:
		it.name = []byte{'.'} // which some give as a full path
	}
	return entry
}

// severalFacts reports whether a name has another entry in it: facts, "; " and a name.
func severalFacts(name []byte) bool {
	for {
		i := bytes.IndexByte(name, ';')
		if i < 0 {
			return false
		}
		start := bytes.LastIndexByte(name[:i], ' ') + 1
		key, _, ok := bytes.Cut(name[start:i], []byte{'='})
		if ok && start > 0 && (equalFold(key, "type") || equalFold(key, "size") || equalFold(key, "modify")) {
			return true
		}
		name = name[i+1:]
	}
}

// cutFacts parts the facts from the name, which follows the first space. Before
// draft 7 the facts did not end in a semicolon. Some servers leave the space out: then the name follows the semicolon
// behind the last fact.
//
//	type=dir;modify=20240615120000;My Music  =>  type=dir;modify=20240615120000;  My Music
func cutFacts(line []byte) (facts, name []byte, ok bool) {
	for len(line) > 0 && line[0] == ' ' {
		line = line[1:]
	}
	i := bytes.IndexByte(line, ' ')
	if t := bytes.Index(line, []byte(";\t")); t >= 0 && (i < 0 || t+1 < i) {
		i = t + 1
	}
	// A link's target may hold spaces: the facts end at the first "; " then.
	if end := bytes.Index(line, []byte("; ")); end >= 0 && end+1 > i && slinkOpen(line[:i]) {
		i = end + 1
	}
	if i < 0 {
		i = len(line)
	}
	if end := bytes.LastIndexByte(line[:i], ';') + 1; end > 0 && end < i && bytes.IndexByte(line[end:i], '=') < 0 {
		facts = line[:end]
		return facts, line[end:], bytes.IndexByte(facts, '=') > 0
	}
	if i+1 >= len(line) {
		return nil, nil, false
	}
	facts = line[:i]
	return facts, line[i+1:], bytes.IndexByte(facts, '=') > 0
}

// slinkOpen reports whether facts break off within a link's target.
func slinkOpen(facts []byte) bool {
	at := bytes.LastIndexByte(facts, ';') + 1
	last := facts[at:]
	return len(last) > 0 && hasFold(last, "type=os.unix=s")
}

// fact gathers the facts of one line.
type fact struct {
	target []byte
	ident  []byte
	kind   index.Kind
	size   int64
	when   instant
	typed  bool
	here   bool // cdir
	parent bool // pdir
	folder bool // other facts speak for a directory
}

// readAll reads facts and reports whether any of them is known.
func (f *fact) readAll(facts []byte) bool {
	known := false
	for len(facts) > 0 {
		one := facts
		if i := bytes.IndexByte(facts, ';'); i >= 0 {
			one, facts = facts[:i], facts[i+1:]
		} else {
			facts = nil
		}
		i := bytes.IndexByte(one, '=')
		if i < 0 {
			continue
		}
		known = f.read(one[:i], one[i+1:]) || known
	}
	if !f.typed && f.folder {
		f.kind = index.Dir
	}
	if f.kind != index.File {
		f.size = index.UnknownSize
	}
	return known
}

func (f *fact) read(key, value []byte) bool {
	switch {
	case equalFold(key, "type"):
		f.readType(value)
	case equalFold(key, "size"):
		if n, ok := number(value); ok {
			f.size = n
		}
	case equalFold(key, "modify"):
		if m, ok := readStamp(value); ok {
			f.when = m
		}
	case equalFold(key, "sizd"):
		f.folder = true
	case equalFold(key, "unix.mode"):
		f.folder = f.folder || len(value) >= 5 && bytes.HasPrefix(bytes.TrimLeft(value, "0"), []byte("4"))
	case equalFold(key, "perm"):
		// RFC 3659 section 7.5.5: e, l, c, m, p are of directories only.
		f.folder = f.folder || bytes.ContainsAny(value, "elcmpELCMP")
	case equalFold(key, "unique"):
		f.ident = value
	case equalFold(key, "create"), equalFold(key, "lang"),
		equalFold(key, "media-type"), equalFold(key, "charset"), hasFold(key, "unix."),
		hasFold(key, "win32."), hasFold(key, "x."):
	default:
		return false
	}
	return true
}

func (f *fact) readType(value []byte) {
	f.typed = true
	switch {
	case equalFold(value, "file"):
	case equalFold(value, "dir"):
		f.kind = index.Dir
	case equalFold(value, "cdir"):
		f.here = true
	case equalFold(value, "pdir"):
		f.parent = true
	case hasFold(value, "os.unix=slink"), hasFold(value, "os.unix=symlink"):
		f.kind = index.Link
		_, f.target, _ = bytes.Cut(value, []byte{':'})
	case hasFold(value, "os.unix=dir"):
		f.kind = index.Dir
	}
}
