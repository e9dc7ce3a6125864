package crawler

import (
	"trawl/crawler/pace"
	"trawl/index"
)

// connections decides over how many connections a host is read at once: as many as are
// worth while, but no more than the host was found to take, than the pace that it asks
// for keeps busy, and than other crawls leave.
type connections struct {
	quota   *pace.Quota
	pacer   *pace.Pacer
	known   int // that the host was found to take; 0 is not known
	atFirst int
}

func newConnections(quota *pace.Quota, pacer *pace.Pacer, host *index.Host, limits Limits) *connections {
	return &connections{quota: quota, pacer: pacer, known: host.Known.Connections, atFirst: limits.Host.AtFirst}
}

// bounds returns how many calls of a way run at once, at first and at most. The way
// makes useful calls at once, over a connection each unless it is shared.
func (c *connections) bounds(useful int, shared bool) (few, most int) {
	most = max(1, useful)
	if c.known > 0 && !shared {
		most = min(most, c.known)
	}
	most = min(most, c.pacer.AtOnce())
	if shared {
		return most, most
	}
	return c.quota.UpTo(min(most, c.atFirst)), most
}

// forWay returns the concurrency of a way; nil is one that is no longer offered.
func (c *connections) forWay(way DirWay) pace.Concurrency {
	if way == nil {
		return c.forFiles(1)
	}
	few, most := c.bounds(way.Connections(), way.Shared())
	if way.Shared() {
		return pace.NewConcurrency(few, most, nil)
	}
	return pace.NewConcurrency(few, most, c.quota.More)
}

// forFiles returns the concurrency of reading files over so many connections.
func (c *connections) forFiles(useful int) pace.Concurrency {
	few, most := c.bounds(useful, false)
	return pace.NewConcurrency(few, most, c.quota.More)
}
