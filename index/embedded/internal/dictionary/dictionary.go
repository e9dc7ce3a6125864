package dictionary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Dictionary is the roll of all names: each entry that differs from others by name, kind or
// size once, with the blocks that hold it. Mirrors, and trees that hold the same names
// again and again, cost a search once what they have in common.
//
// It stands in volumes, files that do not change (roll_volume.go). Blocks never change
// either, so a volume tells for good what some blocks hold. It follows the store like
// the postings, and may be behind: what it does not cover searches look up in the
// postings, and all of it if there is no roll. That a mask takes entries from a block,
// or gives them back, is told by a later volume, in which they count as taken away or
// added once more. A block that was dropped is dead, and passed over, until a merge
// leaves it out.
//
// It is kept only where names repeat (roll_worth.go).
type Dictionary struct {
	store   *store.Store
	dir     string
	size    int // names a block of a volume
	repeats int // as Options.Repeats

	ctx     context.Context //nolint:containedctx // of the goroutine that follows
	cancel  context.CancelFunc
	quit    chan struct{} // closed when it is to end
	done    chan struct{} // closed when it has ended
	fed     atomic.Bool   // the store was written since it was opened
	spoiled atomic.Bool   // a search has found a volume damaged,
	wake    chan struct{} // and this holds a value then

	feeding sync.Mutex // held by who changes state

	mu    sync.Mutex // guards what follows
	state *State
	last  uint64 // the number given to a volume last
}

// State is the roll at one moment. It does not change, but for what once finds out.
type State struct {
	kept   bool     // there is a roll; else there is a sample
	seq    uint64   // it tells all of blocks, drops and masks up to this number
	sample []uint32 // hashes of names, ascending
	parts  []part
	dead   []block.ID // those that a volume holds, ascending

	once sync.Once           // of what follows
	base []uint32            // of each part, the position of its first block among all; and how many there are
	same []map[uint32]uint32 // of each part, the positions of the blocks that a part before covers, too
}

// part is a volume and what of it is dead.
type part struct {
	*volume

	dead bitset // by positions in volume.blocks; nil: none is
}

const (
	// batchBlocks is how many blocks make a volume at most, so that they fit in memory,
	// and how many the follower waits for while more keep coming.
	batchBlocks = 4096

	// waitRounds is how often it waits lazily for that many.
	waitRounds = 4

	// manyVolumes is how many there may be while more keep coming, and mergeVolumes how
	// many of the smallest then become one.
	manyVolumes  = 12
	mergeVolumes = 8

	// growth is by how much a volume is larger than all smaller ones together once
	// nothing more comes.
	growth = 3
)

// Open opens the roll in dir and starts to follow the store. One that cannot be
// read is thrown away and made anew.
func Open(dir string, s *store.Store, repeats int) (*Dictionary, error) {
	r := &Dictionary{
		store: s, dir: dir, size: max(1, s.BlockSize/2), repeats: repeats,
		quit: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the roll: %w", store.Explain(err))
	}
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	last := v.Sequence()
	v.Close()
	err = r.load()
	if err == nil && r.state.seq > last {
		err = follow.ErrOtherCatalogue
	}
	if err != nil {
		s.Log.Warn("the roll of names cannot be used and is made anew", "dir", dir, "err", err)
		r.state.Release()
		r.state = &State{}
	}
	if err := r.clean(); err != nil {
		r.state.Release()
		return nil, err
	}
	s.Persisted(store.Dictionary, r.state.awaits())
	r.ctx, r.cancel = context.WithCancel(context.Background())
	go r.follow()
	return r, nil
}

// Close ends following and closes the files. What was written since open is taken in
// before, and volumes are merged, unless hurry is closed or it takes too long: then the
// next open goes on.
func (r *Dictionary) Close(hurry <-chan struct{}) {
	if !r.fed.Load() {
		r.cancel()
	}
	close(r.quit)
	select {
	case <-r.done:
	case <-hurry:
	case <-time.After(follow.Patience):
	}
	r.cancel()
	<-r.done
	r.mu.Lock()
	last := r.state
	r.state = &State{}
	r.mu.Unlock()
	last.Release()
}

