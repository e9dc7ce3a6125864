package listing

import (
	"bytes"

	"trawl/index"
)

// vos reads Stratus VOS: files, directories and links, each under a head. Sizes are in blocks.
//
//	Files: 2, Blocks: 303
//	w    158 stm       90-05-19 11:53:44  ledger.cobol
//	Dirs: 1
//	 m      1  90-05-19 12:00:01  reports
//	Links: 1
//	04-07-13 21:15:43  old ->
//	+%s#d01>archive>old
type vos struct {
	*clock
	w      words
	kind   index.Kind
	headed bool // kind is that of a head
}

var (
	_ dialect = (*vos)(nil)
	_ student = (*vos)(nil)
)

func (*vos) name() string { return "vos" }

func (v *vos) settle() { v.headed, v.kind = false, index.File }

func (v *vos) parse(line []byte, it *item) verdict {
	w := &v.w
	w.split(line)
	if v.head() {
		return chatter
	}
	if w.n == 0 {
		return alien
	}
	*it = item{kind: v.kind, size: index.UnknownSize}
	if v.headed && v.kind == index.Link {
		return v.link(line, it)
	}
	access := w.word(0)
	if len(access) != 1 || bytes.IndexByte([]byte("unerwsm"), access[0]) < 0 || !allDigits(w.word(1)) {
		return alien
	}
	last, when, ok := v.dateTimeAt(w, 2, yearFirst)
	form := !ok
	if form {
		last, when, ok = v.dateTimeAt(w, 3, yearFirst)
	}
	if !ok || last+1 >= w.n || when.prec != index.Second {
		return alien
	}
	switch {
	case form:
		it.kind = index.File // only files have a format
	case !v.headed:
		it.kind = index.Dir
	}
	it.when, it.name = when, bytes.TrimLeft(w.after(last), " ")
	return entry
}

// head reads the head of a section: "Files: 2", perhaps with a comma and the blocks behind it.
func (v *vos) head() bool {
	w := &v.w
	if w.n != 2 && (w.n != 4 || !equalFold(w.word(2), "blocks:") || !allDigits(w.word(3))) {
		return false
	}
	if !allDigits(bytes.TrimRight(w.word(1), ",;")) {
		return false
	}
	first := w.word(0)
	switch {
	case equalFold(first, "files:"):
		v.kind = index.File
	case equalFold(first, "dirs:"):
		v.kind = index.Dir
	case equalFold(first, "links:"):
		v.kind = index.Link
	default:
		return false
	}
	v.headed = true
	return true
}

// link reads a link, whose target may be in the next line.
func (v *vos) link(line []byte, it *item) verdict {
	last, when, ok := v.dateTimeAt(&v.w, 0, yearFirst)
	if !ok || last+1 >= v.w.n {
		return alien
	}
	name, target, arrow := bytes.Cut(v.w.after(last), []byte("->"))
	target = bytes.TrimLeft(target, " +")
	if arrow && len(target) == 0 && bytes.HasSuffix(bytes.TrimRight(line, " "), []byte("->")) {
		return wrapped
	}
	it.when, it.name, it.target = when, bytes.Trim(name, " "), target
	return entry
}
