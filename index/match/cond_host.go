package match

import (
	"slices"
	"strings"

	"trawl/index"
)

// hostCond is met by the entries of some hosts.
type hostCond struct {
	mask  uint64
	hosts []bool // by position in the hosts of Compile
}

var (
	_ condition = (*hostCond)(nil)
	_ directed  = (*hostCond)(nil)
)

func (c *hostCond) level(m *matcher, _ *index.Entry, _ []byte) level {
	return when(m.mask&c.mask != 0, plain)
}

func (c *hostCond) span(_ *matcher, host int, _ *index.Entry, _ []byte) (least, most level) {
	l := when(c.hosts[host], plain)
	return l, l
}

func (c *hostCond) spans() spans { return spansOf(none, plain) }

func (c *hostCond) wants(at dirMask) wants {
	var ordinals []int
	for i, ok := range c.hosts {
		if ok {
			ordinals = append(ordinals, i)
		}
	}
	if ordinals == nil {
		return directedWants(at, c.mask, None{})
	}
	return directedWants(at, c.mask, Host{ordinals})
}

func (c *hostCond) bit() uint64 { return c.mask }

func (c *hostCond) met(m *matcher) bool { return c.hosts[m.dir.Host] }

// matchHosts returns which hosts a name means: those that are reached by that very name, or whose addr
// it is if that is not nil, or else those that have it in their names. A name with
// wildcards must fit as a whole. Each door of a host counts.
func matchHosts(name string, hosts []index.Host, addr func(index.HostID) string) []bool {
	out := make([]bool, len(hosts))
	if strings.ContainsAny(name, "*?") {
		g := parseGlob(name, strings.ToLower)
		for i, h := range hosts {
			out[i] = slices.ContainsFunc(h.Bases(), func(base index.HostID) bool { return g.match([]byte(base.Name())) })
		}
		return out
	}
	port := addr != nil && strings.Contains(name, ":")
	named := func(base index.HostID) bool { return base.Name() == name || port && addr(base) == name }
	is := func(h index.Host) bool { return slices.ContainsFunc(h.Bases(), named) }
	holds := func(base index.HostID) bool { return strings.Contains(base.Name(), name) }
	whole := slices.ContainsFunc(hosts, is)
	for i, h := range hosts {
		out[i] = is(h) || !whole && slices.ContainsFunc(h.Bases(), holds)
	}
	return out
}
