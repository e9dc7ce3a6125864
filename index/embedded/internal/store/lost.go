package store

import (
	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// mostLost is how many paths of one transaction are reported as forgotten; the others are not.
const mostLost = 1 << 14

// lost are the paths that one transaction forgets. Its writer alone uses it.
type lost struct {
	paths map[block.HostNo][]index.Path
	count int
}

// lose adds the path of an entry that is no longer there.
func (s *Store) lose(no block.HostNo, dir, wire []byte) {
	if s.Forgot == nil || s.lost.count >= mostLost {
		return
	}
	if s.lost.paths == nil {
		s.lost.paths = map[block.HostNo][]index.Path{}
	}
	s.lost.paths[no] = append(s.lost.paths[no], index.Path(dir).Join(string(wire)))
	s.lost.count++
}

// reportLost reports what the last transaction has forgotten. It is durable.
func (s *Store) reportLost() {
	if s.lost.count == 0 {
		return
	}
	v, err := s.View()
	if err != nil {
		return // nothing but the report is missing
	}
	defer v.Close()
	hosts, err := v.HostTable()
	if err != nil {
		return
	}
	for no, paths := range s.lost.paths {
		if r := hosts.byNo[no]; r != nil {
			s.Forgot(r.Host.ID, paths...)
		}
	}
}
