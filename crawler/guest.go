package crawler

import (
	"context"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Guest is how a source stays polite and small: each source asks it before a
// command is sent and after bytes were read, and it delays as the host's limits
// say; and each tells it what it keeps of what the host told. A nil Guest and the
// zero value never delay and never refuse. Its methods may be called from several
// goroutines.
type Guest struct {
	memory   *share        // nil is unlimited
	commands *rate.Limiter // nil is unlimited
	bytes    *rate.Limiter // nil is unlimited
}

// NewGuest returns a Guest that lets so many commands and bytes a second pass;
// 0 is unlimited.
func NewGuest(commands, bytes int) *Guest {
	g := &Guest{commands: rate.NewLimiter(rate.Inf, 1), bytes: rate.NewLimiter(rate.Inf, 1)}
	if commands > 0 {
		g.commands = rate.NewLimiter(rate.Limit(commands), max(1, commands/4))
	}
	if bytes > 0 {
		g.bytes = rate.NewLimiter(rate.Limit(bytes), bytes)
	}
	return g
}

// Command waits until one more command may be sent, or until ctx is done.
func (g *Guest) Command(ctx context.Context) error {
	if g == nil || g.commands == nil {
		return ctx.Err()
	}
	return g.commands.Wait(ctx)
}

// Bytes accounts for n bytes that were read and waits while that was too fast.
func (g *Guest) Bytes(ctx context.Context, n int) error {
	if g == nil || g.bytes == nil || g.bytes.Limit() == rate.Inf {
		return ctx.Err()
	}
	for n > 0 {
		part := min(n, g.bytes.Burst())
		if err := g.bytes.WaitN(ctx, part); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

// Spend takes bytes of memory for what the host tells, beyond the listings that
// are handed over at once. It is false, and nothing is taken, if that would be more
// than this host may have; ErrCrowded says so.
func (g *Guest) Spend(n int64) bool {
	return g == nil || g.memory == nil || g.memory.try(n)
}

// Restore gives back what was taken.
func (g *Guest) Restore(n int64) {
	if g != nil && g.memory != nil {
		g.memory.restore(n)
	}
}

// slower makes commands keep at least the distance that a host asks for.
func (g *Guest) slower(distance time.Duration) {
	if limit := rate.Every(distance); limit < g.commands.Limit() {
		g.commands.SetLimit(limit)
		g.commands.SetBurst(1)
	}
}

// wait is how long so many commands of one listing may wait for their turns, among
// those of as many listings as lanes allows.
func (g *Guest) wait(commands int) time.Duration {
	if g == nil || g.commands == nil || g.commands.Limit() == rate.Inf {
		return 0
	}
	const others = 256 // commands under way, where the pace is fast
	distance := float64(time.Second) / float64(g.commands.Limit())
	return time.Duration(float64(commands) * max(distance, min(float64(keptBusy), others*distance)))
}

// keptBusy is how long what is under way keeps a pace busy.
const keptBusy = 10 * time.Second

// lanes is how many listings at once the pace keeps busy for that long: what waits
// longer for its turn would look as if it hung.
func (g *Guest) lanes() int {
	if limit := g.commands.Limit(); limit < 1000 {
		return max(1, int(float64(limit)*keptBusy.Seconds()))
	}
	return math.MaxInt
}
