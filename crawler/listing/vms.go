package listing

import (
	"bytes"

	"trawl/index"
)

// vms reads VMS and OpenVMS with the servers MultiNet, UCX, TCPware and MadGoat. A
// long name has a line of its own; the size is in blocks of 512 bytes, used and perhaps
// allocated; the fields may come in another order.
//
//	ANNOUNCE.TXT;2           1/16         12-MAR-2005 08:44:57  [SYSTEM]  (RWED,RWED,RE,RE)
//	PLI_HTML_DOCS-BCK.ZIP;1
//	                      2992 25-MAR-2009 18:27 [ANONY,ANONYMOUS] (RWED,RWED,RE,RE)
//
// VMS ignores case: names are shown in lower case. They lose the version; the latest
// version comes first. A file that the server does not let anyone look at is left out,
// for it cannot be fetched either.
type vms struct {
	*clock
	w words
}

var _ dialect = (*vms)(nil)

func (*vms) name() string { return "vms" }

func (v *vms) parse(line []byte, it *item) verdict {
	w := &v.w
	w.split(line)
	name := w.word(0)
	semicolon := bytes.LastIndexByte(name, ';')
	if semicolon < 1 || !allDigits(name[semicolon+1:]) {
		return vmsChatter(line, w)
	}
	if w.n == 1 {
		return wrapped
	}
	if isVMSError(line) {
		return chatter
	}
	*it = item{name: name[:semicolon], size: index.UnknownSize, fold: true}
	if !v.fields(w, it) {
		return alien
	}
	if stem, ok := cutFold(it.name, ".dir"); ok {
		it.name, it.kind, it.size = stem, index.Dir, index.UnknownSize
	}
	return entry
}

// fields reads size, date and time, in any order. It reports whether there is a date.
func (v *vms) fields(w *words, it *item) bool {
	dated := false
	for i := 1; i < w.n; i++ {
		b := w.word(i)
		if b[0] == '[' || b[0] == '(' {
			continue
		}
		if year, month, dom, ok := v.dashed(b); ok && !dated {
			if t, ok := readTime(w.word(i + 1)); ok {
				it.when, dated = v.at(year, month, dom, t)
				i++
			} else {
				it.when, dated = v.date(year, month, dom)
			}
			continue
		}
		if n, ok := blocks(b); ok && it.size == index.UnknownSize {
			it.size = n
		}
	}
	return dated
}

// blocks reads "12", "12/16" and "2KB" as bytes.
func blocks(b []byte) (int64, bool) {
	used, _, _ := bytes.Cut(b, []byte{'/'})
	if n, ok := number(used); ok {
		if n > (1<<62)/512 {
			return index.UnknownSize, true
		}
		return n * 512, true
	}
	return size(b)
}

// isVMSError reports whether b is a message in place of the fields of a file.
func isVMSError(line []byte) bool {
	for _, known := range []string{"%RMS-", "%SYSTEM-", "%UCX-", "%TCPIP-", "No privilege", "no privilege", "nsufficient privilege", "file not found"} {
		if bytes.Contains(line, []byte(known)) {
			return true
		}
	}
	return false
}

// vmsChatter reads the name of the directory and the totals.
func vmsChatter(line []byte, w *words) verdict {
	first := w.word(0)
	switch {
	case equalFold(first, "directory"), equalFold(first, "total") && equalFold(w.word(1), "of"):
		return chatter
	case w.n == 1 && bytes.Contains(first, []byte(":[")) && first[len(first)-1] == ']':
		return chatter
	case equalFold(first, "grand") && equalFold(w.word(1), "total"):
		return chatter
	case bytes.HasPrefix(first, []byte("%")) && isVMSError(line):
		return chatter
	}
	return alien
}
