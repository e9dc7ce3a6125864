package ssh

import (
	"encoding/binary"
	"io/fs"
	"math"
	"strconv"
	"time"

	"trawl/ftpd/tree"
	"trawl/index"
)

// The flags of attributes: which of them there are.
const (
	attrSize     = 1 << 0
	attrOwner    = 1 << 1
	attrPerm     = 1 << 2
	attrTime     = 1 << 3
	attrExtended = 1 << 31
)

// attrs are the attributes of a file, as far as flags says.
type attrs struct {
	flags uint32
	size  uint64
	perm  uint32 // type and permission bits of Unix
	mtime uint32 // in seconds of Unix
}

// attrsOf returns the attributes of an entry. A size that is not known is left out, and a time that the protocol cannot have.
func attrsOf(e *tree.Entry) attrs {
	a := attrs{flags: attrPerm, perm: unixMode(e.Mode)}
	if e.Size >= 0 {
		a.flags |= attrSize
		a.size = uint64(e.Size)
	}
	if e.Time >= 0 && e.Time <= math.MaxUint32 {
		a.flags |= attrTime
		a.mtime = uint32(e.Time)
	}
	return a
}

func (a attrs) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, a.flags)
	if a.flags&attrSize != 0 {
		b = binary.BigEndian.AppendUint64(b, a.size)
	}
	if a.flags&attrPerm != 0 {
		b = binary.BigEndian.AppendUint32(b, a.perm)
	}
	if a.flags&attrTime != 0 {
		b = binary.BigEndian.AppendUint32(b, a.mtime) // of the last access: not kept
		b = binary.BigEndian.AppendUint32(b, a.mtime)
	}
	return b
}

// unixMode returns the mode as Unix has it.
func unixMode(m fs.FileMode) uint32 {
	mode := uint32(m.Perm())
	for _, bit := range []struct {
		mode fs.FileMode
		unix uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&bit.mode != 0 {
			mode |= bit.unix
		}
	}
	switch m.Type() {
	case fs.ModeDir:
		mode |= 0o040000
	case fs.ModeSymlink:
		mode |= 0o120000
	case fs.ModeNamedPipe:
		mode |= 0o010000
	case fs.ModeSocket:
		mode |= 0o140000
	case fs.ModeDevice:
		mode |= 0o060000
	case fs.ModeDevice | fs.ModeCharDevice:
		mode |= 0o020000
	default:
		mode |= 0o100000
	}
	return mode
}

// appendLong appends the line of an entry as "ls -l" prints it, in UTC:
//
//	-rw-r--r--    1 ftp      ftp           372 Feb 10  2024 SHA256SUMS
//
// Clients show it, and take the name from elsewhere, so what would harm a terminal is spelled out.
func appendLong(b []byte, e *tree.Entry, name string, now time.Time) []byte {
	b = append(b, modeText(unixMode(e.Mode))...)
	b = append(b, "    1 ftp      ftp      "...)
	size := strconv.FormatInt(max(0, e.Size), 10)
	for n := len(size); n < 13; n++ {
		b = append(b, ' ')
	}
	b = append(append(b, size...), ' ')
	t, form := now, "Jan _2 15:04 "
	if e.Time != tree.UnknownTime {
		t = time.Unix(e.Time, 0)
	}
	if age := now.Sub(t); age > 180*24*time.Hour || age < -24*time.Hour {
		form = "Jan _2  2006 "
	}
	return append(t.UTC().AppendFormat(b, form), index.Visible(name)...)
}

// modeText returns a mode as "ls -l" prints it.
func modeText(mode uint32) string {
	text := []byte("-rwxrwxrwx")
	text[0] = "?pc?d?b?-?l?s???"[mode>>12&15]
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			text[1+i] = '-'
		}
	}
	return string(text)
}
