// Package logs makes the logger of the process: text or JSON, by level, for a file, a terminal or the journal of systemd.
//
// logs.go makes it and reads its settings, value.go makes what is logged safe to print, journal.go knows the journal.
package logs

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Options are what New needs. The zero values are defaults.
type Options struct {
	Level   slog.Leveler // of the least important lines; nil is slog.LevelInfo
	Format  Format
	Journal bool // the journal of systemd reads the lines: see [Journal]
}

// New returns a logger that writes to w. Each line is written at once. Foreign strings in it are made visible, and cut where
// they are long, so that a line is one line of printable characters.
func New(w io.Writer, o Options) *slog.Logger {
	handled := slog.HandlerOptions{Level: o.Level}
	asText := o.Format != JSON
	handled.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
		if o.Journal && asText && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
			return slog.Attr{} // the journal has its own
		}
		return slog.Attr{Key: a.Key, Value: printable(a.Value, asText)}
	}
	var p *priority
	if o.Journal {
		p = &priority{w: w}
		w = p
	}
	var h slog.Handler = slog.NewJSONHandler(w, &handled)
	if asText {
		h = slog.NewTextHandler(w, &handled)
	}
	if p != nil {
		h = prioritized{h, p}
	}
	return slog.New(h)
}

// Format is how lines are written. It is the value of a flag.
type Format string

// The formats.
const (
	Auto Format = "auto" // text; without times for the journal
	Text Format = "text"
	JSON Format = "json"
)

// Formats returns the words for all formats.
func Formats() []string { return []string{string(Auto), string(Text), string(JSON)} }

// Set reads the format.
func (f *Format) Set(s string) error {
	switch Format(s) {
	case Auto, Text, JSON:
		*f = Format(s)
		return nil
	}
	return fmt.Errorf("a format of logs is %s, not %q", strings.Join(Formats(), ", "), s)
}

// String returns the word for the format.
func (f *Format) String() string { return string(*f) }

// Type is that of the flag.
func (*Format) Type() string { return "format" }

// Level is how important a line must be. It is the value of a flag, and may change while it is in use.
type Level struct{ slog.LevelVar }

// Levels returns the words for all levels, the least important first.
func Levels() []string { return []string{"debug", "info", "warn", "error"} }

// Set reads the level.
func (l *Level) Set(s string) error {
	for i, name := range Levels() {
		if s == name {
			l.LevelVar.Set([]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}[i])
			return nil
		}
	}
	return fmt.Errorf("a level of logs is %s, not %q", strings.Join(Levels(), ", "), s)
}

// String returns the word for the level.
func (l *Level) String() string { return strings.ToLower(l.Level().String()) }

// Type is that of the flag.
func (*Level) Type() string { return "level" }
