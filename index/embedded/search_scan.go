package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"unsafe"

	"trawl/index"
	"trawl/index/match"
)

// scan decodes of a block as much as it takes to find the entries that may match.
type scan struct {
	sought
	moment *moment
	named  func(name []byte) bool // tells whether an entry of a name may match, or nil

	block  block
	names  foldedNames
	folded []byte      // of a directory's path
	hits   []hit       // entries that may match, ascending
	fits   []int       // entries that sieve lets pass, ascending
	gone   mask        // of the block
	entry  index.Entry // made of parts of block
}

// sought is what scans of one search look for.
type sought struct {
	texts []finder // one of which the folded names of all matches hold, if there are any
	timed bool     // times are looked at
	sieve
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

// soughtBy returns what a plan looks for; ok is false if nothing can match.
func soughtBy(plan *match.Plan) (out sought, ok bool) {
	probe := plan.Probe()
	out = sought{timed: plan.UsesTimes(), sieve: sieveOf(plan.Candidates())}
	for _, text := range probe.AnyOf {
		out.texts = append(out.texts, newFinder(text))
	}
	out.dirsFirst = len(out.texts) == 0 && !out.narrow() && plan.UsesDirectories()
	return out, !probe.Never
}

// ofNames returns what is looked for in blocks of names, which tell no times.
func (s sought) ofNames() sought {
	s.timed, s.times, s.dirsFirst = false, nil, false
	return s
}

// open starts on a block. ok is false if its host is being removed.
func (s *scan) open(data []byte) (host int, ok bool, err error) {
	if err := s.block.decodeHead(data); err != nil {
		return 0, false, fmt.Errorf("read a block: %w", err)
	}
	host, ok = s.moment.places[s.block.host]
	return host, ok, nil
}

// findHits finds the hits of the block, without what is gone, and decodes their names
// and numbers.
func (s *scan) findHits(gone []byte) (err error) {
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
func (s *scan) unmask(gone []byte) error {
	if err := s.gone.parse(gone); err != nil {
		return err
	}
	rest := s.gone.entries
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
func (s *scan) sift() error {
	b := &s.block
	if err := s.decodeNumbers(); err != nil {
		return err
	}
	if s.fits = s.fit(b, s.fits[:0]); len(s.fits) == 0 {
		return nil
	}
	if err := b.decodeNames(); err != nil {
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
	b.rewind()
	return s.numberHits()
}

// decodeNumbers decodes what sieve looks at.
func (s *scan) decodeNumbers() error {
	b := &s.block
	if len(s.sizes)+len(s.times) == 0 {
		return b.openNumbers()
	}
	if err := b.decodeSizes(); err != nil || len(s.times) == 0 {
		return err
	}
	return b.decodeTimes()
}

// numberHits gives hits their kinds and sizes, and decodes times if they are looked
// at.
func (s *scan) numberHits() (err error) {
	b := &s.block
	for i := range s.hits {
		h := &s.hits[i]
		if h.kind, h.size, err = b.numbersOf(h.entry); err != nil {
			return err
		}
	}
	if s.timed && len(s.hits) > 0 {
		return b.decodeTimes()
	}
	return nil
}

// search sets hits to the entries whose folded names have one of the texts, or all
// if there are none, the names first.
func (s *scan) search() (err error) {
	b := &s.block
	if err := b.decodeNames(); err != nil {
		return err
	}
	switch {
	case len(s.texts) > 0:
		err = s.find()
	case s.sifts() && b.ascii:
		err = s.takeSome()
	default:
		err = s.takeAll()
	}
	if err != nil || len(s.hits) == 0 {
		return err
	}
	if err := b.openNumbers(); err != nil {
		return err
	}
	return s.numberHits()
}

// takeAll sets hits to all entries.
func (s *scan) takeAll() error {
	b := &s.block
	if err := b.split(); err != nil {
		return err
	}
	s.names.fold(b)
	for i := range b.len() {
		s.hits = append(s.hits, hit{entry: i, name: b.name(i), folded: s.names.at(i)})
	}
	return nil
}

// sifts tells whether names are looked at before they are folded, and pass whether an
// ASCII name may be one that matches.
func (s *scan) sifts() bool { return s.exts != nil || s.named != nil }

func (s *scan) pass(name []byte) bool {
	return (s.exts == nil || s.exts.pass(name)) && (s.named == nil || s.named(name))
}

// takeSome sets hits to the entries whose ASCII names pass.
func (s *scan) takeSome() error {
	b := &s.block
	if err := b.split(); err != nil {
		return err
	}
	for i := range b.len() {
		if name := b.name(i); s.pass(name) {
			s.hits = append(s.hits, hit{entry: i, folded: name})
		}
	}
	s.foldHits()
	return nil
}

// take sets hits to some entries.
func (s *scan) take(entries []int) error {
	b := &s.block
	if b.ascii {
		return s.pick(entries)
	}
	if err := b.split(); err != nil {
		return err
	}
	if entries[len(entries)-1] >= b.len() {
		return errBlock
	}
	s.names.fold(b)
	for _, i := range entries {
		s.hits = append(s.hits, hit{entry: i, name: b.name(i), folded: s.names.at(i)})
	}
	return nil
}

// pick is take for ASCII names, of which only those that are taken are told apart.
func (s *scan) pick(entries []int) error {
	text, at := s.block.text, 0
	for k, i := range entries {
		n := i
		if k > 0 {
			n -= entries[k-1] + 1
		}
		if at = skipNames(text, at, n); at < 0 {
			return errBlock
		}
		end := bytes.IndexByte(text[at:], 0)
		if end <= 0 {
			return errBlock
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
func (s *scan) find() error {
	b := &s.block
	text := b.text
	if !b.ascii {
		s.names.foldText(b)
		text = s.names.text
	}
	for i := range s.texts {
		s.texts[i].each(text, func(at int) int {
			start, end := bytes.LastIndexByte(text[:at], 0)+1, at
			for end < len(text) && text[end] != 0 {
				end++
			}
			if name := text[start:end]; !b.ascii || s.pass(name) {
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
	if b.ascii {
		s.foldHits()
		return nil
	}
	return s.nameHits()
}

// number makes the numbers of the hits of the places of their names in text.
func (s *scan) number(text []byte) {
	entry, counted := 0, 0
	for i := range s.hits {
		h := &s.hits[i]
		start := h.entry
		entry += bytes.Count(text[counted:start], []byte{0})
		counted, h.entry = start, entry
	}
}

// foldHits folds hits that are parts of ASCII names.
func (s *scan) foldHits() {
	room := slices.Grow(s.names.text[:0], len(s.block.text))
	for i := range s.hits {
		h := &s.hits[i]
		start := len(room)
		room = match.AppendFold(room, h.folded)
		h.name, h.folded = h.folded, room[start:]
	}
	s.names.text = room
}

// nameHits gives hits their names.
func (s *scan) nameHits() error {
	b := &s.block
	if err := b.split(); err != nil {
		return err
	}
	for i := range s.hits {
		h := &s.hits[i]
		if h.entry >= b.len() {
			return errBlock
		}
		h.name = b.name(h.entry)
	}
	return nil
}

// decodeDirs decodes the directories of the block.
func (s *scan) decodeDirs() error {
	if err := s.block.decodeDirs(); err != nil {
		return fmt.Errorf("read a block: %w", err)
	}
	return nil
}

// directory returns what judges and collectors are told of a directory of the block,
// without its folded path.
func (s *scan) directory(w *work, host int, d *blockDir) (match.Directory, error) {
	st, err := w.status(s.block.host, d)
	if err != nil {
		return match.Directory{}, fmt.Errorf("read a directory's status: %w", err)
	}
	dir := match.Directory{Host: host, Path: index.Path(borrow(d.path)), State: st.state, Stale: st.stale, Seen: st.seen}
	if !bytes.Equal(d.shown, d.path) {
		dir.Shown = borrow(d.shown)
	}
	return dir, nil
}

// fold returns the folded path of a directory until the next call.
func (s *scan) fold(d *blockDir) []byte {
	s.folded = match.AppendFold(s.folded[:0], d.shown)
	return s.folded
}

// within returns how many of hits are in a directory, which holds the first of them
// or none.
func within(hits []hit, d *blockDir) int {
	n := 0
	for n < len(hits) && hits[n].entry < d.end {
		n++
	}
	return n
}

// at returns the entry of a hit, without what decodeDirs decodes and, unless timed is
// set, without its time. It holds until the next call.
func (s *scan) at(h *hit) *index.Entry {
	b := &s.block
	s.entry = index.Entry{Name: borrow(h.name), Kind: h.kind, Size: h.size}
	if s.timed {
		s.entry.Unix, s.entry.Precision = b.unix[h.entry], b.prec[h.entry]
	}
	return &s.entry
}

// whole returns the entry of a hit until the next call, after decodeDirs.
func (s *scan) whole(h *hit) *index.Entry {
	e := s.at(h)
	if x := s.block.extraOf(h.entry); x != nil {
		e.Raw, e.Target = borrow(x.raw), borrow(x.target)
	}
	return e
}

// borrow returns bytes as a string without a copy: it holds as long as they do.
func borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // who is shown it keeps nothing
}
