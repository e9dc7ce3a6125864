// Package xferlog writes transfers of files in the format of wu-ftpd's and ProFTPD's xferlog(5), which many programs read.
package xferlog

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/index"
)

// Log is an xferlog. Its methods may be called from many goroutines.
type Log struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex // guards what follows
	f      *os.File
	failed bool // the last line could not be written
}

// Open opens a log, to which lines are added. Later failures are written to log.
func Open(path string, log *slog.Logger) (*Log, error) {
	l := &Log{path: path, log: log}
	return l, l.Reopen()
}

// Reopen opens the file again, which another program may have moved away.
func (l *Log) Reopen() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640) //nolint:gosec // the group of the log reads it, as usual
	if err != nil {
		return fmt.Errorf("open xferlog: %w", err)
	}
	l.mu.Lock()
	old := l.f
	l.f, l.failed = f, false
	l.mu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

// Close closes the file. Later events are lost.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	defer func() { l.f = nil }()
	return l.f.Close()
}

// Observe writes a line if the event is the transfer or the end of a file.
func (l *Log) Observe(e ftpd.Event) {
	line, ok := format(e)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return
	}
	_, err := l.f.WriteString(line)
	if err != nil && !l.failed && !errors.Is(err, fs.ErrClosed) {
		l.log.Error("write xferlog", "err", err)
	}
	l.failed = err != nil
}

// format returns the line of an event.
//
//	Mon May  6 12:00:00 2024 3 192.0.2.1 1048576 /pub/a_b.iso b _ o a anonymous ftp 0 * c
//
// These are: the time, the seconds that it took, the peer, the bytes, the path, binary or ASCII, no special action, out or in
// or deleted, anonymous or real, the user, the service (ftp, sftp or scp), no ident, complete or not. Blanks in names become "_".
func format(e ftpd.Event) (line string, ok bool) {
	direction, status := "", "c"
	switch {
	case strings.HasSuffix(e.Path, "/"): // a listing
		return "", false
	case e.Kind == ftpd.Sent:
		direction = "o"
	case e.Kind == ftpd.Stored:
		direction = "i"
	case e.Kind == ftpd.Deleted:
		direction = "d"
	default:
		return "", false
	}
	if e.Kind != ftpd.Deleted && !e.Whole {
		status = "i"
	}
	coding, access := "b", "r"
	if e.ASCII {
		coding = "a"
	}
	if e.User == account.Anonymous {
		access = "a"
	}
	return fmt.Sprintf("%s %d %s %d %s %s _ %s %s %s %s 0 * %s\n",
		e.Time.Format("Mon Jan _2 15:04:05 2006"), int64(e.Took.Seconds()+0.5), e.Peer.Addr(), e.Bytes, word(e.Path),
		coding, direction, access, word(e.User), cmp.Or(e.Door, ftpd.FTP), status), true
}

// word returns a name as one word without a byte that could harm.
func word(name string) string {
	if name == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' {
			return '_'
		}
		return r
	}, index.Visible(name))
}
