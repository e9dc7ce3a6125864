package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/index/socket"
	"trawl/web/gone"
	"trawl/web/news"
)

// engine is the engine of the data directory. It is opened here, or served by the process
// that holds the directory.
type engine interface {
	index.Catalogue
	index.Keeper
	index.Copier
	io.Closer
}

var (
	_ engine = (*holder)(nil)
	_ engine = (*socket.Client)(nil)
)

// holder is an engine that this process holds, with what hosts no longer have and what was found new on them.
type holder struct {
	*embedded.Engine

	gone *gone.Book
	news *news.Book
}

// goneFile is the file in the data directory of what hosts no longer have.
const goneFile = "gone.log"

// newsDir is the folder in the data directory of what was found new on hosts.
const newsDir = "news"

// hold opens the engine of a data directory, unless another process holds it.
func (a *app) hold(dir string, o embedded.Options) (*holder, error) {
	o.Addr, o.Log = schemes().Addr, a.logger()
	book := gone.At(filepath.Join(dir, goneFile), o.Log)
	o.Forgot = book.Add
	fresh := news.At(filepath.Join(dir, newsDir), o.Log)
	o.Appeared = fresh.Add
	e, err := embedded.Open(dir, o)
	if err != nil {
		return nil, err
	}
	return &holder{e, book, fresh}, nil
}

// Close closes all of them.
func (h *holder) Close() error {
	return errors.Join(h.Engine.Close(), h.gone.Close(), h.news.Close())
}

const (
	heldWait = 3 * time.Second // for a data directory that another process holds and does not serve
	farewell = 5 * time.Second // at the end, for the commands that work through this process
)

// use calls do with the engine of a data directory that exists.
func (a *app) use(ctx context.Context, do func(context.Context, engine) error) error {
	dir, err := a.existing()
	if err != nil {
		return err
	}
	return a.with(ctx, dir, do)
}

// create is use, but makes the data directory if there is none.
func (a *app) create(ctx context.Context, do func(context.Context, engine) error) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	return a.with(ctx, dir, do)
}

func (a *app) with(ctx context.Context, dir string, do func(context.Context, engine) error) error {
	e, err := a.engine(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, e), e.Close())
}

// share is create for commands that run long: meanwhile other commands work through this
// process.
func (a *app) share(ctx context.Context, do func(context.Context, engine) error) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	return a.with(ctx, dir, func(ctx context.Context, e engine) error {
		if own, ok := e.(*holder); ok {
			return lend(ctx, dir, own, a.lent, do)
		}
		return do(ctx, e)
	})
}

// own is share for commands that must hold the data directory themselves.
func (a *app) own(ctx context.Context, do func(context.Context, engine) error) error {
	return a.share(ctx, func(ctx context.Context, e engine) error {
		if _, lent := e.(*socket.Client); lent {
			return errors.New("another trawl serves this data directory; stop it, or choose another directory with --data")
		}
		return do(ctx, e)
	})
}

// lend serves e on the socket of dir while do runs, as shown shows it to commands; nil shows it as it is.
func lend(ctx context.Context, dir string, e engine, shown func(index.Catalogue) index.Catalogue, do func(context.Context, engine) error) error {
	l, err := socket.Listen(ctx, dir)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	var catalogue index.Catalogue = e
	if shown != nil {
		catalogue = shown(e)
	}
	go func() { served <- socket.NewServer(catalogue, e, e).Serve(serving, l, farewell) }()
	err = do(ctx, e)
	stop()
	return errors.Join(err, <-served)
}

// engine opens the engine of dir, or connects to the process that holds it.
func (a *app) engine(ctx context.Context, dir string) (engine, error) {
	deadline := time.Now().Add(heldWait)
	for {
		own, err := a.hold(dir, embedded.Options{SkipMerging: ctx.Done(), Lag: embedded.ServingLag}) //nolint:contextcheck // the engine works until it is closed
		if err == nil {
			return own, nil
		}
		if !errors.Is(err, embedded.ErrHeld) {
			return nil, err
		}
		lent, err := socket.Dial(ctx, dir)
		if err == nil {
			return lent, nil
		}
		if !errors.Is(err, socket.ErrNoServer) {
			return nil, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("open %s: another process holds it; wait until that ends, or choose another directory with --data", dir)
		}
		select {
		case <-time.After(heldWait / 60):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// completing returns a shell completion; ask returns the words that a started word may become.
func (a *app) completing(ask func(context.Context, engine, string) ([]string, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, started string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
		err := a.use(cmd.Context(), func(ctx context.Context, e engine) (err error) {
			found, err = ask(ctx, e, started)
			return err
		})
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		for i, s := range found {
			found[i] = strings.Map(printable, s)
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completingSpots returns a shell completion of hosts and paths. No blank follows one, since a path
// may go on.
func (a *app) completingSpots() cobra.CompletionFunc {
	complete := a.completing(completeSpot)
	return func(cmd *cobra.Command, args []string, started string) ([]cobra.Completion, cobra.ShellCompDirective) {
		found, how := complete(cmd, args, started)
		return found, how | cobra.ShellCompDirectiveNoSpace
	}
}

// printable drops characters that a completion script could not print.
func printable(r rune) rune {
	if index.Visible(string(r)) != string(r) {
		return -1
	}
	return r
}
