package crawler

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"trawl/index"
)

// task is a directory that is to be listed.
type task struct {
	dir     index.Path
	above   *lineage
	self    identity
	again   bool  // it could not be read before; it is not tried a third time
	vouched stamp // its time if that is the one which the catalogue knows, else zero
}

// branch is the directories of one parent that are to be listed: names only, so
// that a million of them take little.
type branch struct {
	parent index.Path
	above  *lineage
	kids   []kid
}

type kid struct {
	name    string
	self    identity
	again   bool
	vouched bool // its time is the one which the catalogue knows
}

// frontier is the directories that are known and not yet listed, the deepest
// first. It lets only so many be worked on at once. Its methods may be called
// from several goroutines.
type frontier struct {
	mu       sync.Mutex // guards all that follows
	change   *sync.Cond
	branches []branch
	waiting  int64
	busy     int
	lanes    lanes
}

func newFrontier(lanes lanes) *frontier {
	f := &frontier{lanes: lanes}
	f.change = sync.NewCond(&f.mu)
	return f
}

// push adds the directories of a parent.
func (f *frontier) push(b branch) {
	if len(b.kids) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.branches = append(f.branches, b)
	f.waiting += int64(len(b.kids))
	f.change.Broadcast()
}

// only is the branch that holds one directory.
func only(t task) branch {
	return branch{parent: t.dir.Dir(), above: t.above, kids: []kid{{name: t.name(), self: t.self, again: t.again}}}
}

// branches puts directories together that have one parent.
func branches(tasks []task) []branch {
	slices.SortFunc(tasks, func(a, b task) int { return cmp.Compare(a.dir, b.dir) })
	var all []branch
	for _, t := range tasks {
		b := only(t)
		if n := len(all); n > 0 && t.dir != "/" && all[n-1].parent == b.parent && all[n-1].above == b.above {
			all[n-1].kids = append(all[n-1].kids, b.kids...)
			continue
		}
		all = append(all, b)
	}
	return all
}

// name is what the directory is called in its branch; the root has no name.
func (t *task) name() string {
	if t.dir == "/" {
		return ""
	}
	return t.dir.Base()
}

// next takes a directory out, when one is there and a lane is free. done must
// follow. The answer is false when all are done or ctx is.
func (f *frontier) next(ctx context.Context) (task, bool) {
	stop := context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.change.Broadcast()
	})
	defer stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for ctx.Err() == nil {
		if f.waiting > 0 && f.busy < f.lanes.open {
			return f.take(), true
		}
		if f.waiting == 0 && f.busy == 0 {
			return task{}, false
		}
		f.change.Wait()
	}
	return task{}, false
}

// take takes the next kid of the youngest branch; mu is held.
func (f *frontier) take() task {
	b := &f.branches[len(f.branches)-1]
	k := b.kids[0]
	t := task{dir: "/", above: b.above, self: k.self, again: k.again}
	if k.name != "" {
		t.dir = b.parent.Join(k.name)
	}
	if k.vouched {
		t.vouched = k.self.when
	}
	b.kids = b.kids[1:]
	if len(b.kids) == 0 {
		f.branches[len(f.branches)-1] = branch{}
		f.branches = f.branches[:len(f.branches)-1]
	}
	f.waiting--
	f.busy++
	return t
}

// done gives back the lane of a task that next returned.
func (f *frontier) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy--
	f.change.Broadcast()
}

// went tells how a listing went: whether the host was too busy for it.
func (f *frontier) went(busy bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if busy {
		f.lanes.tooBusy(f.busy)
		return
	}
	all := f.waiting > 0 && 2*f.busy >= f.lanes.open // others ended as well, and next has not come round yet
	f.lanes.went(time.Now(), all)
}

// limit lets no more than so many be worked on at once.
func (f *frontier) limit(lanes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lanes.limit(lanes)
}

// width returns how many are worked on at once now, and whether the host was
// too busy for more.
func (f *frontier) width() (lanes int, busy bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lanes.open, f.lanes.busy
}

// left counts the directories that wait.
func (f *frontier) left() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting
}
