package news

import (
	"bytes"
	"hash/crc32"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"trawl/index"
)

// A file has a line for each item, in the order in which they were found, version 1:
//
//	1732969500 ftp://ftp.example.org/ + file 734003200 1732960000 3 /pub/caf%E9.iso /pub/caf%C3%A9.iso 5d1b9a07
//	1732969501 ftp://ftp.example.org/ & 1990000 8b02f1c3
//
// that is when it was found, in seconds since 1970; the ID of the host; a sign of what it is (What); then of New and
// Changed the kind, the size ("-" is unknown), the time in seconds since 1970, its precision as a number, the path in the
// bytes of the wire and the path decoded, both percent-encoded, the latter "=" if it is the same; of the others the count;
// and the CRC-32C of all before the last blank, in hexadecimal. A line whose sum is wrong is left out when it is read: it
// was torn or damaged.

// append appends the line of an item, with its end.
func (i *Item) append(line []byte) []byte {
	start := len(line)
	line = strconv.AppendInt(line, i.When.Unix(), 10)
	line = append(append(append(line, ' '), i.Host...), ' ', byte(i.What), ' ')
	if i.What == More || i.What == HostNew {
		line = strconv.AppendInt(line, i.Count, 10)
	} else {
		line = i.appendEntry(line)
	}
	sum := crc32.Checksum(line[start:], castagnoli())
	line = append(line, ' ')
	line = append(line, hex8(sum)...)
	return append(line, '\n')
}

func (i *Item) appendEntry(line []byte) []byte {
	line = append(append(line, i.Entry.Kind.String()...), ' ')
	if i.Entry.Size == index.UnknownSize {
		line = append(line, '-')
	} else {
		line = strconv.AppendInt(line, i.Entry.Size, 10)
	}
	line = strconv.AppendInt(append(line, ' '), i.Entry.Unix, 10)
	line = strconv.AppendUint(append(line, ' '), uint64(i.Entry.Precision), 10)
	line = append(append(line, ' '), escape(string(i.Path))...)
	if i.Shown == string(i.Path) {
		return append(line, " ="...)
	}
	return append(append(line, ' '), escape(i.Shown)...)
}

// parse reads a line without its end. It reports false if it is not whole.
func parse(line []byte) (i Item, ok bool) {
	last := bytes.LastIndexByte(line, ' ')
	if last < 0 || string(line[last+1:]) != hex8(crc32.Checksum(line[:last], castagnoli())) {
		return i, false
	}
	fields := strings.Split(string(line[:last]), " ")
	if len(fields) < 4 || len(fields[2]) != 1 {
		return i, false
	}
	when, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return i, false
	}
	i.When, i.Host, i.What = time.Unix(when, 0), index.HostID(fields[1]), What(fields[2][0])
	switch i.What {
	case More, HostNew:
		i.Count, err = strconv.ParseInt(fields[3], 10, 64)
		return i, err == nil && len(fields) == 4
	case New, Changed:
		return i, len(fields) == 9 && i.parseEntry(fields[3:])
	}
	return i, false
}

func (i *Item) parseEntry(fields []string) bool {
	kind, known := kindOf(fields[0])
	size, err := index.UnknownSize, error(nil)
	if fields[1] != "-" {
		size, err = strconv.ParseInt(fields[1], 10, 64)
	}
	unix, wrong := strconv.ParseInt(fields[2], 10, 64)
	precision, bad := strconv.ParseUint(fields[3], 10, 8)
	wire, unreadable := url.PathUnescape(fields[4])
	if !known || err != nil || wrong != nil || bad != nil || precision > uint64(index.Second) || unreadable != nil || !strings.HasPrefix(wire, "/") {
		return false
	}
	i.Path, i.Shown = index.Path(wire), wire
	if fields[5] != "=" {
		if i.Shown, err = url.PathUnescape(fields[5]); err != nil || !strings.HasPrefix(i.Shown, "/") {
			return false
		}
	}
	i.Entry = index.Entry{Name: path.Base(i.Shown), Kind: kind, Size: size, Unix: unix, Precision: index.Precision(precision)}
	if raw := i.Path.Base(); raw != i.Entry.Name {
		i.Entry.Raw = raw
	}
	return true
}

func kindOf(s string) (index.Kind, bool) {
	for _, k := range []index.Kind{index.File, index.Dir, index.Link} {
		if k.String() == s {
			return k, true
		}
	}
	return index.File, false
}

// escape percent-encodes a path, so that it has no blanks and no line ends.
func escape(p string) string { return (&url.URL{Path: p}).EscapedPath() }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func hex8(n uint32) string {
	const digits = "0123456789abcdef"
	var out [8]byte
	for k := 7; k >= 0; k-- {
		out[k] = digits[n&15]
		n >>= 4
	}
	return string(out[:])
}
