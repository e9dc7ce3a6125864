package dictionary

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Dictionary is the dictionary of repeated names: each entry that differs from others by
// name, kind or size once, with the blocks that hold it.
//
// It consists of volumes, which are files that do not change (volume.go). Blocks do not
// change either, so a volume stays true of its blocks. When a mask takes entries from a
// block, or gives them back, a later volume holds these entries once more, as removed or as
// added. When a block is dropped it is dead: searches pass over it, and the next merge of
// its volume leaves it out.
//
// A goroutine follows the store, and may be behind. A search looks up the blocks that the
// dictionary does not cover in the postings; and all blocks if there is no dictionary,
// because names do not repeat often enough (sample.go).
type Dictionary struct {
	store   *store.Store
	files   files
	size    int // names in a block of a volume
	repeats int // how often names repeat on average where there is a dictionary

	cancel  context.CancelFunc // ends what the goroutine that follows does
	quit    chan struct{}      // closed when that goroutine is to end
	done    chan struct{}      // closed when it has ended
	written atomic.Bool        // the store was written since Open
	damaged atomic.Bool        // a search has found a damaged volume
	wake    chan struct{}      // holds a value once damaged is set

	feeding sync.Mutex // held to change state
	mu      sync.Mutex
	state   *State // guarded by mu
}

// Open opens the dictionary in dir and starts to follow the store. A dictionary that cannot
// be read is deleted and made anew. A directory that cannot be written is no error: searches do
// without a dictionary. DefaultRepeats is a good value of repeats; with 1 there
// is always a dictionary.
func Open(dir string, s *store.Store, repeats int) (*Dictionary, error) {
	d := &Dictionary{
		store: s, files: files{dir: dir}, size: max(1, s.BlockSize/2), repeats: repeats,
		quit: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	d.state, err = d.files.load()
	if err == nil && !d.state.continues(v) {
		err = follow.ErrOtherCatalogue
	}
	if err != nil {
		s.Log.Warn("the dictionary of repeated names cannot be used and is made anew", "dir", dir, "err", err)
		d.state.Release()
		d.state = &State{}
	}
	if err := d.files.clean(d.state); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Log.Warn("old files of the dictionary of repeated names could not be removed", "dir", dir, "err", err)
	}
	s.Followers.Persisted(store.Dictionary, d.state.awaits())
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go d.follow(ctx)
	return d, nil
}

// Close ends following and closes the files. Before that it takes in what was written since
// Open and merges volumes. It leaves that to the next Open once endSoon is closed or
// follow.Patience is over.
func (d *Dictionary) Close(endSoon <-chan struct{}) {
	if !d.written.Load() {
		d.cancel()
	}
	close(d.quit)
	select {
	case <-d.done:
	case <-endSoon:
	case <-time.After(follow.Patience):
	}
	d.cancel()
	<-d.done
	d.mu.Lock()
	last := d.state
	d.state = &State{}
	d.mu.Unlock()
	last.Release()
}

// Rebuild makes the dictionary anew. Searches go on without it.
func (d *Dictionary) Rebuild(ctx context.Context) error {
	d.feeding.Lock()
	err := d.install(ctx, &State{kept: d.state.kept})
	d.feeding.Unlock()
	return errors.Join(err, d.CatchUp(ctx))
}

// MarkDamaged reports a volume that cannot be read, so that the dictionary is made anew in
// the background.
func (d *Dictionary) MarkDamaged() {
	d.damaged.Store(true)
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Acquire returns the present state. The caller releases it.
func (d *Dictionary) Acquire() *State {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.state.parts {
		p.users.Add(1)
	}
	return d.state
}

// IsCurrent reports whether s is the present state. The store keeps the changes since the
// present state, but not those since an earlier one.
func (d *Dictionary) IsCurrent(s *State) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state == s
}

// Hold stops all changes of the dictionary until release is called, so that its files can be
// copied.
func (d *Dictionary) Hold() (release func()) {
	d.feeding.Lock()
	return d.feeding.Unlock
}

// Volumes returns the number of volumes, 0 if there is no dictionary.
func (d *Dictionary) Volumes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.state.parts)
}
