package crawler

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// task is a directory that is to be listed.
type task struct {
	loops.Directory
	again   bool        // it could not be read before; it is not tried a third time
	vouched loops.Stamp // its time if that is the one which the catalogue knows, else zero
}

// branch is the directories of one parent that are to be listed: names only, so
// that a million of them take little.
type branch struct {
	parent index.Path
	above  *loops.Lineage
	kids   []kid
}

type kid struct {
	name    string
	self    loops.Identity
	again   bool
	vouched bool // its time is the one which the catalogue knows
}

// frontier is the directories that are known and not yet listed, the deepest
// first. It lets only so many be listed at once. Its methods may be called from several
// goroutines.
type frontier struct {
	mu       sync.Mutex // guards the following
	change   *sync.Cond
	branches []branch
	waiting  int64
	busy     int
	width    pace.Concurrency
}

func newFrontier(width pace.Concurrency) *frontier {
	f := &frontier{width: width}
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

// only returns the branch that holds one directory.
func only(d loops.Directory) branch {
	return branch{parent: d.Dir.Dir(), above: d.Above, kids: []kid{{name: nameOf(d.Dir), self: d.Self}}}
}

// retry returns the branch that holds one directory, which could not be read before.
func retry(d loops.Directory) branch {
	b := only(d)
	b.kids[0].again = true
	return b
}

// branches puts directories together that have one parent.
func branches(dirs []loops.Directory) []branch {
	slices.SortFunc(dirs, func(a, b loops.Directory) int { return cmp.Compare(a.Dir, b.Dir) })
	var all []branch
	for _, d := range dirs {
		b := only(d)
		if n := len(all); n > 0 && d.Dir != "/" && all[n-1].parent == b.parent && all[n-1].above == b.above {
			all[n-1].kids = append(all[n-1].kids, b.kids...)
			continue
		}
		all = append(all, b)
	}
	return all
}

// nameOf returns the name of a directory in its branch; the root has none.
func nameOf(dir index.Path) string {
	if dir == "/" {
		return ""
	}
	return dir.Base()
}

// next takes a directory out. It waits until there is one and it may be listed, and
// reports false when all are done or ctx is. The caller calls done after the listing.
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
		if f.waiting > 0 && f.busy < f.width.Open() {
			return f.pop(), true
		}
		if f.waiting == 0 && f.busy == 0 {
			return task{}, false
		}
		f.change.Wait()
	}
	return task{}, false
}

// pop takes the next kid of the youngest branch; mu is held.
func (f *frontier) pop() task {
	b := &f.branches[len(f.branches)-1]
	k := b.kids[0]
	t := task{Directory: loops.Directory{Dir: "/", Above: b.above, Self: k.self}, again: k.again}
	if k.name != "" {
		t.Dir = b.parent.Join(k.name)
	}
	if k.vouched {
		t.vouched = k.self.When
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

// done ends a task that next returned.
func (f *frontier) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy--
	f.change.Broadcast()
}

// listed counts a directory that was listed.
func (f *frontier) listed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.waiting > 0 && 2*f.busy >= f.width.Open() // others ended as well, and next has not come round yet
	f.width.Listed(time.Now(), all)
}

// tooBusy counts a directory that the host was too busy to list.
func (f *frontier) tooBusy() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.width.TooBusy(f.busy)
}

// limit lets no more than so many be listed at once.
func (f *frontier) limit(most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.width.Limit(most)
}

// atOnce returns how many are listed at once now, and whether the host was too busy for
// more.
func (f *frontier) atOnce() (open int, busy bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.width.Open(), f.width.Busy()
}

// left counts the directories that wait.
func (f *frontier) left() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting
}
