package scan

import (
	"trawl/index/embedded/internal/dictionary"
)

// nameJudging shows blocks of names to a judge.
type nameJudging struct {
	judged

	roll   *dictionary.Reader
	counts dictionary.PlaceCounter
}

func (r *nameJudging) look(w *work, where int, found candidate) error {
	if r.judge.Full() {
		w.late.Store(true)
		return nil
	}
	err := r.block.DecodeHead(found.data)
	if err == nil {
		err = r.findHits(nil)
	}
	if err == nil {
		err = r.judgeHits(where)
	}
	if err != nil {
		return r.roll.DamagedAt(where, err)
	}
	return nil
}

// judgeHits shows the hits of a block of names to the judge.
func (r *nameJudging) judgeHits(where int) error {
	first := r.roll.FirstName(where)
	r.counts.Begin(where, &r.block)
	for i := range r.hits {
		h := &r.hits[i]
		e := r.at(h)
		if !r.judge.Matches(e, h.folded) {
			continue
		}
		n, err := r.counts.Places(h.entry)
		if err != nil {
			return err
		}
		r.judge.Count(e, h.folded, n, first+uint32(h.entry)) // none may be as many taken away as added
	}
	return nil
}
