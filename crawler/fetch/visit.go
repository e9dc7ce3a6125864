package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/crawler"
	"trawl/index"
)

// visit is the use of a host by one fetch: it holds a turn at the host, a connection of those to
// all hosts, and the host itself.
type visit struct {
	hosts   *hosts
	id      index.HostID
	seat    *seat
	server  *reached
	kept    bool          // the host was reached before
	silence time.Duration // for which it may say nothing
	end     context.CancelCauseFunc
	turn    bool
	counted bool
	lost    bool // the host is not to be used again
}

// enter begins a visit, in which a host is reached. It returns a context that lasts as long as the
// visit, and also ends with ctx. The caller calls leave.
func (h *hosts) enter(ctx context.Context, host index.Host) (context.Context, *visit, error) {
	life, end := context.WithCancelCause(ctx)
	v := &visit{hosts: h, id: host.ID, silence: h.silence(&host.Settings), end: end}
	err := v.begin(life, host)
	if err != nil {
		v.leave()
		return nil, nil, err
	}
	return life, v, nil
}

// silence returns for how long a host may say nothing: longer where its owner wants it slow.
func (h *hosts) silence(s *index.Settings) time.Duration {
	const commands, bytes = 32, 256 << 10
	silence := h.fetcher.limits.Silence
	if s.Rate > 0 {
		silence += commands * time.Second / time.Duration(s.Rate)
	}
	if s.Bandwidth > 0 {
		silence += time.Second * bytes / time.Duration(s.Bandwidth)
	}
	return silence
}

func (v *visit) begin(ctx context.Context, host index.Host) (err error) {
	if v.seat, err = v.hosts.sit(&host); err != nil {
		return err
	}
	if err = v.hosts.admit(v, func() { v.end(errClosed) }); err != nil {
		return err
	}
	if v.turn, err = v.takeTurn(ctx); err != nil {
		return err
	}
	if v.counted, err = v.wait(ctx, v.hosts.all); err != nil {
		return err
	}
	return v.within(ctx, func() error {
		v.server, v.kept, err = v.hosts.reach(ctx, v.seat, host)
		return err
	})
}

// wait waits for a turn, for at most Limits.Turn.
func (v *visit) wait(ctx context.Context, turns *semaphore.Weighted) (bool, error) {
	patient, cancel := context.WithTimeoutCause(ctx, v.hosts.fetcher.limits.Turn, errTurn)
	defer cancel()
	if err := turns.Acquire(patient, 1); err != nil {
		return false, context.Cause(patient)
	}
	return true, nil
}

// within calls work, during which the host must say something within the silence: else
// the visit ends.
func (v *visit) within(ctx context.Context, work func() error) error {
	began := time.Now()
	var over atomic.Bool
	var alarm *time.Timer
	set := make(chan struct{})
	alarm = time.AfterFunc(v.silence, func() {
		<-set
		switch {
		case over.Load():
		case !v.seat.party.Waiting():
			v.end(errSilent)
		case time.Since(began) > v.hosts.fetcher.limits.Turn:
			v.end(errTurn)
		default: // it is not the host that keeps it waiting
			alarm.Reset(v.silence)
		}
	})
	close(set)
	err := work()
	over.Store(true)
	if !alarm.Stop() && err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	for _, why := range []error{errSilent, errTurn} { // and not that the context ended
		if err != nil && errors.Is(context.Cause(ctx), why) && !errors.Is(err, why) {
			err = fmt.Errorf("%w: %w", why, err)
		}
	}
	v.judge(err)
	return err
}

// judge notes whether the host can be used again after an error.
func (v *visit) judge(err error) {
	v.lost = v.lost || errors.Is(err, crawler.ErrGone) || errors.Is(err, errSilent)
}

// welcome returns crawler.ErrUnwelcome if the robots.txt of the host excludes a path.
func (v *visit) welcome(p index.Path) error {
	if v.server.rules.Allows(p) {
		return nil
	}
	return crawler.ErrUnwelcome
}

// leave ends the visit. It may be called again.
func (v *visit) leave() {
	v.end(errClosed)
	v.hosts.dismiss(v)
	if v.server != nil {
		v.hosts.done(v.id, v.seat, v.server, v.lost)
		v.server = nil
	}
	if v.counted {
		v.hosts.all.Release(1)
		v.counted = false
	}
	if v.turn {
		v.seat.turns.Release(1)
		v.turn = false
	}
	if v.seat != nil {
		v.hosts.leave(v.id, v.seat)
		v.seat = nil
	}
}
