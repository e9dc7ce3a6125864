package pace

import (
	"math"
	"time"
)

// Concurrency decides how many directories of a host are listed at once.
//
// Over a long distance a listing waits most of the time: with a round trip of 50 ms one
// at a time makes ten a second, and four at once are no faster than one on a local
// network. So more are listed at once until some hundred directories a second are
// listed, which is what a host nearby is asked for anyway: the number under way is in
// proportion to the round trip. It grows only while that makes the crawl faster, for a
// host that works more than it waits answers no sooner when more is asked. A host that
// says that it is too busy is asked for half at once.
//
// Only one goroutine may use it at a time.
type Concurrency struct {
	open  int           // that may be under way now
	most  int           // that may ever be
	grant func(int) int // is asked for more connections and returns how many there are; nil grants all
	busy  bool          // the host was too busy
	good  int           // listings that went well since it was
	round round
	fewer round // when less was open; zero if there never was less
}

// round is a while during which all that was open was in use.
type round struct {
	open  int
	tasks int       // that have ended
	begun time.Time // when they had come up to speed
	rate  float64   // tasks a second, once it has ended
}

const (
	brisk      = 400 // listings a second beyond which no more are tried at once
	stride     = 4   // times as many at most after a round
	roundTasks = 2   // for each that is open, before a round and in it
	widenAfter = 64  // listings that must go well before one more is tried after the host was too busy
)

// NewConcurrency returns one that begins with so many at once and may grow to most. It
// asks grant for more connections, and does not ask if that is nil.
func NewConcurrency(open, most int, grant func(int) int) Concurrency {
	open = max(1, open)
	return Concurrency{open: open, most: max(open, most), grant: grant}
}

// Open returns how many may be under way now.
func (c *Concurrency) Open() int { return c.open }

// Busy reports whether the host was too busy for more.
func (c *Concurrency) Busy() bool { return c.busy }

// Listed counts a directory that was listed, now. The argument all reports whether all
// that was open was in use meanwhile.
func (c *Concurrency) Listed(now time.Time, all bool) {
	switch {
	case c.busy:
		if c.good++; c.good >= widenAfter && c.open < c.most {
			c.open++
			c.good = 0
		}
		return
	case c.open >= c.most && c.fewer.open == 0:
		return
	case !all || c.round.open != c.open:
		c.round = round{open: c.open}
	}
	c.round.tasks++
	switch c.round.tasks {
	case roundTasks * c.open:
		c.round.begun = now
	case 2 * roundTasks * c.open:
		c.round.rate = float64(roundTasks*c.open) / max(now.Sub(c.round.begun).Seconds(), 1e-6)
		c.endRound()
	}
}

// endRound decides at the end of a round.
func (c *Concurrency) endRound() {
	last := c.round
	c.round = round{}
	if f := c.fewer; f.open > 0 {
		c.fewer = round{}
		if hoped := f.rate * float64(c.open) / float64(f.open); last.rate < (f.rate+hoped)/2 {
			c.open = max(f.open, int(float64(f.open)*last.rate/f.rate)) // the others bring little
			c.most = c.open
			return
		}
	}
	took := float64(last.open) / last.rate
	want := min(c.most, stride*c.open, int(math.Ceil(brisk*took)))
	if want <= c.open {
		return
	}
	more := want - c.open
	if c.grant != nil {
		more = c.grant(more)
	}
	if more > 0 {
		c.fewer = last
		c.open += more
	}
}

// TooBusy counts a listing for which the host was too busy while so many were under way.
// It halves what is open; when all goes well it opens one after the other again, up to
// where the host was too busy.
func (c *Concurrency) TooBusy(underWay int) {
	if underWay < c.open || c.open == 1 { // it is known already: the host refuses many at once
		return
	}
	c.most = min(c.most, c.open)
	if c.busy || c.open < c.most {
		c.most = c.open - 1
	}
	c.busy, c.good = true, 0
	c.open = min((c.open+1)/2, c.most)
}

// Limit lets no more than so many be under way.
func (c *Concurrency) Limit(most int) {
	c.most = min(c.most, max(1, most))
	c.open = min(c.open, c.most)
}
