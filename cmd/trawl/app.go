package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/logs"
	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/pace"
	"trawl/index"
	"trawl/index/embedded"
	"trawl/search/query"
)

// app is one run of the command: its streams, its environment and its data directory.
type app struct {
	gates pace.Gates // of all crawls and fetches

	in       io.Reader
	out, err *terminal
	env      func(string) string
	now      func() time.Time
	environ  []string               // all variables, "NAME=value"; nil: nobody is warned of wrong ones
	data     string                 // --data
	config   string                 // --config
	warned   sync.Map               // by name, the files of secrets that everybody may read
	schema   *settings.Schema       // of the file of settings
	file     *settings.File         // as it was read first; nil: not yet
	origins  map[*pflag.Flag]string // where the values of flags come from, as far as they are given
	hangup   hangup
	resolve  lookup // of names of hosts; nil: they are not checked

	lent       func(index.Catalogue) index.Catalogue // what commands see that work through this process; nil: the catalogue as it is
	logging    logging
	interrupts interrupts
}

// The exit codes, those of grep.
const (
	exitOK   = 0
	exitSome = 1 // nothing found, or only a part done
	exitBad  = 2 // a wrong command line, a bad query, or nothing done
)

// exitCode is the error of a command that has printed everything about it already: only
// the exit code is left.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run runs a command line and returns its exit code. A failure prints one line to a.err,
// never a stack trace.
func (a *app) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(a.err, "trawl: internal error: %s; nothing is lost, please report this line and your command line\n",
				index.Visible(fmt.Sprint(cause)))
			code = exitBad
		}
	}()
	root := newRoot(a) //nolint:contextcheck // cobra hands ctx to the commands
	a.schema = settings.NewSchema(append(flagKeys(root), hostKeys()...)...)
	root.SetArgs(searchArgs(root, args))
	return a.report(ctx, root.ExecuteContext(ctx))
}

// report prints err and returns the exit code for it.
func (a *app) report(ctx context.Context, err error) int {
	var code exitCode
	var wrong *query.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &wrong) && strings.TrimSpace(wrong.Text) != "":
		a.complain(errors.New("search: " + wrong.Msg))
		for line := range strings.Lines(wrong.Caret()) {
			fmt.Fprint(a.err, "  "+line)
		}
		a.taken(wrong.Text)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(a.err, "trawl: interrupted")
	default:
		a.complain(err)
	}
	return exitBad
}

// complain prints an error in one line, for the journal of systemd with its priority.
func (a *app) complain(err error) {
	line := "trawl: " + index.Visible(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
	if a.journaled() {
		line = logs.Priority(slog.LevelError) + line
	}
	fmt.Fprintln(a.err, line)
}

// dir returns the data directory.
func (a *app) dir() (string, error) {
	if a.data != "" || a.env("TRAWL_DATA") != "" {
		return a.namedDir()
	}
	if f, err := a.settings(); err == nil {
		if v, ok := f.Value("data"); ok && v.Text != "" {
			return filepath.Abs(f.Resolve(v.Text))
		}
	}
	return a.namedDir()
}

// namedDir returns the data directory as the command line or the environment has it, or the default.
func (a *app) namedDir() (string, error) {
	for _, dir := range []string{a.data, a.env("TRAWL_DATA")} {
		if dir != "" {
			return filepath.Abs(dir)
		}
	}
	base := a.env("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the data directory: %w; name it with --data", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "trawl"), nil
}

// errNoCatalogue is in the error of existing if there is none.
var errNoCatalogue = errors.New("there is no catalogue")

// existing returns the data directory if there is a catalogue in it.
func (a *app) existing() (string, error) {
	dir, err := a.dir()
	if err != nil {
		return "", err
	}
	exists, err := embedded.Exists(dir)
	if err != nil {
		return "", fmt.Errorf("open data directory: %w", err)
	}
	if !exists {
		return "", fmt.Errorf("open %s: %w yet; trawl crawl URL makes one, --data DIR names another", dir, errNoCatalogue)
	}
	return dir, nil
}
