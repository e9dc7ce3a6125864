package scan

import (
	"bytes"
	"time"

	"trawl/index/match"
)

// counting shows what a reader finds to a counter.
type counting struct {
	*reader
	counter *match.Counter
}

// About how long it takes to put a result of a counter together with those of the others, and
// to find the block again that a counter has seen it in.
const (
	joinTime = 150 * time.Nanosecond
	findTime = 20 * time.Nanosecond
)

func (c *counting) timeToJoin() time.Duration {
	return joinTime*time.Duration(c.counter.Results()) + findTime*time.Duration(c.counter.Occurrences())
}

func (c *counting) wants(int) bool { return true }

// blockCounting shows blocks of the store to a counter.
type blockCounting struct {
	counting

	heads []head // run.heads
	first uint32 // run.firstBlock
	maybe []hit  // the hits that the counter cannot decide without their directories
}

func (c *blockCounting) visit(w *work, where int, found candidate) error {
	if c.counter.Full() {
		w.late.Store(true)
		return nil
	}
	host, ok, err := c.open(found.data)
	if !ok {
		return err
	}
	c.heads[where] = head{c.block.HeadFacts(), true}
	if c.dirsFirst {
		if some, err := c.survey(w, host); !some {
			return err
		}
	}
	if err := c.findHits(found.mask); err != nil {
		return err
	}
	c.counter.Begin(host, c.first+uint32(where))
	c.maybe = c.maybe[:0]
	for i := range c.hits {
		h := &c.hits[i]
		if c.dirsFirst || c.counter.TryEntry(c.entryOf(h), h.folded) == match.Maybe {
			c.maybe = append(c.maybe, *h)
		}
	}
	if len(c.maybe) == 0 {
		return nil
	}
	if !c.dirsFirst {
		if err := c.decodeDirs(); err != nil {
			return err
		}
	}
	return c.countInDirs(w, host)
}

// survey decodes the directories of the block and reports whether entries of any may match.
func (c *blockCounting) survey(w *work, host int) (some bool, err error) {
	if err := c.decodeDirs(); err != nil {
		return false, err
	}
	dirs := c.block.Dirs()
	for i := range dirs {
		d := &dirs[i]
		if d.Start == d.End {
			continue
		}
		dir, err := c.directory(w, host, d)
		if err != nil {
			return false, err
		}
		dir.Folded = c.fold(d)
		if !c.counter.Enter(dir).Never {
			return true, nil
		}
	}
	return false, nil
}

// countInDirs shows the hits in maybe to the counter once more, with their directories.
func (c *blockCounting) countInDirs(w *work, host int) error {
	hits, dirs := c.maybe, c.block.Dirs()
	for i := range dirs {
		d := &dirs[i]
		n := countWithin(hits, d)
		if n == 0 {
			continue
		}
		dir, err := c.directory(w, host, d)
		if err != nil {
			return err
		}
		dir.Folded = c.fold(d)
		probe := c.counter.Enter(dir)
		for k := range hits[:n] {
			if h := &hits[k]; passes(probe, h.folded) {
				c.counter.Entry(c.wholeEntryOf(h), h.folded)
			}
		}
		hits = hits[n:]
	}
	return nil
}

// passes reports whether a probe lets a folded name pass.
func passes(probe match.Probe, folded []byte) bool {
	for _, text := range probe.AnyOf {
		if bytes.Contains(folded, text) {
			return true
		}
	}
	return len(probe.AnyOf) == 0 && !probe.Never
}

var (
	_ visitor = (*blockCounting)(nil)
	_ visitor = (*nameCounting)(nil)
	_ visitor = (*collecting)(nil)
)
