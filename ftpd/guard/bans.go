package guard

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Ban is an address that may not connect.
type Ban struct {
	Addr   netip.Prefix // an address, or the /64 of one
	Until  time.Time
	Failed int // failed logins that led to it; 0 for one that was added by hand
}

// failure is what is remembered of the failed logins of an address.
type failure struct {
	count int       // within Config.Within of each other
	last  time.Time // the last one
	bans  int       // that it had before
}

// forgiven is how long after its last failed login an address has had no bans.
const forgiven = 30 * 24 * time.Hour

// since returns f without the bans that are forgotten now.
func (f failure) since(now time.Time) failure {
	if now.Sub(f.last) > forgiven {
		f.bans = 0
	}
	return f
}

// failures remembers failed logins in two generations: when the young one is full, the old one is forgotten.
type failures struct{ young, old map[netip.Addr]failure }

// The most addresses of which something is remembered.
const (
	maxFailures = 16384 // of a generation
	maxBans     = 16384
)

func newFailures() failures { return failures{young: make(map[netip.Addr]failure)} }

func (f *failures) get(k netip.Addr) failure {
	if v, ok := f.young[k]; ok {
		return v
	}
	return f.old[k]
}

func (f *failures) set(k netip.Addr, v failure) {
	if len(f.young) >= maxFailures {
		f.young, f.old = make(map[netip.Addr]failure), f.young
	}
	f.young[k] = v
}

func (f *failures) forget(k netip.Addr) {
	delete(f.young, k)
	delete(f.old, k)
}

// bans are addresses that are banned.
type bans map[netip.Addr]Ban

// until returns when the ban of k ends.
func (b bans) until(k netip.Addr, now time.Time) (time.Time, bool) {
	ban, ok := b[k]
	return ban.Until, ok && now.Before(ban.Until)
}

// add adds a ban. If there are too many, those go that are over, and an eighth of the others: those that end first.
func (b bans) add(k netip.Addr, ban Ban, now time.Time) {
	if _, there := b[k]; !there && len(b) >= maxBans {
		ends := make([]time.Time, 0, len(b))
		for _, old := range b {
			ends = append(ends, old.Until)
		}
		slices.SortFunc(ends, time.Time.Compare)
		until := ends[len(ends)/8]
		maps.DeleteFunc(b, func(_ netip.Addr, old Ban) bool { return !old.Until.After(until) || !now.Before(old.Until) })
	}
	b[k] = ban
}

// Failed counts a failed login of an address, and returns how long its answer shall wait. The address is banned when
// there were too many, unless it is of one's own networks.
func (g *Guard) Failed(addr netip.Addr) (wait time.Duration) {
	c, k, now := g.config, Counted(addr), time.Now()
	if g.own(addr) {
		return max(0, c.Delay)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.failures.get(k).since(now)
	if now.Sub(f.last) > c.Within {
		f.count = 0
	}
	f.count, f.last = f.count+1, now
	wait = doubled(c.Delay, c.MaxDelay, f.count-1)
	if c.Failures > 0 && f.count >= c.Failures {
		g.bans.add(k, Ban{Addr: prefix(k), Until: now.Add(doubled(c.Ban, c.MaxBan, f.bans)), Failed: f.count}, now)
		g.change()
		f.bans++
		f.count = 0
	}
	g.failures.set(k, f)
	return wait
}

// doubled returns d doubled n times, and at most limit.
func doubled(d, limit time.Duration, n int) time.Duration {
	if limit <= 0 {
		limit = d
	}
	for ; n > 0 && 0 < d && d < limit; n-- {
		d *= 2
	}
	return max(0, min(d, limit))
}

// own reports whether an address is of one's own networks.
func (g *Guard) own(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return !addr.IsValid() || slices.ContainsFunc(g.config.Own, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Banned returns whether an address is banned, and until when.
func (g *Guard) Banned(addr netip.Addr) (until time.Time, ok bool) {
	if g.own(addr) {
		return time.Time{}, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok = g.bans.until(Counted(addr), time.Now())
	if !ok {
		return time.Time{}, false
	}
	return until, true
}

// Bans returns all bans, the one that ends first before the others.
func (g *Guard) Bans() []Ban {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Ban
	for _, ban := range g.bans {
		if now.Before(ban.Until) {
			all = append(all, ban)
		}
	}
	slices.SortFunc(all, func(a, b Ban) int { return cmp.Or(a.Until.Compare(b.Until), a.Addr.Compare(b.Addr)) })
	return all
}

// Ban bans an address for some time. It returns false for one of one's own networks.
func (g *Guard) Ban(addr netip.Addr, d time.Duration) bool {
	if g.own(addr) {
		return false
	}
	k, now := Counted(addr), time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bans.add(k, Ban{Addr: prefix(k), Until: now.Add(d)}, now)
	g.change()
	return true
}

// Unban ends the ban of an address and forgets its failed logins. It returns false if it was not banned.
func (g *Guard) Unban(addr netip.Addr) bool {
	k := Counted(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	_, banned := g.bans.until(k, time.Now())
	delete(g.bans, k)
	g.change()
	g.failures.forget(k)
	return banned
}

// prefix returns what a key stands for.
func prefix(k netip.Addr) netip.Prefix {
	if k.Is6() {
		return netip.PrefixFrom(k, 64)
	}
	return netip.PrefixFrom(k, k.BitLen())
}
