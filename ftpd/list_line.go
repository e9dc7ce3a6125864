package ftpd

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"trawl/ftpd/tree"
)

// liner appends the line of an entry without its end. The name is as the listing shows it, in raw bytes; a link has a
// target if that is known.
type liner func(line []byte, e *tree.Entry, name, target string) []byte

// newNameLine returns the form of NLST.
func newNameLine(o listOptions) liner {
	return func(line []byte, e *tree.Entry, name, _ string) []byte {
		line = append(line, o.visible(name)...)
		if mark := markOf(e.Mode); o.marks && mark != 0 {
			line = append(line, mark)
		}
		return line
	}
}

// visible returns a name as it is shown.
func (o listOptions) visible(name string) string {
	if !o.octal {
		return o.form.Encode(name)
	}
	var b strings.Builder
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		if unicode.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b.WriteString(name[:n])
		} else {
			for _, c := range []byte(name[:n]) {
				fmt.Fprintf(&b, "\\%03o", c)
			}
		}
		name = name[n:]
	}
	return b.String()
}

// recent is how old a file may be whose time of day is shown in place of its year: half a year, as in ls.
const recent = 182 * 24 * time.Hour

// newLongLine returns the form of ls -l, with the time in UTC. A time that is older than half a year or lies in the future
// has a year; so a time without one is always in the last half year.
//
//	-rw-r--r--    1 ftp      ftp          1234 Nov 22 08:16 README
//	drwxr-xr-x    1 ftp      ftp          4096 Nov 22  2024 pub
//	lrwxrwxrwx    1 ftp      ftp             3 Nov 22  2024 link -> pub
func newLongLine(o listOptions) liner {
	now := time.Now()
	newest, oldest := now.Unix(), now.Add(-recent).Unix()
	return func(line []byte, e *tree.Entry, name, target string) []byte {
		line = appendMode(line, e.Mode)
		line = append(line, "    1 ftp      ftp      "...)
		line = appendRight(line, max(0, e.Size), 12)
		line = append(line, ' ')
		line = appendTime(line, e.Time, e.Time > newest || e.Time < oldest)
		line = append(append(line, ' '), o.visible(name)...)
		switch mark := markOf(e.Mode); {
		case target != "":
			line = append(append(line, " -> "...), o.form.Encode(target)...)
		case o.marks && mark != 0 && mark != '@':
			line = append(line, mark)
		}
		return line
	}
}

// markOf returns what ls -F puts behind a name, or 0.
func markOf(mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return '/'
	case mode&fs.ModeSymlink != 0:
		return '@'
	case mode&fs.ModeNamedPipe != 0:
		return '|'
	case mode&fs.ModeSocket != 0:
		return '='
	case mode.IsRegular() && mode&0o111 != 0:
		return '*'
	}
	return 0
}

// appendMode appends a mode as ls -l has it: "drwxr-xr-x".
func appendMode(line []byte, mode fs.FileMode) []byte {
	line = append(line, kindLetter(mode))
	for i, letter := range []byte("rwxrwxrwx") {
		if mode&(1<<(8-i)) == 0 {
			letter = '-'
		}
		line = append(line, letter)
	}
	return line
}

// kindLetter returns the first letter of a line of ls -l.
func kindLetter(mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return 'd'
	case mode&fs.ModeSymlink != 0:
		return 'l'
	case mode&fs.ModeNamedPipe != 0:
		return 'p'
	case mode&fs.ModeSocket != 0:
		return 's'
	case mode&fs.ModeCharDevice != 0:
		return 'c'
	case mode&fs.ModeDevice != 0:
		return 'b'
	}
	return '-'
}

// appendRight appends a number in at least width columns.
func appendRight(line []byte, n int64, width int) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	for range width - len(text) {
		line = append(line, ' ')
	}
	return append(line, text...)
}

// The last year that four digits can show, and the first.
const (
	lastYear  = 9999
	firstYear = 0
)

// appendTime appends a time in 12 columns: "Nov 22 08:16", or with the year: "Nov 22  2024". A time that is not known
// is that of the beginning of Unix, and one that four digits cannot show is the nearest that they can.
func appendTime(line []byte, unix int64, withYear bool) []byte {
	if unix == tree.UnknownTime {
		unix = 0
	}
	t := time.Unix(unix, 0).UTC()
	year, month, day := t.Date()
	line = append(append(line, month.String()[:3]...), ' ')
	line = append(appendRight(line, int64(day), 2), ' ')
	if withYear {
		line = append(line, ' ')
		return appendDigits(line, min(max(year, firstYear), lastYear), 4)
	}
	hour, minute, _ := t.Clock()
	line = append(appendDigits(line, hour, 2), ':')
	return appendDigits(line, minute, 2)
}

// appendDigits appends a number in so many digits.
func appendDigits(line []byte, n, digits int) []byte {
	const most = 4
	var text [most]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return append(line, text[:digits]...)
}
