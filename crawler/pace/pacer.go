package pace

import (
	"context"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Pacer keeps a source polite and small. A source asks it before it sends a command and
// after it has read bytes, and is delayed as the host's limits say. A source also reports
// the memory that it keeps of what the host said. A nil Pacer and the zero value never
// delay and never refuse. Its methods may be called from several goroutines.
type Pacer struct {
	memory   *Budget       // nil is unlimited
	commands *rate.Limiter // nil is unlimited
	bytes    *rate.Limiter // nil is unlimited
	quota    *Quota        // nil is unlimited
	party    *Party        // nil is unlimited
}

// NewPacer returns a Pacer that lets so many commands and bytes a second pass; 0 is
// unlimited, and so is no memory.
func NewPacer(commands, bytes int, memory *Budget) *Pacer {
	p := &Pacer{memory: memory, commands: rate.NewLimiter(rate.Inf, 1), bytes: rate.NewLimiter(rate.Inf, 1)}
	if commands > 0 {
		p.commands = rate.NewLimiter(rate.Limit(commands), max(1, commands/4))
	}
	if bytes > 0 {
		p.bytes = rate.NewLimiter(rate.Limit(bytes), bytes)
	}
	return p
}

// Share lets a source take connections out of the quota of the crawl by AllowConnections.
// It must be called before the pacer is used.
func (p *Pacer) Share(quota *Quota) { p.quota = quota }

// Visit makes a source take each connection to the host from a party, with which the bytes a
// second are shared. It must be called before the pacer is used.
func (p *Pacer) Visit(party *Party) {
	if p.party = party; party != nil && party.gate.bytes != nil {
		p.bytes = party.gate.bytes
	}
}

// Party returns the party of which a source takes its connections; nil is unlimited.
func (p *Pacer) Party() *Party {
	if p == nil {
		return nil
	}
	return p.party
}

// AllowConnections reports whether the crawl may hold n connections, and takes those out
// of its quota that it lacks.
func (p *Pacer) AllowConnections(n int) bool {
	return p == nil || p.quota == nil || p.quota.UpTo(n) == n
}

// Command waits until one more command may be sent, or until ctx is done.
func (p *Pacer) Command(ctx context.Context) error {
	if p == nil || p.commands == nil {
		return ctx.Err()
	}
	return p.commands.Wait(ctx)
}

// Bytes accounts for n bytes that were read and waits while that was too fast.
func (p *Pacer) Bytes(ctx context.Context, n int) error {
	if p == nil || p.bytes == nil || p.bytes.Limit() == rate.Inf {
		return ctx.Err()
	}
	for n > 0 {
		part := min(n, p.bytes.Burst())
		if err := p.bytes.WaitN(ctx, part); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

// Spend takes bytes of memory for what the host says, beyond the listings that are handed
// over at once. It reports whether this host may have so much; if not, it takes nothing.
func (p *Pacer) Spend(n int64) bool {
	return p == nil || p.memory == nil || p.memory.TrySpend(n)
}

// Restore gives memory back.
func (p *Pacer) Restore(n int64) {
	if p != nil && p.memory != nil {
		p.memory.Restore(n)
	}
}

// SlowDown makes commands keep at least the distance that a host asks for.
func (p *Pacer) SlowDown(distance time.Duration) {
	if limit := rate.Every(distance); limit < p.commands.Limit() {
		p.commands.SetLimit(limit)
		p.commands.SetBurst(1)
	}
}

// Wait returns how long so many commands of one listing may wait for the pace, among those of
// as many listings as AtOnce allows.
func (p *Pacer) Wait(commands int) time.Duration {
	if p == nil || p.commands == nil || p.commands.Limit() == rate.Inf {
		return 0
	}
	const others = 256 // commands under way, where the pace is fast
	distance := float64(time.Second) / float64(p.commands.Limit())
	return time.Duration(float64(commands) * max(distance, min(float64(keptBusy), others*distance)))
}

// keptBusy is how long the listings under way keep a pace busy.
const keptBusy = 10 * time.Second

// AtOnce returns how many listings at once the pace keeps busy for that long. A listing
// that waits longer for the pace looks as if it hung.
func (p *Pacer) AtOnce() int {
	if limit := p.commands.Limit(); limit < 1000 {
		return max(1, int(float64(limit)*keptBusy.Seconds()))
	}
	return math.MaxInt
}
