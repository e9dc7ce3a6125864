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
//
// Where a name comes with its device and directory, these are no part of it. Names of more than one
// directory would be mixed up: only those of the first are read.
type vms struct {
	*clock
	w       words
	place   []byte // of the names that come with their directory
	located bool   // there was such a name
}

var (
	_ dialect = (*vms)(nil)
	_ student = (*vms)(nil)
)

func (*vms) name() string { return "vms" }

func (v *vms) settle() { v.place, v.located = nil, false }

func (v *vms) parse(line []byte, it *item) verdict {
	name, rest, ok := versioned(line)
	if !ok {
		return v.chatter(line, it)
	}
	w := &v.w
	w.split(rest)
	if w.n == 0 || rest[len(rest)-1] == ',' && bytes.LastIndexByte(rest, '[') > bytes.LastIndexByte(rest, ']') {
		return wrapped
	}
	if isVMSError(rest) {
		return chatter
	}
	*it = item{name: name, size: index.UnknownSize, fold: true}
	if !v.fields(w, it) || !v.unplace(it) {
		return alien
	}
	if stem, ok := cutFold(it.name, ".dir"); ok {
		it.name, it.kind, it.size = stem, index.Dir, index.UnknownSize
	}
	return entry
}

// unplace takes the device and the directory off a name. It reports whether a name is left that is of
// the same directory as those before.
//
//	DISK$A:[PUB]A.TXT => A.TXT
func (v *vms) unplace(it *item) bool {
	cut := placeEnd(it.name)
	if cut == 0 {
		return true
	}
	place := it.name[:cut]
	if !v.located {
		v.place, v.located = bytes.Clone(place), true
	}
	it.name = it.name[cut:]
	return len(it.name) > 0 && bytes.EqualFold(place, v.place)
}

// placeEnd returns where the device and the directory before a name end, 0 if there are none. In
// names, brackets and colons have a circumflex before them.
func placeEnd(name []byte) int {
	start := 0
	if colon := bytes.LastIndexByte(name, ':'); colon > 0 && name[colon-1] != '^' {
		start = colon + 1
	}
	if start < len(name) && (name[start] == '[' || name[start] == '<') {
		if end := bytes.LastIndexAny(name, "]>"); end > start && name[end-1] != '^' {
			return end + 1
		}
	}
	return start
}

// versioned parts the name, in which there may be blanks, and what follows its version.
//
//	"HELP .TXT;6   5  30-JAN-1998" => "HELP .TXT", "   5  30-JAN-1998"
func versioned(line []byte) (name, rest []byte, ok bool) {
	semicolon := bytes.IndexByte(line, ';')
	for end := semicolon + 1; semicolon > 0 && line[0] != ' ' && line[0] != '\t'; {
		for end < len(line) && isDigit(line[end]) {
			end++
		}
		if end > semicolon+1 && (end == len(line) || line[end] == ' ' || line[end] == '\t') {
			return line[:semicolon], line[end:], true
		}
		next := bytes.IndexByte(line[semicolon+1:], ';')
		if next < 0 {
			break
		}
		semicolon += 1 + next
		end = semicolon + 1
	}
	return nil, nil, false
}

// fields reads size, date and time, in any order. It reports whether there is a date, or what shows
// that there is none: an owner or a protection.
func (v *vms) fields(w *words, it *item) bool {
	dated, owned := false, false
	for i := 0; i < w.n; i++ {
		b := w.word(i)
		if b[0] == '[' || b[0] == '(' {
			owned = true
			continue
		}
		if _, _, again := versioned(b); again {
			return false // several names a line
		}
		if !dated && (len(b) >= 8 || isDashes(b)) {
			if last, when, ok := v.dateTimeAt(w, i, dayFirst); ok {
				it.when, dated = when, true
				i = last
				continue
			}
		}
		if n, ok := blocks(b); ok && it.size == index.UnknownSize {
			it.size = n
		}
	}
	return dated || owned
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

// isVMSError reports whether a line has a message in place of the fields of a file.
func isVMSError(line []byte) bool {
	for _, known := range []string{"%RMS-", "%SYSTEM-", "%UCX-", "%TCPIP-", "No privilege", "no privilege", "nsufficient privilege", "file not found"} {
		if bytes.Contains(line, []byte(known)) {
			return true
		}
	}
	return false
}

// chatter reads the name of the directory, totals, messages, and the protection of the line
// before, which did not fit there.
func (v *vms) chatter(line []byte, it *item) verdict {
	w := &v.w
	w.split(line)
	first, last := w.word(0), w.word(w.n-1)
	if w.n == 1 || w.n == 2 && equalFold(first, "directory") || w.n == 3 && equalFold(first, "listing") && equalFold(w.word(1), "of") {
		if path, ok := vmsPath(last); ok {
			*it = item{name: path}
			v.located = false
			return heading
		}
	}
	switch {
	case w.n == 0:
		return alien
	case equalFold(first, "directory") && (w.n == 1 || bytes.IndexByte(last, ']') > 0):
		return chatter
	case (first[0] == '(' || first[0] == '[') && (last[len(last)-1] == ')' || last[len(last)-1] == ']') && line[0] <= ' ':
		return chatter
	case isMessage(first) || (first[0] == '%' || last[len(last)-1] == '>') && isVMSError(line):
		return chatter
	case vmsNoise().has(line):
		return chatter
	}
	return alien
}

func vmsNoise() noise {
	return noise{
		"total of *", "total # *", "grand total of *", "# file* # block*", "no files found *", "no files *", "directory * no files found", "# blocks *",
	}
}

// isMessage reports whether b begins a message of VMS, "%RMS-E-FNF," or "-SYSTEM-W-NOSUCHFILE,".
func isMessage(b []byte) bool {
	if len(b) < 6 || b[0] != '%' && b[0] != '-' {
		return false
	}
	facility, rest, ok := bytes.Cut(b[1:], []byte{'-'})
	return ok && isUpper(facility) && len(rest) > 2 && rest[1] == '-' && bytes.IndexByte([]byte("SIWEF"), rest[0]) >= 0
}

// vmsPath returns the path of a directory, "DISK:[000000.PUB.TOOLS]" => "/DISK:/pub/tools". The root
// of a disk is [000000].
func vmsPath(b []byte) ([]byte, bool) {
	open := bytes.IndexAny(b, "[<")
	if open < 0 || b[open] == '<' && open == 0 || bytes.Count(b, b[open:open+1]) > 1 || open > 0 && b[open-1] != ':' || b[len(b)-1] != ']' && b[len(b)-1] != '>' {
		return nil, false
	}
	path := append([]byte{'/'}, b[:open]...)
	for part := range bytes.SplitSeq(bytes.ToLower(b[open+1:len(b)-1]), []byte{'.'}) {
		if string(part) != "000000" && len(part) > 0 {
			path = append(append(path, '/'), part...)
		}
	}
	return path, len(b) > open+2
}
