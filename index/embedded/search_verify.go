package embedded

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"trawl/search"
)

// verifying tells which entries of the candidate blocks match.
type verifying struct {
	moment *moment
	plan   *search.Plan
	ids    []blockID
	shift  *shift
	budget time.Duration
	rooms  *sync.Pool // of *scan

	sought sought
	scans  []*scan // in use
}

// run shows the candidate blocks to judges, and then those that hold what was chosen
// to collectors. exact is false if some were left out because the budget ran out, which
// began at start, or because they could not be read. Judges get three quarters of the
// budget, and collectors one quarter: what is found must also be shown.
func (v *verifying) run(ctx context.Context, start time.Time) (c *search.Choice, of []*search.Collector, exact bool, err error) {
	var ok bool
	if v.sought, ok = soughtBy(v.plan); !ok {
		return v.plan.Choose(), nil, true, nil
	}
	defer v.tidy()
	first := &work{moment: v.moment, ids: v.ids, until: deadline(start, v.budget, 3)}
	var judges []*search.Judge
	err = first.run(ctx, v.shift, func() looker {
		judges = append(judges, v.plan.Judge())
		return &judging{scan: v.scan(), judge: judges[len(judges)-1]}
	})
	if err != nil {
		return nil, nil, false, err
	}
	c = v.plan.Choose(judges...)
	v.sought.timed = true
	second := &work{moment: v.moment, ids: v.ids, until: v.rest(start)}
	sure, where, all := c.Where()
	if !all {
		second.sure, second.ids = len(sure), nil
		where = append(sure, where...)
		for _, at := range where {
			second.ids = append(second.ids, v.ids[at])
		}
	}
	err = second.run(ctx, v.shift, func() looker {
		of = append(of, c.Collector())
		return &collecting{scan: v.scan(), collector: of[len(of)-1], where: where}
	})
	if n := first.damaged.Load(); n > 0 {
		slog.Error("damaged blocks are left out of an answer: run `trawl check`, then remove and crawl their hosts anew", "blocks", n)
	}
	return c, of, first.complete() && second.complete(), err
}

// rest returns when the collectors have to end: with the budget, but they get their
// quarter in any case.
func (v *verifying) rest(start time.Time) time.Time {
	end, quarter := deadline(start, v.budget, 4), deadline(time.Now(), v.budget, 1)
	if quarter.After(end) {
		return quarter
	}
	return end
}

// scan returns a scan, until tidy.
func (v *verifying) scan() *scan {
	s := v.rooms.Get().(*scan)
	s.sought, s.moment = v.sought, v.moment
	v.scans = append(v.scans, s)
	return s
}

// tidy gives back what scan gave out.
func (v *verifying) tidy() {
	for _, s := range v.scans {
		s.sought, s.moment = sought{}, nil
		v.rooms.Put(s)
	}
}

// deadline returns when some quarters of a budget have run out, counted from start:
// never if it is negative.
func deadline(start time.Time, budget time.Duration, quarters int) time.Time {
	if budget < 0 {
		return time.Time{}
	}
	return start.Add(budget * time.Duration(quarters) / 4)
}

// work is blocks to be looked at by several at once.
type work struct {
	moment *moment
	ids    []blockID
	until  time.Time // if it is not zero; changed by the first looker while no other works
	sure   int       // as many of ids are looked at even if it is late

	next    atomic.Int64 // the first of ids that nobody has taken yet
	late    atomic.Bool  // until has come, or there is no room for more
	damaged atomic.Int64 // how many blocks could not be read
	view    sync.Mutex   // held while the moment's view is used
}

// candidate is a block that may hold what matches, and its mask.
type candidate struct{ data, gone []byte }

// looker looks at blocks.
type looker interface {
	// look looks at the block at a position in work.ids. An error that is errBlock
	// means that it cannot be read.
	look(w *work, where int, c candidate) error

	// toJoin returns what it will take, about, to put what was found so far together
	// with what others have found.
	toJoin() time.Duration
}

// complete tells whether all blocks were looked at.
func (w *work) complete() bool { return !w.late.Load() && w.damaged.Load() == 0 }

// look looks at blocks until there are no more, or until goOn, which is asked every
// stride, says that it is not to go on.
func (w *work) look(ctx context.Context, l looker, goOn func(context.Context) (bool, error)) (err error) {
	defer recoverDamage(&err)
	var room [stride]candidate
	for {
		if on, err := goOn(ctx); err != nil || !on {
			return err
		}
		where, found := w.take(l.toJoin(), room[:0])
		if len(found) == 0 {
			return nil
		}
		for i, c := range found {
			if c.data == nil {
				continue
			}
			switch err := l.look(w, where+i, c); {
			case errors.Is(err, errBlock):
				w.damaged.Add(1)
			case err != nil:
				return err
			}
		}
	}
}

// stride is how many blocks are taken at once.
const stride = 8

// take returns the blocks that are to be looked at next and where they are in ids,
// none if there are no more or it is too late. Blocks that are gone have no data.
func (w *work) take(toJoin time.Duration, found []candidate) (where int, _ []candidate) {
	if !w.until.IsZero() && !w.late.Load() && time.Now().Add(toJoin).After(w.until) {
		w.late.Store(true)
	}
	end := int(w.next.Add(stride))
	start := min(end-stride, len(w.ids))
	end = min(end, len(w.ids))
	if start == end || w.late.Load() && start >= w.sure {
		return start, nil
	}
	w.view.Lock()
	defer w.view.Unlock()
	for _, id := range w.ids[start:end] {
		found = append(found, candidate{w.moment.view.data(id), w.moment.view.maskOf(id)})
	}
	return start, found
}

// left returns how many blocks nobody has taken yet.
func (w *work) left() int { return len(w.ids) - int(w.next.Load()) }

// status returns how far a directory can be trusted.
func (w *work) status(host hostNo, d *blockDir) (status, error) {
	w.view.Lock()
	defer w.view.Unlock()
	return w.moment.view.statusOf(host, d)
}
