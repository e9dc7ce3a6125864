package match

import "trawl/index"

// textCond is met by the texts that an engine has found.
type textCond struct{ texts *texts }

var _ condition = (*textCond)(nil)

func (c *textCond) level(m *matcher, e *index.Entry, _ []byte) level {
	_, ok := c.texts.at(&m.dir, e)
	return when(ok, plain)
}

func (c *textCond) span(*matcher, int, *index.Entry, []byte) (least, most level) { return none, plain }

func (c *textCond) spans() spans { return spansOf(none, plain) }

func (c *textCond) wants(dirMask) wants { return filterWants(At{c.texts.hits}) }

// texts are those that hold the words of text:.
type texts struct {
	words string // "" if the query has no text:
	hits  []Hit
	found map[placeID]int // positions in hits
}

// placeID names a place.
type placeID struct {
	host int // position in the hosts of Compile
	path string
}

// set replaces the hits.
func (t *texts) set(hits []Hit) {
	t.hits = hits
	t.found = make(map[placeID]int, len(hits))
	for i, h := range hits {
		t.found[placeID{h.Host, string(h.Path)}] = i
	}
}

// at returns the position in hits of the text at an entry's place, if it was found.
func (t *texts) at(d *Directory, e *index.Entry) (hit int, ok bool) {
	hit, ok = t.found[placeID{d.Host, string(d.Path.Join(e.Wire()))}]
	return hit, ok
}
