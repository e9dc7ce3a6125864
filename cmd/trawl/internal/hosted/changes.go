package hosted

import (
	"sync"
	"time"
)

// change is a directory that has changed.
type change struct {
	dir  string
	deep bool // with all below it
}

// maxChanges is how many changes are gathered. With more, all is looked at instead.
const maxChanges = 10000

// changes gathers directories that have changed, until they are due.
type changes struct {
	mu    sync.Mutex // guards what follows
	dirs  map[string]*pending
	timer *time.Timer // fires when the first one is due
	first time.Time   // when that is; zero is never
}

// pending is when a directory is due.
type pending struct {
	deep bool
	due  time.Time
}

func newChanges() *changes {
	c := &changes{dirs: map[string]*pending{}, timer: time.NewTimer(time.Hour)}
	c.timer.Stop()
	return c
}

// add adds a directory that is due after a pause. It reports false if there are too many.
func (c *changes) add(dir string, deep bool, after time.Duration) bool {
	due := time.Now().Add(after)
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.dirs[dir]
	switch {
	case p == nil && len(c.dirs) >= maxChanges:
		return false
	case p == nil:
		c.dirs[dir] = &pending{deep, due}
	default:
		p.deep = p.deep || deep
		if due.Before(p.due) {
			p.due = due
		}
	}
	c.wake(c.dirs[dir].due)
	return true
}

// wake lets the timer fire at a time, if it would fire later. c.mu is held.
func (c *changes) wake(at time.Time) {
	if c.first.IsZero() || at.Before(c.first) {
		c.first = at
		c.timer.Reset(time.Until(at))
	}
}

// due returns a channel on which something comes when take is worth while.
func (c *changes) due() <-chan time.Time { return c.timer.C }

// take returns the directories that are due, and forgets them.
func (c *changes) take() (all []change) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first = time.Time{}
	for dir, p := range c.dirs {
		if p.due.After(now) {
			c.wake(p.due)
			continue
		}
		all = append(all, change{dir, p.deep})
		delete(c.dirs, dir)
	}
	return all
}

// clear forgets all directories.
func (c *changes) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.dirs)
}
