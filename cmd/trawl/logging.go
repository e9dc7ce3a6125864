package main

import (
	"log/slog"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/logs"
)

// logging is the log of the process, which is written to standard error.
type logging struct {
	level  logs.Level // may change meanwhile
	format logs.Format

	once sync.Once
	log  *slog.Logger
}

// flags adds the flags to all commands.
func (l *logging) flags(root *cobra.Command) {
	l.format = logs.Auto
	flags := root.PersistentFlags()
	flags.Var(&l.level, "log-level", "least `level` of what is logged: debug, info, warn or error")
	flags.Var(&l.format, "log-format", "`format` of the log: text, json, or auto, which is text without times in the journal of systemd")
	completeFrom(root, "log-level", logs.Levels()...)
	completeFrom(root, "log-format", logs.Formats()...)
}

// logger returns the one logger of the process, once its flags are read.
func (a *app) logger() *slog.Logger {
	a.logging.once.Do(func() {
		a.logging.log = logs.New(a.err, logs.Options{Level: &a.logging.level, Format: a.logging.format, Journal: a.journaled()})
	})
	return a.logging.log
}

// journaled reports whether the journal of systemd reads standard error.
func (a *app) journaled() bool {
	f, ok := a.err.Writer.(*os.File)
	return ok && logs.Journal(f, a.env)
}
