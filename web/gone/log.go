package gone

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"trawl/ftpd/wholefile"
	"trawl/index"
)

// The file has a line for each path, in the order in which they were found to be gone:
//
//	1732969500 ftp://ftp.example.org/ /pub/old%20name.iso
//
// that is the time in seconds since 1970, the ID of the host, and the path in the bytes of the wire, percent-encoded. Lines
// that are not understood are left out when it is read, as a last one that was torn off.

// file is the file of a Book, to which lines are added.
type file struct {
	out    *os.File // nil if it is not open
	lines  int      // in it
	torn   bool     // the last line may have no end
	failed bool     // the last write failed, which was logged
}

// mostLines is how many lines the file may have before it is written anew.
const mostLines = 2 * Most

// mostBytes is how much of a file is read.
const mostBytes = 64 << 20

// At returns the Book of a file. It is read when the Book is first used, and made with the first path. A file that cannot be read or
// written costs a line of the log. The caller closes the Book, and sees to it that no other process uses the file.
func At(path string, log *slog.Logger) *Book { return &Book{path: path, log: log} }

// Close closes the file. Later paths are remembered in memory alone.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.shut()
}

func (b *Book) shut() error {
	out := b.file.out
	if b.file.out = nil; out == nil {
		return nil
	}
	return out.Close()
}

// read reads the file, and writes it anew without what is old, doubled or torn.
func (b *Book) read() {
	err := b.parseAll()
	if err == nil && b.order.Len() > 0 {
		err = b.rewrite()
	}
	if err != nil {
		b.fail(err)
	}
}

// parseAll remembers what the file holds.
func (b *Book) parseAll() error {
	in, err := os.Open(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, mostBytes))
	if err != nil {
		return err
	}
	now := time.Now()
	for line := range strings.Lines(string(text)) {
		if e, ok := parse(line); ok && e.since.Before(now.Add(renewal)) && now.Sub(e.since) < Age {
			b.remember(e)
		}
	}
	b.file.torn = true
	return nil
}

// write adds entries to the file.
func (b *Book) write(entries []entry) {
	if b.path == "" || b.closed || len(entries) == 0 {
		return
	}
	err := b.add(entries)
	if err != nil && !b.file.failed {
		b.fail(err)
	}
	b.file.failed = err != nil
}

func (b *Book) add(entries []entry) error {
	if b.file.lines+len(entries) > mostLines {
		return b.rewrite()
	}
	if b.file.out == nil {
		out, err := os.OpenFile(b.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		b.file.out = out
	}
	var text bytes.Buffer
	if b.file.torn {
		text.WriteByte('\n')
	}
	for _, e := range entries {
		text.WriteString(e.line())
	}
	_, err := b.file.out.Write(text.Bytes())
	b.file.torn = err != nil
	b.file.lines += len(entries)
	return err
}

// rewrite replaces the file by one that holds what is remembered, and no more.
func (b *Book) rewrite() error {
	var text bytes.Buffer
	for at := b.order.Front(); at != nil; at = at.Next() {
		e := at.Value.(entry)
		text.WriteString(e.line())
	}
	if err := b.shut(); err != nil {
		return err
	}
	if err := wholefile.Write(b.path, text.Bytes()); err != nil {
		return err
	}
	b.file.lines, b.file.torn = b.order.Len(), false
	return nil
}

func (b *Book) fail(err error) {
	b.log.Warn("the file of what is gone cannot be read or written; what is found to be gone meanwhile is 404 after a restart",
		"path", b.path, "err", index.Visible(err.Error()))
}

// line returns an entry as a line of the file.
func (e *entry) line() string {
	return fmt.Sprintf("%d %s %s\n", e.since.Unix(), e.host, (&url.URL{Path: string(e.path)}).EscapedPath())
}

// parse reads a line.
func parse(line string) (entry, bool) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return entry{}, false
	}
	unix, err := strconv.ParseInt(fields[0], 10, 64)
	path, wrong := url.PathUnescape(fields[2])
	if errors.Join(err, wrong) != nil || !strings.HasPrefix(path, "/") {
		return entry{}, false
	}
	return entry{place{index.HostID(fields[1]), index.Path(path)}, time.Unix(unix, 0)}, true
}
