package scan

import (
	"bytes"
	"fmt"
	"slices"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Scan decodes of a block as much as it takes to find the entries that may match.
type Scan struct {
	target
	moment *Snapshot
	named  func(name []byte) bool // tells whether an entry of a name may match, or nil

	block  block.Block
	names  block.FoldedNames
	folded []byte      // of a directory's path
	hits   []hit       // entries that may match, ascending
	fits   []int       // entries that sieve lets pass, ascending
	gone   store.Mask  // of the block
	entry  index.Entry // made of parts of block
}

// target is what scans of one search look for.
type target struct {
	texts []finder // one of which the folded names of all matches hold, if there are any
	timed bool     // times are looked at
	filter
	dirsFirst bool // directories tell more than names do
}

// hit is an entry that may match, made of parts of the block.
type hit struct {
	entry  int
	name   []byte
	folded []byte
	kind   index.Kind
	size   int64
}

// targetOf returns what a plan looks for; ok is false if nothing can match.
func targetOf(plan *match.Plan) (out target, ok bool) {
	probe := plan.Probe()
	out = target{timed: plan.Timed(), filter: filterOf(plan.Candidates())}
	for _, text := range probe.AnyOf {
		out.texts = append(out.texts, newFinder(text))
	}
	out.dirsFirst = len(out.texts) == 0 && !out.narrow() && plan.Directed()
	return out, !probe.Never
}

// ofNames returns what is looked for in blocks of names, which tell no times.
func (s target) ofNames() target {
	s.timed, s.times, s.dirsFirst = false, nil, false
	return s
}

// Open starts on a block. ok is false if its host is being removed.
func (s *Scan) Open(data []byte) (host int, ok bool, err error) {
	if err := s.block.DecodeHead(data); err != nil {
		return 0, false, fmt.Errorf("read a block: %w", err)
	}
	host, ok = s.moment.places[s.block.Host()]
	return host, ok, nil
}

// findHits finds the hits of the block, without what is gone, and decodes their names
// and numbers.
func (s *Scan) findHits(gone []byte) (err error) {
	s.hits = s.hits[:0]
	if s.narrow() {
		err = s.sift()
	} else {
		err = s.search()
	}
	if err == nil && gone != nil {
		err = s.unmask(gone)
	}
	if err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	return nil
}

// unmask takes what is gone out of hits.
func (s *Scan) unmask(gone []byte) error {
	if err := s.gone.Parse(gone); err != nil {
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

// sift sets hits to what sieve lets pass and holds one of the texts, the numbers
// first.
func (s *Scan) sift() error {
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
		if err := s.take(s.fits); err != nil {
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

// decodeNumbers decodes what sieve looks at.
func (s *Scan) decodeNumbers() error {
	b := &s.block
	if len(s.sizes)+len(s.times) == 0 {
		return b.OpenNumbers()
	}
	if err := b.DecodeSizes(); err != nil || len(s.times) == 0 {
		return err
	}
	return b.DecodeTimes()
}

// numberHits gives hits their kinds and sizes, and decodes times if they are looked
// at.
func (s *Scan) numberHits() (err error) {
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

// search sets hits to the entries whose folded names have one of the texts, or all
// if there are none, the names first.
func (s *Scan) search() (err error) {
	b := &s.block
	if err := b.DecodeNames(); err != nil {
		return err
	}
	switch {
	case len(s.texts) > 0:
		err = s.find()
	case s.sifts() && b.ASCII():
		err = s.takeSome()
	default:
		err = s.takeAll()
	}
	if err != nil || len(s.hits) == 0 {
		return err
	}
	if err := b.OpenNumbers(); err != nil {
		return err
	}
	return s.numberHits()
}

// takeAll sets hits to all entries.
func (s *Scan) takeAll() error {
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

// sifts tells whether names are looked at before they are folded, and pass whether an
// ASCII name may be one that matches.
func (s *Scan) sifts() bool { return s.exts != nil || s.named != nil }

func (s *Scan) pass(name []byte) bool {
	return (s.exts == nil || s.exts.pass(name)) && (s.named == nil || s.named(name))
}

// takeSome sets hits to the entries whose ASCII names pass.
func (s *Scan) takeSome() error {
	b := &s.block
	if err := b.SplitNames(); err != nil {
		return err
	}
	for i := range b.Len() {
		if name := b.Name(i); s.pass(name) {
			s.hits = append(s.hits, hit{entry: i, folded: name})
		}
	}
	s.foldHits()
	return nil
}

// take sets hits to some entries.
func (s *Scan) take(entries []int) error {
	b := &s.block
	if b.ASCII() {
		return s.pick(entries)
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

// pick is take for ASCII names, of which only those that are taken are told apart.
func (s *Scan) pick(entries []int) error {
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
		if name := text[at : at+end]; s.pass(name) {
			s.hits = append(s.hits, hit{entry: i, folded: name})
		}
		at += end + 1
	}
	s.foldHits()
	return nil
}

// skipNames returns where n names end that begin at a place in text, or -1.
func skipNames(text []byte, at, n int) int {
	const stretch = 128 // is counted at once
	for len(text)-at > stretch {
		there := bytes.Count(text[at:at+stretch], []byte{0})
		if there >= n {
			break
		}
		n -= there
		at += stretch
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

// find sets hits to the entries whose folded names have one of the texts.
func (s *Scan) find() error {
	b := &s.block
	text := b.Text()
	if !b.ASCII() {
		s.names.FoldText(b)
		text = s.names.Text
	}
	for i := range s.texts {
		s.texts[i].each(text, func(at int) int {
			start, end := bytes.LastIndexByte(text[:at], 0)+1, at
			for end < len(text) && text[end] != 0 {
				end++
			}
			if name := text[start:end]; !b.ASCII() || s.pass(name) {
				s.hits = append(s.hits, hit{entry: start, folded: name})
			}
			return end + 1
		})
	}
	if len(s.texts) > 1 {
		slices.SortFunc(s.hits, func(a, b hit) int { return a.entry - b.entry })
		s.hits = slices.CompactFunc(s.hits, func(a, b hit) bool { return a.entry == b.entry })
	}
	s.number(text)
	if b.ASCII() {
		s.foldHits()
		return nil
	}
	return s.nameHits()
}

// number makes the numbers of the hits of the places of their names in text.
func (s *Scan) number(text []byte) {
	entry, counted := 0, 0
	for i := range s.hits {
		h := &s.hits[i]
		start := h.entry
		entry += bytes.Count(text[counted:start], []byte{0})
		counted, h.entry = start, entry
	}
}

// foldHits folds hits that are parts of ASCII names.
func (s *Scan) foldHits() {
	room := slices.Grow(s.names.Text[:0], len(s.block.Text()))
	for i := range s.hits {
		h := &s.hits[i]
		start := len(room)
		room = match.AppendFold(room, h.folded)
		h.name, h.folded = h.folded, room[start:]
	}
	s.names.Text = room
}

// nameHits gives hits their names.
func (s *Scan) nameHits() error {
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
func (s *Scan) decodeDirs() error {
	if err := s.block.DecodeDirs(); err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	return nil
}

// directory returns what judges and collectors are told of a directory of the block,
// without its folded path.
func (s *Scan) directory(w *work, host int, d *block.Dir) (match.Directory, error) {
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
func (s *Scan) fold(d *block.Dir) []byte {
	s.folded = match.AppendFold(s.folded[:0], d.Shown)
	return s.folded
}

// within returns how many of hits are in a directory, which holds the first of them
// or none.
func within(hits []hit, d *block.Dir) int {
	n := 0
	for n < len(hits) && hits[n].entry < d.End {
		n++
	}
	return n
}

// at returns the entry of a hit, without what decodeDirs decodes and, unless timed is
// set, without its time. It holds until the next call.
func (s *Scan) at(h *hit) *index.Entry {
	b := &s.block
	s.entry = index.Entry{Name: block.Borrow(h.name), Kind: h.kind, Size: h.size}
	if s.timed {
		s.entry.Unix, s.entry.Precision = b.Times()[h.entry], b.Precisions()[h.entry]
	}
	return &s.entry
}

// whole returns the entry of a hit until the next call, after decodeDirs.
func (s *Scan) whole(h *hit) *index.Entry {
	e := s.at(h)
	raw, target := s.block.Link(h.entry)
	e.Raw, e.Target = block.Borrow(raw), block.Borrow(target)
	return e
}
