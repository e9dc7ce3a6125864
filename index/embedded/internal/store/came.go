package store

import (
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// mostCame is how many entries of one transaction are reported as new; the others are counted.
const mostCame = 1 << 14

// came is what one transaction finds new on a host. Its writer alone uses it.
type came struct {
	watched bool // somebody is to hear of it: the host was crawled whole before
	index.Arrivals
}

// watch has the transaction under way report what it finds new on a host that was crawled whole before. begun is when
// the crawl began, in seconds since 1970, or 0.
func (s *Store) watch(id index.HostID, begun int64, whole bool) {
	s.came = came{watched: whole && s.Appeared != nil}
	if s.came.watched {
		s.came.Host = id
		if begun != 0 {
			s.came.Begun = time.Unix(begun, 0)
		}
	}
}

// appear adds an entry of a directory that is new, or has another size or time.
func (c *came) appear(dir *block.Dir, e *index.Entry, changed bool) {
	if len(c.Entries) >= mostCame {
		c.More++
		return
	}
	c.Entries = append(c.Entries, index.Arrival{
		Path: index.Path(dir.Path).Join(e.Wire()), Shown: string(index.Path(dir.Shown).Join(e.Name)), Entry: *e, Changed: changed,
	})
}

// reportCame reports what the last transaction has found new. It is durable.
func (s *Store) reportCame() {
	if s.Appeared != nil && (len(s.came.Entries) > 0 || s.came.Whole != nil) {
		s.Appeared(s.came.Arrivals)
	}
	s.came = came{}
}
