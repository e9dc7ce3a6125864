package gopher

import (
	"errors"
	"io"
	"strings"
)

// request is the line that a client sends: a selector and, behind tabs, what it looks for, or a mark of Gopher+.
//
//	/pub/a TAB + => /pub/a, "+"
//	find TAB linux iso TAB + => find, "linux iso"
type request struct {
	selector string
	field    string // behind the first tab
	more     bool   // more came than the line, or may come
}

// The errors of what is no request.
var (
	errTLS    = errors.New("this is TLS, which Gopher does not have")
	errLong   = errors.New("the selector is too long")
	errSilent = errors.New("nothing was asked for")
)

// handshake is the first byte of TLS (RFC 8446 section 5.1). No selector begins with it.
const handshake = 0x16

// readRequest reads the line of a client, of so many bytes at most. A line that the client ends by closing its side is one, too.
func readRequest(r io.Reader, most int) (request, error) {
	b := make([]byte, 0, min(most, 512))
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		from := len(b)
		b = b[:from+n]
		if len(b) > 0 && b[0] == handshake {
			return request{more: true}, errTLS
		}
		line, rest, whole := strings.Cut(string(b[from:]), "\n")
		switch size := from + len(line); {
		case size > most:
			return request{more: true}, errLong
		case whole:
			return parseRequest(string(b[:size]), rest != ""), nil
		case errors.Is(err, io.EOF) && len(b) > 0:
			return parseRequest(string(b), false), nil
		case errors.Is(err, io.EOF):
			return request{}, errSilent
		case err != nil:
			return request{more: len(b) > 0}, err //nolint:wrapcheck // of the connection
		}
	}
}

// parseRequest reads a line without its LF.
func parseRequest(line string, more bool) request {
	fields := strings.SplitN(strings.TrimSuffix(line, "\r"), "\t", 3)
	r := request{selector: fields[0], more: more}
	if len(fields) > 1 {
		r.field = fields[1]
	}
	return r
}

// web reports whether a request is one of HTTP: a browser came to the wrong port.
func (r *request) web() bool {
	words := strings.Fields(r.selector)
	return len(words) == 3 && strings.HasPrefix(words[2], "HTTP/") && strings.ToUpper(words[0]) == words[0] && words[0][0] != '/'
}
