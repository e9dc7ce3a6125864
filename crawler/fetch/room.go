package fetch

import (
	"context"
	"time"

	"trawl/index"
)

// A reader that takes a file slowly would hold one of the few turns at a host for hours. It makes room while
// others wait: its transfer ends, and goes on at the very byte when it reads again and has a turn.

// takeTurn waits for a turn at the host. Meanwhile slow readers there make room.
func (v *visit) takeTurn(ctx context.Context) (bool, error) {
	if v.seat.turns.TryAcquire(1) {
		return true, nil
	}
	waiting, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		v.hosts.urge(waiting, v.seat)
	}()
	defer func() { stop(); <-ended }()
	return v.wait(ctx, v.seat.turns)
}

// urge has a slow reader of a host make room, one after the other while ctx lasts.
func (h *hosts) urge(ctx context.Context, s *seat) {
	const times = 10 // so often in Limits.Hold
	pause := time.NewTicker(h.fetcher.limits.Hold / times)
	defer pause.Stop()
	for {
		for _, b := range h.holdersOf(s) {
			if b.makeRoom() {
				break
			}
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
	}
}

// hold notes that a file is read at a host; release that it no longer is.
func (h *hosts) hold(s *seat, b *body) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.holders[b] = true
}

func (h *hosts) release(s *seat, b *body) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(s.holders, b)
}

func (h *hosts) holdersOf(s *seat) (out []*body) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for b := range s.holders {
		out = append(out, b)
	}
	return out
}

// makeRoom ends the transfer of a reader that is slow, if it can go on later. It reports whether it did. Where Read
// waits, the host is slow and not the reader.
func (b *body) makeRoom() bool {
	if !b.reading.TryLock() {
		return false
	}
	defer b.reading.Unlock()
	limits, held := b.fetcher.limits, time.Since(b.since)
	switch {
	case b.err != nil, b.current == nil, b.size == index.UnknownSize, b.at >= b.size, !b.Info().Ranges, held < limits.Hold:
		return false
	case float64(b.at-b.from) >= float64(limits.Floor)*held.Seconds():
		return false
	}
	b.fetcher.log.Info("a slow reader makes room", "place", b.place.Host.Join(b.place.Path), "byte", b.at)
	b.drop()
	return true
}

// goOn takes up a transfer that made room, at the place where it was or else at another one.
func (b *body) goOn() error {
	last := b.tried[len(b.tried)-1]
	s, err := b.continueAt(b.file.Places[last])
	if err != nil {
		return b.resume(err)
	}
	b.take(last, s)
	return nil
}

// drop ends the current stream, if there is one.
func (b *body) drop() {
	b.mu.Lock()
	s := b.current
	b.current = nil
	b.mu.Unlock()
	if s != nil {
		b.fetcher.hosts.release(s.seat, b)
		s.close()
	}
}
