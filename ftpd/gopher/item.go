package gopher

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/ftpd/tree"
)

// place is where an item leads: a selector on a machine.
type place struct {
	selector string
	host     string
	port     uint16
}

// nowhere is the place of lines that lead nowhere, as other servers write it.
func nowhere() place { return place{host: "null.host", port: 1} }

// append appends the line of an item (RFC 1436 section 3.8). The texts have no control characters.
func (at place) append(b []byte, kind byte, title string) []byte {
	b = append(b, kind)
	b = append(b, title...)
	b = append(b, '\t')
	b = append(b, at.selector...)
	b = append(b, '\t')
	b = append(b, at.host...)
	return fmt.Appendf(b, "\t%d\r\n", at.port)
}

// info returns a line of text of a menu, which may be foreign.
func info(text string) string {
	return string(nowhere().append(nil, kindInfo, line(text)))
}

// line returns a text as it may stand in a line.
func line(text string) string { return shown(strings.ReplaceAll(text, "\t", "    ")) }

// lastLine ends a menu.
const lastLine = ".\r\n"

// failure returns a menu that says what failed. The text may be foreign.
func failure(text string) string {
	return string(nowhere().append(nil, kindError, line(text))) + lastLine
}

// nameWidth is how many characters of a title its name has at least: with time and size a title has 70.
const nameWidth = 43

// appendTitle appends the title of a file or a folder: its name, whole, its time in UTC and its size. Those that are not known are left
// out.
//
//	disk.iso                                     2026-Nov-30 12:37   631.0 MB
//	pub                                          2026-Nov-30 12:37   --------
func appendTitle(b []byte, e *tree.Entry, name string) []byte {
	b = append(b, name...)
	for n := utf8.RuneCountInString(name); n < nameWidth; n++ {
		b = append(b, ' ')
	}
	if e.Time == tree.UnknownTime {
		b = append(b, "                     "...)
	} else {
		b = time.Unix(e.Time, 0).UTC().AppendFormat(append(b, "  "...), "2006-Jan-02 15:04")
	}
	size := "--------"
	switch {
	case e.Mode.IsDir():
	case e.Size >= 0:
		size = humanSize(e.Size)
	}
	return fmt.Appendf(b, "  %9s", size)
}

// humanSize returns a size as people read it.
//
//	512 => 512 B
//	661651456 => 631.0 MB
func humanSize(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	const units = "KMGTPE"
	at := min(int(math.Log2(float64(n))/10), len(units))
	return fmt.Sprintf("%.1f %cB", float64(n)/math.Pow(1024, float64(at)), units[at-1])
}

// kindOfMode returns the type of what has a name and a mode; 0 if it is nothing that can be sent.
func kindOfMode(name string, mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return kindMenu
	case mode.IsRegular():
		return kindOf(name)
	}
	return 0
}
