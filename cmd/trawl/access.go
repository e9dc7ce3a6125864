package main

import (
	"log/slog"
	"net/http"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/accesslog"
	"trawl/cmd/trawl/internal/logfile"
	"trawl/web/answered"
)

// access is the access log of the portal, and of hosted files over HTTP. Its zero value is none.
type access struct {
	path   string // "": none; "-": standard output
	format accesslog.Options

	file *logfile.File // nil: none
}

// flags adds the flags to a command.
func (l *access) flags(cmd *cobra.Command) {
	l.format.Format = accesslog.Combined
	flags := cmd.Flags()
	flags.StringVar(&l.path, "access-log", "", "`file` for a line for each answer over HTTP, - for standard output; else none")
	flags.Var(&l.format.Format, "access-format", "`format` of those lines: combined or json")
	flags.BoolVar(&l.format.Queries, "access-queries", false, "log with each address its query, which says what people look for")
	completeFrom(cmd, "access-format", string(accesslog.Combined), string(accesslog.JSON))
}

// open opens the log, if there is to be one. The caller closes it.
func (l *access) open(a *app, log *slog.Logger) (err error) {
	const what = "the access log"
	switch l.path {
	case "":
	case "-":
		l.file = logfile.To(a.out, what, log)
	default:
		l.file, err = logfile.Open(l.path, what, log)
	}
	return err
}

// reopen opens the file again, which another program may have moved away.
func (l *access) reopen(log *slog.Logger) {
	if l.file == nil {
		return
	}
	if err := l.file.Reopen(); err != nil {
		log.Error("the access log stays as it is", "err", err)
	}
}

// close closes the log.
func (l *access) close() {
	if l.file != nil {
		l.file.Close() //nolint:errcheck // each line is in the file already
	}
}

// observers returns what is to see the answers of a door; user as [accesslog.To] has it.
func (l *access) observers(door string, user func(*http.Request) string) []func(*answered.Answer) {
	if l.file == nil {
		return nil
	}
	return []func(*answered.Answer){accesslog.To(l.file, l.format, door, user)}
}
