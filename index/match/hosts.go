package match

import "math/bits"

// hostSet is a set of positions in the hosts of Compile, a bit each.
type hostSet []uint64

func (p *Plan) hostSet() hostSet { return make(hostSet, len(p.hosts)/64+1) }

func (s hostSet) add(host int) { s[host/64] |= 1 << (host % 64) }

func (s hostSet) count() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// hostSets are the hosts of chosen groups, where a collector is shown all their entries.
type hostSets map[int32]hostSet

func (h hostSets) merge(o hostSets) {
	for chosen, from := range o {
		to := h[chosen]
		if to == nil {
			h[chosen] = from
			continue
		}
		for i := range from {
			to[i] |= from[i]
		}
	}
}

// note notes the host of an entry of a chosen group.
func (s *Collector) note(g *group) {
	if s.hosts == nil || g.count <= 1 {
		return
	}
	set := s.hosts[g.chosen]
	if set == nil {
		set = s.plan.hostSet()
		s.hosts[g.chosen] = set
	}
	set.add(s.dir.Host)
}

// countHosts returns how many hosts have each of some chosen groups. The places that are kept show it where they are
// all. Else it follows from the blocks that hold the group: each is of one host.
func (c *Choice) countHosts(s *Collector, rows []row) []int {
	sets := make([]hostSet, len(rows))
	var wanted []int32 // of each chosen group: its position in rows, from 1, if the blocks have to say it
	for i, r := range rows {
		sets[i] = s.plan.hostSet()
		kept := 0
		for at := s.lists[r.group].first; at >= 0; at = s.places.at(int(at)).next {
			sets[i].add(s.dirs[s.places.at(int(at)).dir].host)
			kept++
		}
		if kept < int(c.table.groups.at(c.groups[r.group]).count) {
			if wanted == nil {
				wanted = make([]int32, len(s.lists))
			}
			wanted[r.group] = int32(i + 1)
		}
	}
	if wanted != nil {
		c.addHosts(s, sets, wanted)
	}
	out := make([]int, len(rows))
	for i := range sets {
		out[i] = sets[i].count()
	}
	return out
}

// addHosts adds to sets the hosts of the wanted groups.
func (c *Choice) addHosts(s *Collector, sets []hostSet, wanted []int32) {
	for chosen, set := range s.hosts {
		if i := wanted[chosen]; i > 0 {
			sets[i-1] = set
		}
	}
	for block := range uint32(max(1, len(c.starts)) - 1) {
		host, known := 0, false
		for _, chosen := range c.chosenIn(block) {
			i := wanted[chosen]
			if i == 0 || c.takeGone(uint32(chosen), block) {
				continue
			}
			if !known {
				host, known = c.hostOf(block), true
			}
			if host >= 0 {
				sets[i-1].add(host)
			}
		}
	}
}

// takeGone reports whether an entry of a chosen group in a block is one that is gone, each once.
func (c *Choice) takeGone(chosen, block uint32) bool {
	if len(c.gone) == 0 {
		return false
	}
	at := occurrence{chosen, block}
	if c.gone[at] == 0 {
		return false
	}
	c.gone[at]--
	return true
}