// follow takes in what the store writes until quit is closed, and once more then.
func (r *Dictionary) follow() {
	defer close(r.done)
	failed := false
	for quit := false; ; {
		err := r.CatchUp(r.ctx)
		if err != nil && !failed && r.ctx.Err() == nil {
			r.store.Log.Error("the roll of names cannot be written, searches are slower meanwhile; it is tried again", "dir", r.dir, "err", err)
		}
		if failed && err == nil {
			r.store.Log.Info("the roll of names is written again", "dir", r.dir)
		}
		failed = err != nil
		if quit {
			return
		}
		var retry <-chan time.Time
		if failed {
			retry = time.After(follow.RetryMost)
		}
		select {
		case <-r.quit:
			quit = true
		case <-retry:
		case <-r.wake:
		case <-r.store.Changed(store.Dictionary):
			r.fed.Store(true)
			follow.AwaitMore(r.quit, batchBlocks, waitRounds, r.behind)
		}
	}
}

// behind returns by how many numbers the roll is behind the store.
func (r *Dictionary) behind() (uint64, error) {
	r.mu.Lock()
	seq := r.state.seq
	r.mu.Unlock()
	return r.store.Since(seq)
}

// CatchUp takes in all that the store holds, and merges volumes. A roll of which a volume
// is damaged is begun anew.
func (r *Dictionary) CatchUp(ctx context.Context) error {
	r.feeding.Lock()
	defer r.feeding.Unlock()
	for {
		more, err := r.advance(ctx)
		switch {
		case errors.Is(err, ErrDamaged):
			r.store.Log.Warn("the roll of names is damaged and made anew", "dir", r.dir, "err", err)
			err = r.install(ctx, &State{kept: true})
		case err == nil && !more:
			return r.giveUp(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// advance takes in some of what the store has, and merges volumes.
func (r *Dictionary) advance(ctx context.Context) (more bool, err error) {
	if r.spoiled.Swap(false) && r.state.kept {
		return true, ErrDamaged
	}
	if more, err = r.step(ctx); err == nil {
		err = r.tidy(ctx, more)
	}
	return more, err
}

// MarkDamaged tells that a volume cannot be read.
func (r *Dictionary) MarkDamaged() {
	r.spoiled.Store(true)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Rebuild makes the roll anew, while searches go on without it.
func (r *Dictionary) Rebuild(ctx context.Context) error {
	r.feeding.Lock()
	err := r.install(ctx, &State{kept: r.state.kept})
	r.feeding.Unlock()
	return errors.Join(err, r.CatchUp(ctx))
}

// step takes in some of what the store has and the roll has not, and reports whether
// there may be more. feeding is held.
func (r *Dictionary) step(ctx context.Context) (more bool, err error) {
	old := r.state
	if !old.kept {
		return r.survey(ctx, old)
	}
	g, more, err := r.collect(ctx, old.seq)
	if err != nil || g.last == old.seq {
		return false, err
	}
	next := &State{kept: true, seq: g.last, parts: slices.Clone(old.parts), dead: union(old.dead, g.dropped)}
	if g.len() == 0 {
		return more, r.install(ctx, next)
	}
	fresh, err := r.write(ctx, g.blocks, g.facts, g.each)
	if err != nil {
		return false, err
	}
	return more, r.installWith(ctx, next, fresh)
}

// installWith is install of a state with one more volume, if there is anything in it.
func (r *Dictionary) installWith(ctx context.Context, next *State, fresh *volume) error {
	if fresh.names > 0 {
		next.parts = append(next.parts, part{volume: fresh})
	}
	err := r.install(ctx, next)
	if err != nil || fresh.names == 0 {
		fresh.obsolete.Store(true)
		fresh.release()
	}
	return err
}

// collect gathers what comes after seq; more tells that this is not all.
func (r *Dictionary) collect(ctx context.Context, seq uint64) (g *gathering, more bool, err error) {
	v, err := r.store.View()
	if err != nil {
		return nil, false, err
	}
	defer v.Close()
	g = &gathering{view: v, seq: seq}
	if err := g.run(ctx); err != nil {
		return nil, false, fmt.Errorf("read blocks: %w", err)
	}
	return g, g.last < v.Sequence(), nil
}

// tidy merges volumes as long as it is time to; more tells that others will come soon.
func (r *Dictionary) tidy(ctx context.Context, more bool) error {
	for {
		some := toMerge(r.state.parts, more)
		if len(some) == 0 {
			return nil
		}
		if err := r.merge(ctx, some); err != nil {
			return err
		}
	}
}

// merge makes one volume of some, told by their positions.
func (r *Dictionary) merge(ctx context.Context, some []int) error {
	next := &State{kept: true, seq: r.state.seq, dead: r.state.dead}
	var those []part
	for i, p := range r.state.parts {
		if slices.Contains(some, i) {
			those = append(those, p)
		} else {
			next.parts = append(next.parts, p)
		}
	}
	m := newMerging(those)
	fresh, err := r.write(ctx, m.blocks, m.facts, m.each)
	if err != nil {
		return err
	}
	return r.installWith(ctx, next, fresh)
}

// toMerge returns the positions of the volumes that are to become one.
func toMerge(parts []part, more bool) []int {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return parts[a].names - parts[b].names })
	if more {
		if len(parts) <= manyVolumes {
			return nil
		}
		return order[:mergeVolumes]
	}
	n, sum := 0, 0
	for i, at := range order {
		p := parts[at]
		if i > 0 && p.names < growth*sum || p.dead.count()*4 > len(p.blocks) {
			n = i + 1
		}
		sum += p.names
	}
	return order[:n]
}

// union returns the numbers in either, ascending.
func union(a, b []block.ID) []block.ID {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// install makes next the state, once it is on the disk. feeding is held.
func (r *Dictionary) install(ctx context.Context, next *State) error {
	slices.SortStableFunc(next.parts, func(a, b part) int { return len(b.blocks) - len(a.blocks) })
	next.bury()
	if err := r.save(next); err != nil {
		return err
	}
	r.mu.Lock()
	old := r.state
	r.state = next
	r.mu.Unlock()
	for _, p := range old.parts {
		if !next.holds(p.volume) {
			p.obsolete.Store(true)
			p.release()
		}
	}
	if next.awaits() < old.awaits() {
		return r.store.Retain(ctx, store.Dictionary, next.awaits())
	}
	r.store.Persisted(store.Dictionary, next.awaits())
	return nil
}

// awaits returns the number after which the roll wants to know of all changes.
func (s *State) awaits() uint64 {
	if !s.kept {
		return store.NotFollowing
	}
	return s.seq
}

func (s *State) holds(v *volume) bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.volume == v })
}

// bury finds what is dead in the volumes, and forgets the dead that none holds.
func (s *State) bury() {
	held := make([]bool, len(s.dead))
	for i := range s.parts {
		p := &s.parts[i]
		p.dead = nil
		for k, id := range s.dead {
			if at, ok := slices.BinarySearch(p.blocks, id); ok {
				p.dead = p.dead.with(at, len(p.blocks))
				held[k] = true
			}
		}
	}
	at := -1
	s.dead = slices.DeleteFunc(slices.Clone(s.dead), func(block.ID) bool {
		at++
		return !held[at]
	})
}

// IsCurrent tells whether a state is the present one.
func (r *Dictionary) IsCurrent(s *State) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == s
}

// Acquire returns the present state. It is to be let go of.
func (r *Dictionary) Acquire() *State {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.state.parts {
		p.users.Add(1)
	}
	return r.state
}

// Release ends a use of the state.
func (s *State) Release() {
	for _, p := range s.parts {
		p.release()
	}
}

// Hold keeps the roll as it is, so that its files can be copied, until release is called.
func (r *Dictionary) Hold() (release func()) {
	r.feeding.Lock()
	return r.feeding.Unlock
}

// Volumes returns how many volumes there are, 0 if there is no roll.
func (r *Dictionary) Volumes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.state.parts)
}

// path returns the directory of a volume.
func (r *Dictionary) path(number uint64) string {
	return filepath.Join(r.dir, fmt.Sprintf("%d", number))
}
