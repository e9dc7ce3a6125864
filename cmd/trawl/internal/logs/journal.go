package logs

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
)

// prioritized begins each line with its priority, as the journal reads it (sd-daemon(3)): "<4>level=WARN msg=...".
type prioritized struct {
	slog.Handler

	out *priority
}

// priority writes lines with a prefix.
type priority struct {
	mu   sync.Mutex // held while a line is made
	of   slog.Level // of the line
	w    io.Writer
	line []byte
}

// Write writes a line of the handler, which holds mu.
func (p *priority) Write(b []byte) (int, error) {
	p.line = append(append(p.line[:0], Priority(p.of)...), b...)
	_, err := p.w.Write(p.line)
	return len(b), err //nolint:wrapcheck // it is a writer
}

// Priority returns the prefix by which the journal knows the level of a line: "<6>" for Info.
func Priority(l slog.Level) string {
	n := 7 // debug
	switch {
	case l >= slog.LevelError:
		n = 3
	case l >= slog.LevelWarn:
		n = 4
	case l >= slog.LevelInfo:
		n = 6
	}
	return "<" + strconv.Itoa(n) + ">"
}

// Handle writes a line.
func (h prioritized) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.of = r.Level
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // it is a handler
}

// WithAttrs keeps the prefix.
func (h prioritized) WithAttrs(attrs []slog.Attr) slog.Handler {
	return prioritized{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup keeps the prefix.
func (h prioritized) WithGroup(name string) slog.Handler {
	return prioritized{h.Handler.WithGroup(name), h.out}
}
