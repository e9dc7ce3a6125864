// Package logfile writes the lines of a log to a file that another program moves away now and then, as logrotate(8) does.
package logfile

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
)

// File is a file of lines. Its methods may be called from many goroutines.
type File struct {
	what string // it holds, for messages
	path string // "": it cannot be opened again
	log  *slog.Logger

	mu     sync.Mutex // guards what follows
	w      io.WriteCloser
	failed bool // the last line could not be written
}

// Open opens the file at path, to which lines are added. What names the log in messages; failures after this one are written to log.
func Open(path, what string, log *slog.Logger) (*File, error) {
	f := &File{what: what, path: path, log: log}
	return f, f.Reopen()
}

// To returns a log that is written to a stream, which stays open.
func To(w io.Writer, what string, log *slog.Logger) *File {
	return &File{what: what, log: log, w: stream{w}}
}

type stream struct{ io.Writer }

func (stream) Close() error { return nil }

// Reopen opens the file again, which another program may have moved away. What was open stays so if that fails.
func (f *File) Reopen() error {
	if f.path == "" {
		return nil
	}
	opened, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640) //nolint:gosec // the group of the log reads it, as usual
	if err != nil {
		return fmt.Errorf("open %s: %w", f.what, err)
	}
	f.mu.Lock()
	old := f.w
	f.w, f.failed = opened, false
	f.mu.Unlock()
	if old != nil {
		return old.Close() //nolint:wrapcheck // of the file
	}
	return nil
}

// Close closes the file. Later lines are lost.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil {
		return nil
	}
	defer func() { f.w = nil }()
	return f.w.Close() //nolint:wrapcheck // of the file
}

// Write adds a line, which has its end. That lines are lost is logged once, until one is written again.
func (f *File) Write(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil {
		return
	}
	_, err := f.w.Write(line)
	if err != nil && !f.failed {
		f.log.Error("write "+f.what, "err", err)
	}
	f.failed = err != nil
}
