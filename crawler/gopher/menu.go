package gopher

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"trawl/crawler/listing"
	"trawl/index"
)

// item is a line of a menu (RFC 1436 section 3.8): its kind, its title for people, and its
// place.
type item struct {
	kind       byte
	title      string
	selector   string
	host, port string
}

// parseItem reads a line. The fields that Gopher+ appends are left out; tabs in a title are
// part of it. Lines of text and of errors need not have a place.
//
//	1Source TAB /src TAB h TAB 70       => 1, "Source", "/src", h, 70
//	0a TAB b TAB /a TAB h TAB 70 TAB +  => 0, "a\tb", "/a", h, 70
//	iWelcome                            => i, "Welcome"
func parseItem(line string) (it item, ok bool) {
	if line == "" {
		return item{}, false
	}
	fields := strings.Split(line[1:], "\t")
	if last := fields[len(fields)-1]; len(fields) > 4 && (strings.HasPrefix(last, "+") || strings.HasPrefix(last, "?")) {
		fields = fields[:len(fields)-1]
	}
	it = item{kind: line[0], title: fields[0]}
	if it.kind == 'i' || it.kind == '3' {
		return it, true
	}
	if len(fields) < 4 || strings.ContainsAny(line, "\x00\r") {
		return item{}, false
	}
	n := len(fields) - 3
	it.title, it.selector, it.host, it.port = strings.Join(fields[:n], "\t"), fields[n], fields[n+1], strings.TrimSpace(fields[n+2])
	port, err := strconv.ParseUint(it.port, 10, 16)
	if err != nil || it.kind <= ' ' || it.kind > '~' || it.host != "" && !hostname(it.host) {
		return item{}, false
	}
	it.port = strconv.FormatUint(port, 10)
	return it, true
}

// hostname reports whether s can name a host: it has no character that no name or address
// has.
func hostname(s string) bool {
	for _, r := range s {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?#@%"<>^{|}`+"`", r) {
			return false
		}
	}
	return len(s) <= 255
}

// The reasons why a menu was cut.
var (
	errTooLarge = errors.New("it is larger than a menu may be")
	errTooLong  = errors.New("a line of it is too long")
)

// menu reads the items of a menu.
type menu struct {
	r    *bufio.Reader
	left int64 // most bytes to follow

	dot      bool     // it ended in a line with a dot
	err      error    // why it ended before its time
	lost     int      // lines that were not understood
	unparsed []string // the first of them
}

func newMenu(r io.Reader, limit int64) *menu {
	return &menu{r: bufio.NewReaderSize(r, listing.MaxLine), left: limit}
}

// next returns the next item; not ok is the end.
func (m *menu) next() (it item, ok bool) {
	for {
		line, err := m.r.ReadSlice('\n')
		m.left -= int64(len(line))
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			m.err = errTooLong
		case m.left < 0:
			m.err = errTooLarge
		case err != nil && !errors.Is(err, io.EOF):
			m.err = err
		case text == ".":
			m.dot = true
		}
		if m.err != nil || m.dot || err != nil && text == "" {
			return item{}, false
		}
		if it, ok := parseItem(text); ok {
			return it, true
		}
		if text != "" {
			m.lose(text)
		}
	}
}

// lose counts a line that was not understood.
func (m *menu) lose(text string) {
	m.lost++
	if len(m.unparsed) < index.MaxUnparsed {
		m.unparsed = append(m.unparsed, text)
	}
}
