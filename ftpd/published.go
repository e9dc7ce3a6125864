package ftpd

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"trawl/ftpd/tree"
)

// PublishedName is the name of a list of all files, as crawlers look for it in the root.
const PublishedName = "ls-lR.gz"

// Published is a list of a whole tree, as ls -lR makes it, compressed. It lies aside from the tree, and is shown in it by
// [tree.Store.Publish].
//
// The list is exact at the moment that is the time of its file. For that the tree is listed twice: what does not change
// between its two looks was so all the time between, so what both lists have in common was there at the end of the first. A
// tree that never stands still keeps the list that it had. Nobody sees a list that is half-written.
type Published struct {
	file    string
	log     *slog.Logger
	changed chan struct{}

	view *tree.View        // of which the list is; nil: there is none
	sum  [sha256.Size]byte // of the list before it is compressed
}

var _ tree.Published = (*Published)(nil)

// NewPublished returns a list that will lie in a directory. An older list there is removed, since rights may
// have changed.
func NewPublished(dir string, log *slog.Logger) (*Published, error) {
	p := &Published{file: filepath.Join(dir, PublishedName), log: log, changed: make(chan struct{}, 1)}
	return p, p.remove()
}

// Stat describes the list.
func (p *Published) Stat() (fs.FileInfo, error) { return os.Stat(p.file) }

// Open opens the list. It stays as it is while it is open.
func (p *Published) Open() (fs.File, error) {
	f, err := os.Open(p.file)
	if err != nil {
		return nil, err // not f: a nil *os.File is a fs.File that is not nil
	}
	return f, nil
}

// Changed says that the tree has changed. Then Keep looks soon.
func (p *Published) Changed() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Observe takes note of what sessions change.
func (p *Published) Observe(e Event) {
	switch e.Kind {
	case Stored, Deleted, Removed, Changed, Made, Renamed:
		p.Changed()
	default:
	}
}

// idle is how long Keep rests after a look, in multiples of the time that it took.
const idle = 20

// settle is how long Keep waits after a change: more often come together.
const settle = time.Second

// Keep keeps the list up to date until ctx is done: it looks when Changed is called, and now and then since others may change
// files, too. It lists what a view shows, which may become another one. Nil shows nothing.
func (p *Published) Keep(ctx context.Context, view func() *tree.View, every time.Duration) {
	for ctx.Err() == nil {
		start := time.Now()
		if err := p.update(ctx, view()); err != nil && ctx.Err() == nil {
			p.log.Warn("the list of all files stays as it was", "file", p.file, "err", err)
		}
		took := time.Since(start)
		timer := time.NewTimer(max(every, idle*took))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-p.changed:
			select {
			case <-ctx.Done():
			case <-time.After(max(settle, idle*took)):
			}
		}
		timer.Stop()
	}
}

// errMoves is the error of a tree that changes while it is listed.
var errMoves = errors.New("files changed while they were listed")

// tries is how often a tree that changes is listed again at once.
const tries = 3

// update makes the list anew if the tree has changed.
func (p *Published) update(ctx context.Context, view *tree.View) error {
	if view != p.view {
		if err := p.remove(); err != nil {
			return err
		}
	}
	if view == nil {
		return nil
	}
	moment, err := p.build(ctx, view, func() {})
	if err != nil {
		return errors.Join(err, os.RemoveAll(p.aside()))
	}
	if moment.IsZero() {
		return nil
	}
	return errors.Join(os.Chtimes(p.aside(), moment, moment), os.Rename(p.aside(), p.file))
}

// build makes the list aside, and returns the moment at which it is exact. If nothing has changed since the list was made, that
// gets a new time, and the moment is zero. Between is called between two looks.
func (p *Published) build(ctx context.Context, view *tree.View, between func()) (moment time.Time, err error) {
	for range tries {
		start := time.Now()
		line := newLongLine(listOptions{})
		sum, err := list(ctx, view, line, io.Discard)
		switch {
		case err != nil:
			return moment, err
		case p.view == view && sum == p.sum && os.Chtimes(p.file, start, start) == nil:
			return time.Time{}, nil
		}
		moment = time.Now()
		between()
		again, err := p.write(ctx, view, line)
		switch {
		case err != nil:
			return moment, err
		case again == sum:
			p.view, p.sum = view, sum
			return moment, nil
		}
	}
	return moment, errMoves
}

// remove removes the list.
func (p *Published) remove() error {
	p.view = nil
	if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the list of all files: %w", err)
	}
	return nil
}

// aside is where the list is written.
func (p *Published) aside() string { return p.file + ".new" }

// write writes a list aside. It returns the sum of its content.
func (p *Published) write(ctx context.Context, view *tree.View, line liner) (sum [sha256.Size]byte, err error) {
	f, err := os.OpenFile(p.aside(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // it is for all
	if err != nil {
		return sum, err
	}
	z := gzip.NewWriter(f)
	sum, err = list(ctx, view, line, z)
	return sum, errors.Join(err, z.Close(), f.Close())
}

// list writes what a view shows in the form of ls -lR, without the list itself. It returns the sum of what it wrote.
func list(ctx context.Context, view *tree.View, line liner, to io.Writer) (sum [sha256.Size]byte, err error) {
	opened, err := view.Entries("/")
	if err != nil {
		return sum, err
	}
	defer opened.Close()
	l := &lister{
		listOptions: listOptions{long: true, recursive: true}, view: view, log: slog.New(slog.DiscardHandler),
		memory: newMemory(sortingMemory), line: line, path: "/", opened: opened, without: PublishedName,
	}
	h := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(h, to), 64<<10)
	if err := cmp.Or(l.tree(ctx, w), w.Flush()); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
