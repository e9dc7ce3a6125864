package cache

import (
	"context"
	"time"
)

// renew has an answer computed anew that will be too old soon, so that those who ask then need not wait; mu is held.
func (a *Cache[Q, S, A]) renew(k *entry[Q, S, A]) {
	select {
	case <-a.closing:
		return
	default:
	}
	if k.renewed {
		return
	}
	k.renewed = true
	a.due = append(a.due, k)
	if !a.busy {
		a.busy = true
		a.renewing.Go(a.renewAll)
	}
}

// renewAll computes what is due, one after the other, until nothing is or the cache closes.
func (a *Cache[Q, S, A]) renewAll() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a.renewing.Go(func() {
		select {
		case <-a.closing:
			stop()
		case <-ctx.Done():
		}
	})
	for {
		k := a.nextDue(ctx)
		if k == nil {
			return
		}
		a.replace(ctx, k)
	}
}

// nextDue returns the next answer that is due, or nil.
func (a *Cache[Q, S, A]) nextDue(ctx context.Context) *entry[Q, S, A] {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.due) == 0 || ctx.Err() != nil {
		a.due, a.busy = nil, false
		return nil
	}
	k := a.due[0]
	a.due = a.due[1:]
	return k
}

// replace computes an answer anew and keeps it in the place of the old one, unless that was dropped meanwhile.
func (a *Cache[Q, S, A]) replace(ctx context.Context, k *entry[Q, S, A]) {
	now := time.Now()
	m, err := k.compute(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	k.renewed = false
	if err != nil || a.all[k.question] != k {
		return
	}
	a.drop(k)
	a.last++
	fresh := &entry[Q, S, A]{
		question: k.question, number: a.last, Computed: m, compute: k.compute, current: now, asked: k.asked, done: k.done,
	}
	a.all[k.question] = fresh
	a.put(fresh)
}

// RenewAsked computes those answers anew that are of an earlier state and that somebody asked for within the lag, the
// last asked for first, until ctx ends.
func (a *Cache[Q, S, A]) RenewAsked(ctx context.Context) {
	now := time.Now()
	at, err := a.state()
	if err != nil {
		return
	}
	for _, k := range a.askedFor(at, now) {
		if ctx.Err() == nil {
			a.replace(ctx, k)
		}
	}
}

// askedFor returns the answers for RenewAsked.
func (a *Cache[Q, S, A]) askedFor(at S, now time.Time) (all []*entry[Q, S, A]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.used.Front(); e != nil; e = e.Next() {
		k, _ := e.Value.(*entry[Q, S, A])
		if !k.State.Equal(at) && a.lasts(k, at, now) && now.Sub(k.asked) < a.lag {
			all = append(all, k)
		}
	}
	return all
}

// Close ends what is computed anew in the background, and waits for it.
func (a *Cache[Q, S, A]) Close() {
	a.mu.Lock()
	close(a.closing)
	a.mu.Unlock()
	a.renewing.Wait()
}
