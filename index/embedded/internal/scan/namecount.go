package scan

import "trawl/index/embedded/internal/dictionary"

// nameCounting shows blocks of names of the dictionary to a counter.
type nameCounting struct {
	counting

	names  *dictionary.Reader
	places dictionary.PlaceCounter
}

func (c *nameCounting) visit(w *work, where int, _ candidate) (err error) {
	defer dictionary.Guarded(&err)()
	if c.counter.Full() {
		w.late.Store(true)
		return nil
	}
	if err = c.names.DecodeHead(where, &c.block); err == nil {
		err = c.findHits(nil)
	}
	if err == nil {
		err = c.count(where)
	}
	if err != nil {
		return c.names.DamagedAt(where, err)
	}
	return nil
}

// count shows the hits of a block of names to the counter.
func (c *nameCounting) count(where int) error {
	first := c.names.FirstName(where)
	c.places.Begin(where, &c.block)
	for i := range c.hits {
		h := &c.hits[i]
		e := c.entryOf(h)
		if !c.counter.Matches(e, h.folded) {
			continue
		}
		n, err := c.places.Places(h.entry)
		if err != nil {
			return err
		}
		c.counter.Count(e, h.folded, n, first+uint32(h.entry)) // n is 0 where all places were removed
	}
	return nil
}
