// Package xferlog writes transfers of files in the format of wu-ftpd's and ProFTPD's xferlog(5), which many programs read.
package xferlog

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"

	"trawl/cmd/trawl/internal/logfile"
	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/index"
)

// Log is an xferlog. Its methods may be called from many goroutines.
type Log struct{ *logfile.File }

// Open opens a log, to which lines are added. Later failures are written to log.
func Open(path string, log *slog.Logger) (*Log, error) {
	f, err := logfile.Open(path, "xferlog", log)
	return &Log{f}, err
}

// Observe writes a line if the event is the transfer or the end of a file.
func (l *Log) Observe(e ftpd.Event) {
	if line, ok := format(e); ok {
		l.Write([]byte(line))
	}
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
