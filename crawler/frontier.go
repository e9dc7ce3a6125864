package crawler

import (
	"context"
	"sync"

	"trawl/index"
)

// task is a directory that is to be listed.
type task struct {
	dir     index.Path
	above   *lineage
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
	vouched stamp
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
	lanes    int
}

func newFrontier(lanes int) *frontier {
	f := &frontier{lanes: max(1, lanes)}
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

// add adds one directory.
func (f *frontier) add(dir index.Path, above *lineage) {
	if dir == "/" {
		f.push(branch{parent: "", above: above, kids: []kid{{name: ""}}})
		return
	}
	f.push(branch{parent: dir.Dir(), above: above, kids: []kid{{name: dir.Base()}}})
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
		if f.waiting > 0 && f.busy < f.lanes {
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
	t := task{dir: "/", above: b.above, vouched: k.vouched}
	if k.name != "" {
		t.dir = b.parent.Join(k.name)
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

// narrow halves the lanes and returns how many are left. It does nothing when
// fewer than those were busy already, as several tasks may find out at once.
func (f *frontier) narrow() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy >= f.lanes && f.lanes > 1 {
		f.lanes = (f.lanes + 1) / 2
	}
	return f.lanes
}

// left counts the directories that wait.
func (f *frontier) left() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting
}
