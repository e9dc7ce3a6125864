package main

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// sessionLog is the log of the FTP server of serve. It leaves out the sessions of serve's
// own crawls, except for their warnings. Package ftpd derives a logger for each session.
type sessionLog struct {
	slog.Handler
	visitor string       // the password of those crawls
	own     *atomic.Bool // whether the session is one of theirs
}

func newSessionLog(to slog.Handler, visitor string) sessionLog {
	return sessionLog{to, visitor, new(atomic.Bool)}
}

// WithAttrs returns the log of a session.
func (g sessionLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return newSessionLog(g.Handler.WithAttrs(attrs), g.visitor)
}

// Handle writes r, unless its session is one of serve itself.
func (g sessionLog) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(attr slog.Attr) bool {
		if attr.Key == "password" && attr.Value.String() == g.visitor {
			g.own.Store(true)
		}
		return true
	})
	if g.own.Load() && r.Level < slog.LevelWarn {
		return nil
	}
	return g.Handler.Handle(ctx, r)
}
