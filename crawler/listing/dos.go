package listing

import (
	"bytes"

	"trawl/index"
)

// dos reads what DIR shows and IIS, Serv-U and many others list:
//
//	04-27-00  12:09PM       <DIR>          pub
//	2002-09-02  19:06                9,730 readme.txt
//	27.04.2012  18:48       <JUNCTION>     link [C:\target]
//
// IIS writes the month first. Where others write the day first, numbers above 12 show it.
type dos struct {
	*clock
	w words
}

var _ dialect = (*dos)(nil)

func (*dos) name() string { return "dos" }

func (d *dos) parse(line []byte, it *item) verdict {
	if line[0] < '0' || line[0] > '9' {
		return dosChatter(line)
	}
	w := &d.w
	w.split(line)
	year, month, dom, ok := d.triple(w.word(0), monthFirst)
	if !ok || w.n < 4 {
		return alien
	}
	t, ok := readTime(w.word(1))
	at := 2
	if !ok {
		return alien
	}
	// "12:09 PM" in two words.
	if half := w.word(2); len(half) == 2 && half[1]|0x20 == 'm' {
		hour, ok := twelveHours(t.seconds/3600, half)
		if !ok {
			return alien
		}
		t.seconds = t.seconds%3600 + hour*3600
		at++
	}
	*it = item{size: index.UnknownSize}
	if it.when, ok = d.at(year, month, dom, t); !ok || !d.kindOrSize(w.word(at), it) {
		return alien
	}
	it.name = w.after(at)
	if len(w.word(at)) > 0 && w.word(at)[0] == '<' {
		// After <DIR> the name is lined up with those that follow a size.
		it.name = bytes.TrimLeft(it.name, " ")
	}
	if it.kind == index.Link {
		cutReparse(it)
	}
	return entry
}

// kindOrSize reads the word in the place of the size, and reports whether it is valid.
func (d *dos) kindOrSize(b []byte, it *item) bool {
	switch {
	case len(b) == 0:
		return false
	case b[0] != '<':
		n, ok := dosSize(b)
		it.size = n
		return ok
	case equalFold(b, "<dir>"):
		it.kind = index.Dir
	case equalFold(b, "<junction>"), equalFold(b, "<symlinkd>"), equalFold(b, "<symlink>"):
		it.kind = index.Link
	default:
		return false
	}
	return true
}

// dosSize reads a size with the separators of any country: 9,730 or 9.730.
func dosSize(b []byte) (int64, bool) {
	if n, ok := size(b); ok {
		return n, true
	}
	var n int64
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if n > 1<<58 {
				return index.UnknownSize, allDigits(bytes.ReplaceAll(b, []byte{'.'}, nil))
			}
			n = n*10 + int64(c-'0')
		case i > 0 && c >= 0x80 || c == '.' || c == '\'':
		default:
			return 0, false
		}
	}
	return n, true
}

// cutReparse parts "link [C:\target]".
func cutReparse(it *item) {
	i := bytes.LastIndex(it.name, []byte(" ["))
	if i > 0 && it.name[len(it.name)-1] == ']' {
		it.target = it.name[i+2 : len(it.name)-1]
		it.name = it.name[:i]
	}
}

// dosChatter reads the lines of DIR that are about the directory as a whole.
func dosChatter(line []byte) verdict {
	text := bytes.TrimLeft(line, " ")
	for _, known := range []string{"volume in drive", "volume serial number", "directory of "} {
		if hasFold(text, known) {
			return chatter
		}
	}
	for _, known := range []string{" File(s)", " Dir(s)", " bytes free"} {
		if bytes.Contains(text, []byte(known)) {
			return chatter
		}
	}
	return alien
}
