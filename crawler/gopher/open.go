package gopher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"trawl/index"
)

// Open reads a file from the offset on. Gopher cannot start in the middle, so that the
// bytes before are read and dropped.
//
// The bytes are those of the wire, but for the end of a text, which is an item of type 0 in its
// menu: RFC 1436 section 3.8 ends it by a line with a dot, and doubles the dot of lines that begin
// with one. The last line is left out where a server sends it. The doubled dots of such a
// server are single ones again, in texts of up to mostText bytes: without the last line
// nothing was doubled, and a longer text is not held back until it is seen. Trawl's own server sends texts as they are.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	answer, err := s.open(ctx, p, offset)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	return answer, nil
}

func (s *server) open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	it, err := s.find(ctx, p)
	if err != nil {
		return nil, err
	}
	answer, err := s.ask(ctx, selectorAt(p))
	if err != nil {
		return nil, err
	}
	body := answer
	if it.kind == '0' && s.host.Known.Software != ownServer {
		body, err = plain(answer)
	}
	if err == nil {
		_, err = io.CopyN(io.Discard, body, offset)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		answer.Close()
		return nil, err
	}
	return body, nil
}

// ownServer is what the file of software of Trawl's own server says (ftpd/gopher).
const ownServer = "Trawl"

// mostText bounds the texts whose doubled dots are undone, in bytes.
const mostText = 256 << 10

// body is a text that is read, with the answer that it comes from.
type body struct {
	io.Reader
	io.Closer
}

// plain returns a text without its last line; see Open.
func plain(answer io.ReadCloser) (io.ReadCloser, error) {
	head := make([]byte, mostText)
	n, err := io.ReadFull(answer, head)
	head = head[:n]
	switch {
	case err == nil:
		return body{&ending{from: io.MultiReader(bytes.NewReader(head), answer)}, answer}, nil
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, err
	}
	if text := withoutEnd(head); len(text) < len(head) {
		head = bytes.ReplaceAll(text, []byte("\n.."), []byte("\n."))
		if bytes.HasPrefix(head, []byte("..")) {
			head = head[1:]
		}
	}
	return body{bytes.NewReader(head), answer}, nil
}

// withoutEnd returns a text without the line with a dot that ends it.
func withoutEnd(text []byte) []byte {
	for _, end := range []string{".\r\n", ".\n", "."} {
		if rest, found := bytes.CutSuffix(text, []byte(end)); found && (len(rest) == 0 || rest[len(rest)-1] == '\n') {
			return rest
		}
	}
	return text
}

// ending reads a text and leaves out the line with a dot that ends it.
type ending struct {
	from io.Reader
	held []byte // read and not yet handed over: it may be the end
	err  error  // that ended the text
}

// longest is how many bytes the end has, with the end of the line before.
const longest = len("\n.\r\n")

func (e *ending) Read(p []byte) (int, error) {
	for e.err == nil && len(e.held) <= longest {
		more := make([]byte, 32<<10)
		n, err := e.from.Read(more)
		e.held = append(e.held, more[:n]...)
		if e.err = err; errors.Is(err, io.EOF) {
			e.held = withoutEnd(e.held)
		}
	}
	ready := len(e.held)
	if e.err == nil {
		ready -= longest
	}
	if ready == 0 {
		return 0, e.err
	}
	n := copy(p, e.held[:ready])
	e.held = e.held[n:]
	return n, nil
}
