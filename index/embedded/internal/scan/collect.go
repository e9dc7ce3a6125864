package scan

import (
	"slices"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/match"
)

// collecting shows blocks to a collector.
type collecting struct {
	*reader
	collector *match.Collector
	run       *run
	where     []uint32          // as Choice.Blocks returns them; nil: all candidates are visited
	dirs      []match.Directory // of the block
	promising []bool            // of dirs: their entries may be wanted places
}

func (c *collecting) timeToJoin() time.Duration { return 0 }

func (c *collecting) wants(at int) bool {
	if c.where == nil {
		return true
	}
	_, head := c.run.blockAt(c.where[at])
	c.collector.Begin(c.where[at])
	return !head.known || c.promisesBlock(head.facts)
}

// promisesBlock reports whether a block may hold places that are wanted, by its facts.
func (c *collecting) promisesBlock(f block.Facts) bool {
	host, ok := c.snapshot.ordinals[f.Host]
	return ok && c.collector.MayImproveBlock(host, int(f.Depth), max(f.Taken, c.run.confirmed[f.Host]))
}

func (c *collecting) visit(w *work, at int, found candidate) error {
	if c.where != nil {
		c.collector.Begin(c.where[at])
	}
	host, ok, err := c.open(found.data)
	if !ok || !c.promisesBlock(c.block.HeadFacts()) {
		return err
	}
	if some, err := c.survey(w, host); !some {
		return err
	}
	if err := c.findHits(found.mask); err != nil {
		return err
	}
	hits := slices.DeleteFunc(c.hits, func(h hit) bool { return !c.collector.Wants(c.entryOf(&h), h.folded) })
	dirs := c.block.Dirs()
	for i := range dirs {
		d := &dirs[i]
		n := countWithin(hits, d)
		if n > 0 && c.promising[i] {
			c.dirs[i].Folded = c.fold(d)
			c.collector.Enter(c.dirs[i])
			for k := range hits[:n] {
				c.collector.Entry(c.wholeEntryOf(&hits[k]), hits[k].folded)
			}
		}
		hits = hits[n:]
	}
	return nil
}

// survey decodes the directories of the block and notes which of them may hold places that
// are wanted. It reports whether any does.
func (c *collecting) survey(w *work, host int) (some bool, err error) {
	if err := c.decodeDirs(); err != nil {
		return false, err
	}
	dirs := c.block.Dirs()
	c.dirs, c.promising = c.dirs[:0], c.promising[:0]
	for i := range dirs {
		d, err := c.directory(w, host, &dirs[i])
		if err != nil {
			return false, err
		}
		promises := dirs[i].Start < dirs[i].End && c.collector.MayImprove(d)
		c.dirs, c.promising = append(c.dirs, d), append(c.promising, promises)
		some = some || promises
	}
	return some, nil
}
