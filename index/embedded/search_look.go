package embedded

import (
	"bytes"
	"slices"
	"time"

	"trawl/index/match"
)

// judged is what all have in common who show what they scan to a judge.
type judged struct {
	*scan
	judge *match.Counter
}

// joinEach is what it takes, about, to put a result of a judge together with those
// of the others, and findEach to find the block of a sighting again.
const (
	joinEach = 150 * time.Nanosecond
	findEach = 20 * time.Nanosecond
)

func (j *judged) toJoin() time.Duration {
	return joinEach*time.Duration(j.judge.Results()) + findEach*time.Duration(j.judge.Occurrences())
}

func (j *judged) wants(int) bool { return true }

// judging shows blocks to a judge.
type judging struct {
	judged
	heads []head // as verifying.heads
	from  uint32 // as verifying.from
	maybe []hit  // what the judge could not tell without their directories
}

func (j *judging) look(w *work, where int, found candidate) error {
	if j.judge.Full() {
		w.late.Store(true)
		return nil
	}
	host, ok, err := j.open(found.data)
	if !ok {
		return err
	}
	j.heads[where] = head{j.block.facts, j.block.known}
	if j.dirsFirst {
		if some, err := j.survey(w, host); !some {
			return err
		}
	}
	if err := j.findHits(found.gone); err != nil {
		return err
	}
	j.judge.Begin(host, j.from+uint32(where))
	j.maybe = j.maybe[:0]
	for i := range j.hits {
		h := &j.hits[i]
		if j.dirsFirst || j.judge.TryEntry(j.at(h), h.folded) == match.Maybe {
			j.maybe = append(j.maybe, *h)
		}
	}
	if len(j.maybe) == 0 {
		return nil
	}
	if !j.dirsFirst {
		if err := j.decodeDirs(); err != nil {
			return err
		}
	}
	return j.lookIn(w, host)
}

// survey decodes the directories of the block and tells whether entries of any may
// match.
func (j *judging) survey(w *work, host int) (some bool, err error) {
	if err := j.decodeDirs(); err != nil {
		return false, err
	}
	for i := range j.block.dirs {
		d := &j.block.dirs[i]
		if d.start == d.end {
			continue
		}
		dir, err := j.directory(w, host, d)
		if err != nil {
			return false, err
		}
		dir.Folded = j.fold(d)
		if !j.judge.Enter(dir).Never {
			return true, nil
		}
	}
	return false, nil
}

// lookIn shows what is in maybe to the judge once more, with the directories.
func (j *judging) lookIn(w *work, host int) error {
	hits := j.maybe
	for i := range j.block.dirs {
		d := &j.block.dirs[i]
		n := within(hits, d)
		if n == 0 {
			continue
		}
		dir, err := j.directory(w, host, d)
		if err != nil {
			return err
		}
		dir.Folded = j.fold(d)
		probe := j.judge.Enter(dir)
		for k := range hits[:n] {
			if h := &hits[k]; passes(probe, h.folded) {
				j.judge.Entry(j.whole(h), h.folded)
			}
		}
		hits = hits[n:]
	}
	return nil
}

// passes tells whether a probe lets a folded name pass.
func passes(probe match.Probe, folded []byte) bool {
	for _, text := range probe.AnyOf {
		if bytes.Contains(folded, text) {
			return true
		}
	}
	return len(probe.AnyOf) == 0 && !probe.Never
}

// collecting shows blocks to a collector.
type collecting struct {
	*scan
	collector *match.Collector
	where     []uint32 // as Choice.Blocks, unless all blocks are looked at
	of        *verifying
	dirs      []match.Directory // of the block
	shown     []bool            // of dirs, whether to show their entries
}

func (c *collecting) toJoin() time.Duration { return 0 }

func (c *collecting) wants(at int) bool {
	if c.where == nil {
		return true
	}
	_, head := c.of.blockAt(c.where[at])
	c.collector.Begin(c.where[at])
	return !head.known || c.promisesBlock(head.facts)
}

// promisesBlock tells whether a block may have places that are wanted, by its facts.
func (c *collecting) promisesBlock(f blockFacts) bool {
	host, ok := c.moment.places[f.host]
	return ok && c.collector.MayImproveBlock(host, int(f.depth), max(f.taken, c.of.confirmed[f.host]))
}

func (c *collecting) look(w *work, at int, found candidate) error {
	if c.where != nil {
		c.collector.Begin(c.where[at])
	}
	host, ok, err := c.open(found.data)
	if !ok || c.block.known && !c.promisesBlock(c.block.facts) {
		return err
	}
	if some, err := c.survey(w, host); !some {
		return err
	}
	if err := c.findHits(found.gone); err != nil {
		return err
	}
	hits := slices.DeleteFunc(c.hits, func(h hit) bool { return !c.collector.Wants(c.at(&h), h.folded) })
	for i := range c.block.dirs {
		d := &c.block.dirs[i]
		n := within(hits, d)
		if n > 0 && c.shown[i] {
			c.dirs[i].Folded = c.fold(d)
			c.collector.Enter(c.dirs[i])
			for k := range hits[:n] {
				c.collector.Entry(c.whole(&hits[k]), hits[k].folded)
			}
		}
		hits = hits[n:]
	}
	return nil
}

// survey decodes the directories of the block and tells which of them may have places
// that are wanted, if any.
func (c *collecting) survey(w *work, host int) (some bool, err error) {
	if err := c.decodeDirs(); err != nil {
		return false, err
	}
	b := &c.block
	c.dirs, c.shown = c.dirs[:0], c.shown[:0]
	for i := range b.dirs {
		d, err := c.directory(w, host, &b.dirs[i])
		if err != nil {
			return false, err
		}
		promises := b.dirs[i].start < b.dirs[i].end && c.collector.MayImprove(d)
		c.dirs, c.shown = append(c.dirs, d), append(c.shown, promises)
		some = some || promises
	}
	return some, nil
}
