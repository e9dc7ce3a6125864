package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"trawl/cmd/trawl/internal/hosted"
	"trawl/ftpd"
	"trawl/index"
)

// hostedIndex keeps what guests may list in the catalogue.
type hostedIndex struct {
	engine   engine
	accounts *accounts
	doors    []index.HostID // the best first
	refresh  time.Duration
	log      *slog.Logger
	changed  chan struct{} // gets a value when guests may see something else

	follower atomic.Pointer[hosted.Follower] // nil: guests see nothing
	folder   atomic.Pointer[string]          // of the follower
}

func newHostedIndex(e engine, a *accounts, doors []index.HostID, refresh time.Duration, log *slog.Logger) *hostedIndex {
	return &hostedIndex{engine: e, accounts: a, doors: doors, refresh: refresh, log: log, changed: make(chan struct{}, 1)}
}

// again says that guests may see something else.
func (x *hostedIndex) again() {
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

// run follows what guests see until ctx is done.
func (x *hostedIndex) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := x.follow(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// follow follows what guests see until that is something else. If there are no guests, the catalogue forgets the host.
func (x *hostedIndex) follow(ctx context.Context) error {
	view, folder := x.accounts.guests()
	if view == nil {
		if err := hosted.Forget(ctx, x.engine, x.doors); err != nil {
			return err
		}
		select {
		case <-x.changed:
		case <-ctx.Done():
		}
		return nil
	}
	known, err := readHosts(ctx, x.engine)
	if err != nil {
		return err
	}
	for _, door := range x.doors {
		if _, is := index.Reached(known.known, door); is {
			continue
		}
		if err := known.checkApart(door); err != nil {
			return fmt.Errorf("host %s: %w", door, err)
		}
	}
	id, err := hosted.Settle(ctx, x.engine, x.doors)
	if err != nil {
		return err
	}
	f := hosted.New(hosted.Config{
		Catalogue: x.engine, Host: id, Scheme: schemes().Lookup(id.Scheme()), View: view, Folder: folder, Refresh: x.refresh, Log: x.log,
	})
	x.folder.Store(&folder)
	x.follower.Store(f)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	select {
	case <-x.changed:
		stop()
		return <-ended
	case err := <-ended:
		return err
	}
}

// observe looks at what a session has changed.
func (x *hostedIndex) observe(e ftpd.Event) {
	switch e.Kind {
	case ftpd.Stored:
		if e.Whole {
			x.look(e.User, e.Path, false)
		}
	case ftpd.Deleted, ftpd.Removed, ftpd.Changed:
		x.look(e.User, e.Path, false)
	case ftpd.Made:
		x.look(e.User, e.Path, true)
	case ftpd.Renamed:
		x.look(e.User, e.Path, false)
		x.look(e.User, e.To, true)
	default:
	}
}

// look looks at a path of a user, if guests see that.
func (x *hostedIndex) look(user, path string, folder bool) {
	f, top := x.follower.Load(), x.folder.Load()
	if f == nil {
		return
	}
	rel, err := filepath.Rel(*top, x.accounts.onDisk(user, path))
	if err == nil && filepath.IsLocal(rel) {
		f.Changed(filepath.Join("/", rel), folder)
	}
}
