// Package hosted keeps what this process hosts in the catalogue: what guests may list, and nothing else. It asks no server:
// it looks at the folder through the view of guests.
//
// The files: doors.go makes one host of all protocols by which an archive is served. follow.go looks at all at the start, and then at what changes. source.go makes listings of folders. watch.go
// learns from the system what changes; changes.go gathers that.
package hosted

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"trawl/crawler"
	"trawl/ftpd/tree"
	"trawl/index"
)

// Config says what is hosted.
type Config struct {
	Catalogue crawler.Catalogue
	Host      index.HostID  // which the catalogue remembers
	Scheme    index.Scheme  // of Host
	View      *tree.View    // of guests
	Folder    string        // of View on the disk, to be watched; "" is none
	Refresh   time.Duration // between looks at all where the folder cannot be watched
	Log       *slog.Logger
}

// The pauses of a Follower.
const (
	gather  = 30 * time.Millisecond // after a change, for more of them
	settle  = 2 * time.Second       // after a write to a file that is seen already, which may be one of many
	heal    = time.Hour             // between looks at all where the folder is watched: they find what no change shows, such as texts
	rest    = 20                    // a pause after a look at all is so many times as long as the look, at least
	patient = time.Second           // after a refusal by the catalogue, which crawls the host perhaps
)

// Follower keeps the catalogue up to date.
type Follower struct {
	Config
	crawler *crawler.Crawler
	changes *changes
}

// New returns a Follower. Run works.
func New(c Config) *Follower {
	return &Follower{
		Config: c, changes: newChanges(),
		crawler: crawler.New(crawler.Config{
			Catalogue: c.Catalogue, Sources: []crawler.Source{&source{c.View, c.Scheme}}, Contact: "trawl@localhost",
		}),
	}
}

// Changed says that something of a path has changed by this process: it is looked at soon. If it is a new folder, so is all
// below it. It never waits, and may be called by many goroutines, before Run, too.
func (f *Follower) Changed(p string, folder bool) {
	f.changes.add(path.Dir(p), false, gather)
	if folder {
		f.changes.add(p, true, gather)
	}
}

// Run works until ctx is done.
func (f *Follower) Run(ctx context.Context) error {
	w := f.watch(ctx)
	defer w.close()
	var before crawler.Summary
	for {
		sum, err := f.look(ctx)
		if sum.Directories != before.Directories || sum.Files != before.Files || sum.Bytes != before.Bytes {
			f.Log.Info("hosted", "host", f.Host, "directories", sum.Directories, "files", sum.Files, "bytes", sum.Bytes)
			before = sum
		}
		pause := f.Refresh
		if w.works() && err == nil {
			pause = heal
		}
		f.follow(ctx, w, max(pause, rest*sum.Took), max(patient, sum.Took))
		if ctx.Err() != nil {
			return nil
		}
	}
}

// look looks at all.
func (f *Follower) look(ctx context.Context) (crawler.Summary, error) {
	f.changes.clear() // the look sees them
	sum, err := f.crawler.Crawl(ctx, f.Host, crawler.Options{Full: true})
	if err != nil && ctx.Err() == nil {
		f.Log.Warn("look at what is hosted", "host", f.Host, "err", err)
		return sum, err
	}
	return sum, nil
}

// follow records changes until it is time to look at all again: after a pause, or after a short one if changes were missed.
func (f *Follower) follow(ctx context.Context, w *watcher, pause, short time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	watched, missed := w.works(), false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-w.lost:
			if !missed { // or a flood of changes would put it off for ever
				missed = true
				timer.Reset(short)
			}
		case <-f.changes.due():
		}
		if watched && !w.works() && !missed {
			timer.Reset(f.Refresh)
			watched = false
		}
		for _, c := range f.changes.take() {
			if err := f.record(ctx, w, c); err != nil && ctx.Err() == nil {
				f.Log.Debug("record a change", "dir", c.dir, "err", err)
				f.changes.add(c.dir, c.deep, patient)
			}
		}
	}
}

// batch is how many directories are recorded at once.
const batch = 1000

// record records a directory, with all below it if the change is deep.
func (f *Follower) record(ctx context.Context, w *watcher, c change) error {
	host, err := f.Catalogue.Host(ctx, f.Host)
	if err != nil {
		return err
	}
	s, err := newServer(f.View, host)
	if err != nil {
		return err
	}
	return f.amend(ctx, s, w, c)
}

// amend hands the listings of a change to the catalogue, in batches.
func (f *Follower) amend(ctx context.Context, s *server, w *watcher, c change) error {
	var listings []index.Listing
	for left := []string{c.dir}; len(left) > 0 && ctx.Err() == nil; {
		dir := left[len(left)-1]
		left = left[:len(left)-1]
		if c.deep {
			w.add(dir) // before it is read, so that no change is missed
		}
		l, err := s.list(index.Path(dir))
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, tree.ErrNoDir):
			continue // the listing of the directory above says so
		case err != nil:
			l = index.Listing{Dir: index.Path(dir), Taken: l.Taken, Way: way, State: index.Denied, Why: "it could not be read"}
		}
		listings = append(listings, l)
		for i := range l.Entries {
			if e := &l.Entries[i]; c.deep && e.Kind == index.Dir {
				left = append(left, path.Join(dir, e.Wire()))
			}
		}
		if len(listings) >= batch {
			if err := f.Catalogue.Amend(ctx, f.Host, listings...); err != nil {
				return err
			}
			listings = nil
		}
	}
	if len(listings) == 0 {
		return ctx.Err()
	}
	if err := f.Catalogue.Amend(ctx, f.Host, listings...); err != nil {
		return fmt.Errorf("record %s: %w", c.dir, err)
	}
	return nil
}
