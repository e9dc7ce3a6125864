package scan

import (
	"bytes"
	"fmt"
	"slices"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// reader decodes of a block as much as it takes to find the entries that may match. One
// goroutine uses it at a time, and it is reused for its buffers.
type reader struct {
	target
	snapshot *Snapshot
	named    func(name []byte) bool // reports whether an entry of a name may match; or nil

	block  block.Block
	names  block.FoldedNames
	folded []byte      // the folded path of a directory
	hits   []hit       // the entries that may match, ascending
	fits   []int       // the entries that pass the filter, ascending
	gone   store.Mask  // the mask of the block
	entry  index.Entry // made of parts of the block
}

// target is what the readers of one search look for.
type target struct {
	filter
	texts     []finder // if there are any, the folded name of each match holds one of them
	timed     bool     // the times of entries are needed
	dirsFirst bool     // directories exclude more than names do
}

// hit is an entry that may match, made of parts of the block.
type hit struct {
	entry  int
	name   []byte
	folded []byte
	kind   index.Kind
	size   int64
}

// targetOf returns what a plan looks for. possible is false if nothing can match.
func targetOf(plan *match.Plan) (out target, possible bool) {
	probe := plan.Probe()
	out = target{timed: plan.UsesTimes(), filter: filterOf(plan.Candidates())}
	for _, text := range probe.AnyOf {
		out.texts = append(out.texts, newFinder(text))
	}
	out.dirsFirst = len(out.texts) == 0 && !out.narrow() && plan.UsesDirectories()
	return out, !probe.Never
}

// withoutTimes returns the target for blocks of names, which hold neither times nor
// directories.
func (t target) withoutTimes() target {
	t.timed, t.times, t.dirsFirst = false, nil, false
	return t
}

// open begins with a block and returns the ordinal of its host. ok is false if the host is
// being removed.
func (s *reader) open(data []byte) (host int, ok bool, err error) {
	if err := s.block.DecodeHead(data); err != nil {
		return 0, false, fmt.Errorf("read a block: %w", err)
	}
	host, ok = s.snapshot.ordinals[s.block.Host()]
	return host, ok, nil
}

// findHits finds the hits of the block, without what its mask takes away, and decodes their
// names and numbers.
func (s *reader) findHits(mask []byte) (err error) {
	s.hits = s.hits[:0]
	if s.narrow() {
		err = s.numbersFirst()
	} else {
		err = s.namesFirst()
	}
	if err == nil && mask != nil {
		err = s.unmask(mask)
	}
	if err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	return nil
}

// unmask removes the hits that a mask takes away.
func (s *reader) unmask(mask []byte) error {
	if err := s.gone.Parse(mask); err != nil {
		return err
	}
	rest := s.gone.Entries
	s.hits = slices.DeleteFunc(s.hits, func(h hit) bool {
		for len(rest) > 0 && rest[0] < h.entry {
			rest = rest[1:]
		}
		return len(rest) > 0 && rest[0] == h.entry
	})
	return nil
}

// numbersFirst sets hits to the entries that pass the filter and hold one of the texts. It
// decodes names only where numbers pass.
func (s *reader) numbersFirst() error {
	b := &s.block
	if err := s.decodeNumbers(); err != nil {
		return err
	}
	if s.fits = s.fit(b, s.fits[:0]); len(s.fits) == 0 {
		return nil
	}
	if err := b.DecodeNames(); err != nil {
		return err
	}
	if len(s.texts) == 0 {
		if err := s.addEntries(s.fits); err != nil {
			return err
		}
	} else {
		if err := s.find(); err != nil {
			return err
		}
		fits := s.fits
		s.hits = slices.DeleteFunc(s.hits, func(h hit) bool {
			for len(fits) > 0 && fits[0] < h.entry {
				fits = fits[1:]
			}
			return len(fits) == 0 || fits[0] != h.entry
		})
	}
	b.Rewind()
	return s.numberHits()
}

// decodeNumbers decodes the columns that the filter looks at.
func (s *reader) decodeNumbers() error {
	b := &s.block
	if len(s.sizes)+len(s.times) == 0 {
		return b.OpenNumbers()
	}
	if err := b.DecodeSizes(); err != nil || len(s.times) == 0 {
		return err
	}
	return b.DecodeTimes()
}

// numberHits gives hits their kinds and sizes, and decodes times if they are needed.
func (s *reader) numberHits() (err error) {
	b := &s.block
	for i := range s.hits {
		h := &s.hits[i]
		if h.kind, h.size, err = b.NumbersOf(h.entry); err != nil {
			return err
		}
	}
	if s.timed && len(s.hits) > 0 {
		return b.DecodeTimes()
	}
	return nil
}

// namesFirst sets hits to the entries whose folded names hold one of the texts, or to all
// where there are no texts. It decodes numbers only where names pass.
func (s *reader) namesFirst() (err error) {
	b := &s.block
	if err := b.DecodeNames(); err != nil {
		return err
	}
	switch {
	case len(s.texts) > 0:
		err = s.find()
	case s.asksNames() && b.Plain():
		err = s.addPassing()
	default:
		err = s.addAll()
	}
	if err != nil || len(s.hits) == 0 {
		return err
	}
	if err := b.OpenNumbers(); err != nil {
		return err
	}
	return s.numberHits()
}

// addAll sets hits to all entries.
func (s *reader) addAll() error {
	b := &s.block
	if err := b.SplitNames(); err != nil {
		return err
	}
	s.names.Fold(b)
	for i := range b.Len() {
		s.hits = append(s.hits, hit{entry: i, name: b.Name(i), folded: s.names.At(i)})
	}
	return nil
}

// asksNames reports whether names can be excluded before they are folded.
func (s *reader) asksNames() bool { return s.exts != nil || s.named != nil }

// passes reports whether a plain name may be one that matches.
func (s *reader) passes(name []byte) bool {
	return (s.exts == nil || s.exts.passes(name)) && (s.named == nil || s.named(name))
}

// addPassing sets hits to the entries whose plain names pass.
func (s *reader) addPassing() error {
	b := &s.block
	if err := b.SplitNames(); err != nil {
		return err
	}
	for i := range b.Len() {
		if name := b.Name(i); s.passes(name) {
			s.hits = append(s.hits, hit{entry: i, folded: name})
		}
	}
	s.foldHits()
	return nil
}

// addEntries sets hits to some entries, which ascend.
func (s *reader) addEntries(entries []int) error {
	b := &s.block
	if b.Plain() {
		return s.addPlain(entries)
	}
	if err := b.SplitNames(); err != nil {
		return err
	}
	if entries[len(entries)-1] >= b.Len() {
		return block.ErrDamaged
	}
	s.names.Fold(b)
	for _, i := range entries {
		s.hits = append(s.hits, hit{entry: i, name: b.Name(i), folded: s.names.At(i)})
	}
	return nil
}

// addPlain does what addEntries does, for plain names (block.Block.Plain). It finds the bounds of no others.
func (s *reader) addPlain(entries []int) error {
	text, at := s.block.Text(), 0
	for k, i := range entries {
		n := i
		if k > 0 {
			n -= entries[k-1] + 1
		}
		if at = skipNames(text, at, n); at < 0 {
			return block.ErrDamaged
		}
		end := bytes.IndexByte(text[at:], 0)
		if end <= 0 {
			return block.ErrDamaged
		}
		if name := text[at : at+end]; s.passes(name) {
			s.hits = append(s.hits, hit{entry: i, folded: name})
		}
		at += end + 1
	}
	s.foldHits()
	return nil
}

// skipNames returns where n names end that begin at a place in text, or -1.
func skipNames(text []byte, at, n int) int {
	const piece = 128 // is counted at once
	for len(text)-at > piece {
		there := bytes.Count(text[at:at+piece], []byte{0})
		if there >= n {
			break
		}
		n -= there
		at += piece
	}
	for ; n > 0; n-- {
		end := bytes.IndexByte(text[at:], 0)
		if end < 0 {
			return -1
		}
		at += end + 1
	}
	return at
}

// find sets hits to the entries whose folded names hold one of the texts.
func (s *reader) find() error {
	b := &s.block
	text, plain := b.Text(), b.Plain()
	if !plain {
		s.names.FoldText(b)
		text = s.names.Text
	}
	for i := range s.texts {
		s.texts[i].each(text, func(at int) int {
			start, end := bytes.LastIndexByte(text[:at], 0)+1, at
			for end < len(text) && text[end] != 0 {
				end++
			}
			if name := text[start:end]; !plain || s.passes(name) {
				s.hits = append(s.hits, hit{entry: start, folded: name})
			}
			return end + 1
		})
	}
	if len(s.texts) > 1 {
		slices.SortFunc(s.hits, func(a, b hit) int { return a.entry - b.entry })
		s.hits = slices.CompactFunc(s.hits, func(a, b hit) bool { return a.entry == b.entry })
	}
	s.toEntries(text)
	if plain {
		s.foldHits()
		return nil
	}
	return s.nameHits()
}

// toEntries replaces the offset of each hit's name in text by the number of its entry.
func (s *reader) toEntries(text []byte) {
	entry, counted := 0, 0
	for i := range s.hits {
		h := &s.hits[i]
		start := h.entry
		entry += bytes.Count(text[counted:start], []byte{0})
		counted, h.entry = start, entry
	}
}

// foldHits folds the names of hits, which are plain and stand in folded.
func (s *reader) foldHits() {
	room := slices.Grow(s.names.Text[:0], len(s.block.Text()))
	for i := range s.hits {
		h := &s.hits[i]
		start := len(room)
		room = fold.Append(room, h.folded)
		h.name, h.folded = h.folded, room[start:]
	}
	s.names.Text = room
}

// nameHits gives hits their names.
func (s *reader) nameHits() error {
	b := &s.block
	if err := b.SplitNames(); err != nil {
		return err
	}
	for i := range s.hits {
		h := &s.hits[i]
		if h.entry >= b.Len() {
			return block.ErrDamaged
		}
		h.name = b.Name(h.entry)
	}
	return nil
}

// decodeDirs decodes the directories of the block.
func (s *reader) decodeDirs() error {
	if err := s.block.DecodeDirs(); err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	return nil
}

// directory returns a directory of the block as counters and collectors see it, without its
// folded path.
func (s *reader) directory(w *work, host int, d *block.Dir) (match.Directory, error) {
	st, err := w.status(s.block.Host(), d)
	if err != nil {
		return match.Directory{}, fmt.Errorf("read a directory's status: %w", err)
	}
	dir := match.Directory{Host: host, Path: index.Path(block.Borrow(d.Path)), State: st.State, Stale: st.Stale, Seen: st.Seen}
	if !bytes.Equal(d.Shown, d.Path) {
		dir.Shown = block.Borrow(d.Shown)
	}
	return dir, nil
}

// fold returns the folded path of a directory until the next call.
func (s *reader) fold(d *block.Dir) []byte {
	s.folded = fold.Append(s.folded[:0], d.Shown)
	return s.folded
}

// countWithin returns how many of hits are in a directory. The directory holds the first of
// them, or none.
func countWithin(hits []hit, d *block.Dir) int {
	n := 0
	for n < len(hits) && hits[n].entry < d.End {
		n++
	}
	return n
}

// entryOf returns the entry of a hit, without its raw name and link target and, unless the
// target is timed, without its time. It holds until the next call.
func (s *reader) entryOf(h *hit) *index.Entry {
	b := &s.block
	s.entry = index.Entry{Name: block.Borrow(h.name), Kind: h.kind, Size: h.size}
	if s.timed {
		s.entry.Unix, s.entry.Precision = b.Times()[h.entry], b.Precisions()[h.entry]
	}
	return &s.entry
}

// wholeEntryOf returns the entry of a hit, once decodeDirs was called. It holds until the next
// call.
func (s *reader) wholeEntryOf(h *hit) *index.Entry {
	e := s.entryOf(h)
	raw, target := s.block.Link(h.entry)
	e.Raw, e.Target = block.Borrow(raw), block.Borrow(target)
	return e
}
