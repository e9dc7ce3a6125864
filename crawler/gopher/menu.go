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
// place. A host or a port that the line leaves out is "".
type item struct {
	kind       byte
	title      string
	selector   string
	host, port string
}

// parseItem reads a line. Fields that follow the port, such as those of Gopher+, are left
// out; tabs in a title are part of it. Lines of text and of errors need not have a place.
//
//	1Source TAB /src TAB h TAB 70       => 1, "Source", "/src", h, 70
//	0a TAB b TAB /a TAB h TAB 70 TAB +  => 0, "a\tb", "/a", h, 70
//	1Source TAB /src                    => 1, "Source", "/src", "", ""
//	iWelcome                            => i, "Welcome"
func parseItem(line string) (it item, ok bool) {
	if line == "" {
		return item{}, false
	}
	fields := strings.Split(line[1:], "\t")
	it = item{kind: line[0], title: fields[0]}
	if it.kind == 'i' || it.kind == '3' {
		return it, true
	}
	if it.kind <= ' ' || it.kind > '~' || strings.ContainsAny(line, "\x00\r") {
		return item{}, false
	}
	if it.at(fields, 1) {
		return it, true
	}
	for n := len(fields); n > 4; n-- { // a title with tabs; what follows the port is none
		if it.at(fields[:n], n-3) {
			return it, true
		}
	}
	return it, it.short(fields)
}

// at takes the selector from a field and the place from the two after it, and reports
// whether they are one.
func (it *item) at(fields []string, n int) bool {
	if len(fields) < n+3 {
		return false
	}
	host, port := bareHost(fields[n+1]), readPort(fields[n+2])
	if port == "" || host != "" && !hostname(host) {
		return false
	}
	it.title, it.selector, it.host, it.port = strings.Join(fields[:n], "\t"), fields[n], host, port
	return true
}

// short takes what there is of a line that leaves out the port, or the host too, and reports
// whether it is an item. Text with tabs in it is none, so the kind must be a usual one.
func (it *item) short(fields []string) bool {
	if len(fields) < 2 || len(fields) > 4 || !strings.ContainsRune("0123456789gIThscdMPpXr;:<w", rune(it.kind)) {
		return false
	}
	fields = append(fields, "", "")[:4]
	it.selector, it.host = fields[1], bareHost(fields[2])
	return strings.TrimSpace(fields[3]) == "" && (it.host == "" || hostname(it.host))
}

// readPort returns the number of a port, which words may follow, or "".
//
//	"70", " 070 ", "70 main" => "70"
func readPort(field string) string {
	field = strings.TrimSpace(field)
	end := strings.IndexFunc(field, func(r rune) bool { return r < '0' || r > '9' })
	if end > 0 && (field[end] == ' ' || field[end] == '+' || field[end] == ';' || field[end] == ',') {
		field = field[:end]
	}
	port, err := strconv.ParseUint(field, 10, 16)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(port, 10)
}

// bareHost returns the host of a field, which may be written as a URL, or end in a dot.
func bareHost(field string) string {
	field = strings.TrimPrefix(strings.TrimSpace(field), "gopher://")
	return strings.TrimSuffix(strings.TrimSuffix(field, "/"), ".")
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
		case strings.TrimRight(text, " ") == ".":
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
