package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"trawl/index"
	"trawl/search"
)

// work is what the verifiers of one search share.
type work struct {
	moment *moment
	ids    []blockID
	until  time.Time // changed by the first verifier while no other works
	probe  search.Probe
	sieve

	next    atomic.Int64 // the first of ids that nobody has taken yet
	late    atomic.Bool  // until has come
	damaged atomic.Int64 // how many blocks could not be read
	view    sync.Mutex   // held while the moment's view is used
}

// joinEach is what it takes, about, to put a result of a judge together with those
// of the others.
const joinEach = 300 * time.Nanosecond

// stride is how many blocks a verifier takes at once.
const stride = 8

// take returns the blocks that are to be looked at next, none if there are no
// more or it is too late: toJoin is what it takes to put together what was found so
// far. Blocks that are gone have no data.
func (w *work) take(toJoin time.Duration, data [][]byte) [][]byte {
	if !w.until.IsZero() && !w.late.Load() && time.Now().Add(toJoin).After(w.until) {
		w.late.Store(true)
	}
	end := int(w.next.Add(stride))
	start := min(end-stride, len(w.ids))
	end = min(end, len(w.ids))
	if start == end {
		return nil
	}
	if w.late.Load() {
		return nil
	}
	w.view.Lock()
	defer w.view.Unlock()
	for _, id := range w.ids[start:end] {
		data = append(data, w.moment.view.data(id))
	}
	return data
}

// left returns how many blocks nobody has taken yet.
func (w *work) left() int { return len(w.ids) - int(w.next.Load()) }

// status returns how far a directory can be trusted.
func (w *work) status(host hostNo, d *blockDir) (status, error) {
	w.view.Lock()
	defer w.view.Unlock()
	return w.moment.view.statusOf(host, d)
}

// verifier decodes blocks and shows what may match to its judge.
type verifier struct {
	work  *work
	judge *search.Judge

	block  block
	names  foldedNames
	folded []byte      // of a directory's path
	hits   []int       // entries that sieve and probe let pass, ascending
	fits   []int       // entries that sieve lets pass, ascending
	entry  index.Entry // made of parts of block
}

// run looks at blocks until there are no more, or until goOn, which is asked every
// stride, says that it is not to go on.
func (v *verifier) run(ctx context.Context, goOn func(context.Context) (bool, error)) (err error) {
	defer recoverDamage(&err)
	var room [stride][]byte
	for {
		if on, err := goOn(ctx); err != nil || !on {
			return err
		}
		data := v.work.take(joinEach*time.Duration(v.judge.Results()), room[:0])
		if data == nil {
			return nil
		}
		for _, d := range data {
			if d == nil {
				continue
			}
			switch err := v.look(d); {
			case errors.Is(err, errBlock):
				v.work.damaged.Add(1)
			case err != nil:
				return err
			}
		}
	}
}

// look shows a block to the judge.
func (v *verifier) look(data []byte) error {
	b := &v.block
	if err := b.decodeHead(data); err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	host, ok := v.work.moment.places[b.host]
	if !ok {
		return nil // it is being removed
	}
	some, err := v.sift()
	if err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	if some && len(v.hits) == 0 {
		return nil
	}
	hits := v.hits
	for i := range b.dirs {
		d := &b.dirs[i]
		n := 0
		for some && n < len(hits) && hits[n] < d.end {
			n++
		}
		if d.start == d.end || some && n == 0 {
			continue
		}
		if err := v.lookIn(host, d, hits[:n], some); err != nil {
			return err
		}
		hits = hits[n:]
	}
	return nil
}

// sift sets hits to the entries that may match, if it is only some, and decodes
// no more of the block than it takes to tell.
func (v *verifier) sift() (some bool, err error) {
	b := &v.block
	v.hits = v.hits[:0]
	narrow := v.work.narrow()
	if narrow {
		if !v.work.mayFit(b) {
			return true, nil
		}
		if err := b.decodeRest(); err != nil {
			return true, err
		}
		if v.fits = v.work.fit(b, v.fits[:0]); len(v.fits) == 0 {
			return true, nil
		}
	}
	if err := b.decodeText(); err != nil {
		return true, err
	}
	v.names.fold(b)
	switch some = len(v.work.probe.AnyOf) > 0; {
	case some:
		v.probe(v.work.probe.AnyOf)
		if narrow {
			v.hits = intersect(v.hits, v.fits)
		}
	case narrow:
		v.hits, some = append(v.hits, v.fits...), true
	}
	if !narrow && (!some || len(v.hits) > 0) {
		err = b.decodeRest()
	}
	return some, err
}

// probe sets hits to the entries whose folded names have one of the texts.
func (v *verifier) probe(anyOf [][]byte) {
	v.hits = v.hits[:0]
	for _, text := range anyOf {
		entry := 0
		for from := 0; ; {
			at := bytes.Index(v.names.text[from:], text)
			if at < 0 {
				break
			}
			at += from
			for int(v.names.ends[entry]) <= at {
				entry++
			}
			v.hits = append(v.hits, entry)
			from = int(v.names.ends[entry])
		}
	}
	if len(anyOf) > 1 {
		slices.Sort(v.hits)
		v.hits = slices.Compact(v.hits)
	}
}

// lookIn shows a directory's entries to the judge: those of hits if only some may
// match, else all that its own probe lets pass.
func (v *verifier) lookIn(host int, d *blockDir, hits []int, some bool) error {
	b := &v.block
	st, err := v.work.status(b.host, d)
	if err != nil {
		return fmt.Errorf("read a directory's status: %w", err)
	}
	v.folded = search.AppendFold(v.folded[:0], d.shown)
	dir := search.Directory{
		Host: host, Path: index.Path(d.path), Folded: v.folded,
		State: st.state, Stale: st.stale, Seen: st.seen,
	}
	if !bytes.Equal(d.shown, d.path) {
		dir.Shown = string(d.shown)
	}
	probe := v.judge.Enter(dir)
	if probe.Never {
		return nil
	}
	if some {
		for _, i := range hits {
			v.show(i)
		}
		return nil
	}
	for i := d.start; i < d.end; i++ {
		if passes(probe, v.names.at(i)) {
			v.show(i)
		}
	}
	return nil
}

// passes tells whether a probe lets a folded name pass.
func passes(probe search.Probe, folded []byte) bool {
	for _, text := range probe.AnyOf {
		if bytes.Contains(folded, text) {
			return true
		}
	}
	return len(probe.AnyOf) == 0
}

// show shows an entry to the judge.
func (v *verifier) show(i int) {
	b := &v.block
	v.entry = index.Entry{
		Name: borrow(b.name(i)), Kind: b.kind[i], Size: b.size[i],
		Unix: b.unix[i], Precision: b.prec[i],
	}
	if x := b.extraOf(i); x != nil {
		v.entry.Raw, v.entry.Target = borrow(x.raw), borrow(x.target)
	}
	v.judge.Entry(&v.entry, v.names.at(i))
}

// borrow returns bytes as a string without a copy: it holds as long as they do.
func borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the judge keeps nothing that it is shown
}
