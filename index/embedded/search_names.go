package embedded

// callJudging shows blocks of names to a judge.
type callJudging struct {
	judged

	roll   *rollCall
	counts placeCounter
}

func (r *callJudging) look(w *work, where int, found candidate) error {
	if r.judge.Full() {
		w.late.Store(true)
		return nil
	}
	err := r.block.decodeHead(found.data)
	if err == nil {
		err = r.findHits(nil)
	}
	if err == nil {
		err = r.judgeHits(where)
	}
	if err != nil {
		return r.roll.damagedAt(where, err)
	}
	return nil
}

// judgeHits shows the hits of a block of names to the judge.
func (r *callJudging) judgeHits(where int) error {
	first := r.roll.firstName(where)
	r.counts.begin(where, &r.block)
	for i := range r.hits {
		h := &r.hits[i]
		e := r.at(h)
		if !r.judge.Matches(e, h.folded) {
			continue
		}
		n, err := r.counts.places(h.entry)
		if err != nil {
			return err
		}
		r.judge.Count(e, h.folded, n, first+uint32(h.entry)) // none may be as many taken away as added
	}
	return nil
}
