package listing

import (
	"bytes"
	"io"
)

// The dialect is detected in a sample of so many lines or bytes.
const (
	sampleLines = 200
	sampleBytes = 64 << 10
)

// sampled returns the lines of a sample first and then those that follow it.
type sampled struct {
	*lines
	sample []line
	next   int
}

// newSampled reads the sample, whose lines are copies in the room.
func newSampled(r io.Reader, m *room) *sampled {
	s := &sampled{lines: newLines(r, m.buf), sample: m.sample[:0]}
	l, kept := s.lines, m.kept[:0]
	for size := 0; len(s.sample) < sampleLines && size < sampleBytes; {
		ln, ok := l.next()
		if !ok {
			break
		}
		if size += len(ln.text) + 1; len(ln.text) > cap(kept)-len(kept) {
			kept = make([]byte, 0, max(size, 2*cap(kept)))
		}
		at := len(kept)
		kept = append(kept, ln.text...)
		ln.text = kept[at:len(kept):len(kept)]
		s.sample = append(s.sample, ln)
	}
	m.sample, m.kept = s.sample, kept
	return s
}

// room is the memory that reading a listing takes. The parser keeps it for the next one: a crawl
// reads many that are small.
type room struct {
	buf    []byte              // where lines begin to be cut
	kept   []byte              // the bytes of the sample
	sample []line              // points into kept
	names  map[string]struct{} // of a trial
}

func newRoom() *room {
	return &room{buf: make([]byte, minBuffer), kept: make([]byte, 0, 512), names: map[string]struct{}{}}
}

// cutAtReturns returns the sample with lines cut at each CR, nil if there is none within a line.
func (s *sampled) cutAtReturns() (cut []line) {
	some := false
	for _, ln := range s.sample {
		some = some || bytes.IndexByte(ln.text, '\r') >= 0
	}
	if !some {
		return nil
	}
	for _, ln := range s.sample {
		for text := range bytes.SplitSeq(ln.text, []byte{'\r'}) {
			cut = append(cut, line{text: text, n: ln.n, cut: ln.cut})
		}
	}
	return cut
}

// returns makes cut the sample, and each CR the end of a line from here on.
func (s *sampled) returns(cut []line) { s.sample, s.cr = cut, true }

// line returns the next line, as lines.next does.
func (s *sampled) line() (line, bool) {
	if s.next < len(s.sample) {
		s.next++
		return s.sample[s.next-1], true
	}
	return s.lines.next()
}

// score counts what a dialect made of a sample.
type score struct {
	entries, chatter, aliens int
	paths                    int // entries whose name has a slash in it
	headers                  int // of directories
}

func (a score) beats(b score) bool {
	if a.entries != b.entries {
		return a.entries > b.entries
	}
	return a.aliens < b.aliens
}

// trails reports whether a can no longer beat b, with so many lines left to be read.
func (a score) trails(b score, left int) bool {
	most := a.entries + left
	return most < b.entries || most == b.entries && a.aliens >= b.aliens && b.entries > 0
}

// detect returns the dialect that understands the sample best, or nil if none knows a
// line. The one that the host spoke before wins if it understands all lines. The
// dialect has learned the habits of the sample.
func detect(offers []offer, t *trial, before string, whole bool, fresh func() *clock) (dialect, score) {
	if d := begin(offers, before, fresh); d != nil {
		if got := t.try(d, score{}); got.entries > 0 && got.aliens == 0 {
			return d, got
		}
	}
	var best dialect
	var most score
	for _, o := range offers {
		if o.list && !whole {
			continue
		}
		d := o.begin(fresh())
		got := t.try(d, most)
		if o.list && got.entries <= got.aliens {
			continue // any text has lines that could be paths
		}
		if got.entries+got.chatter > 0 && (best == nil || got.beats(most)) {
			best, most = d, got
		}
	}
	return best, most
}

// trial lets one dialect after the other read a sample. Most are given up after a few lines: what is
// left for them to read cannot be more entries than another dialect found.
type trial struct {
	sample []line
	lines  int                 // of it that are read: as many entries it can have
	names  map[string]struct{} // of the directory that is read
}

func newTrial(sample []line, names map[string]struct{}) *trial {
	t := &trial{sample: sample, names: names}
	for _, ln := range sample {
		if !ln.cut && !isBlank(ln.text) {
			t.lines++
		}
	}
	return t
}

// try lets a dialect read the sample, as far as it can still beat the best score so far. Blank
// lines, headers of directories and errors do not count, nor does a name again in the same
// directory: it may be another column.
func (t *trial) try(d dialect, best score) (got score) {
	r := reader{dialect: d}
	clear(t.names)
	left, blank := t.lines, true
	for _, ln := range t.sample {
		after := blank
		blank = isBlank(ln.text)
		if blank || ln.cut {
			continue
		}
		if got.trails(best, left) {
			return got
		}
		left--
		var it item
		v, lost := r.read(ln, &it)
		if lost != nil {
			got.aliens++
		}
		switch v {
		case entry:
			if _, again := t.names[string(it.name)]; again {
				continue
			}
			t.names[string(it.name)] = struct{}{}
			got.entries++
			if bytes.IndexByte(bytes.TrimRight(it.name, "/"), '/') >= 0 {
				got.paths++
			}
		case alien:
			switch {
			case isHeader(ln.text, after):
				got.headers++
				clear(t.names)
			case !isTrouble(ln.text) && !isRemark(ln.text):
				got.aliens++
			}
		case heading:
			got.headers++
			got.chatter++
			clear(t.names)
		case chatter, amends:
			got.chatter++
		case wrapped:
		}
	}
	settle(d)
	return got
}

// settle lets a dialect draw its conclusions from the sample.
func settle(d dialect) {
	if s, ok := d.(student); ok {
		s.settle()
	}
}

// reader joins the lines that a dialect says are wrapped.
type reader struct {
	dialect
	held []byte // the beginning of an entry
	has  bool
}

// read reads a line. lost is a line before it that began an entry which did not
// go on here.
func (r *reader) read(ln line, it *item) (v verdict, lost []byte) {
	if r.has {
		r.has = false
		n := len(r.held)
		r.held = append(append(r.held, ' '), ln.text...)
		if v := r.parse(r.held, it); v == entry || v == chatter || v == heading {
			return v, nil
		}
		lost = bytes.Clone(r.held[:n])
	}
	v = r.parse(ln.text, it)
	if v == wrapped {
		r.held, r.has = append(r.held[:0], ln.text...), true
	}
	return v, lost
}

// rest returns the beginning of an entry that nothing followed.
func (r *reader) rest() []byte {
	if !r.has {
		return nil
	}
	r.has = false
	return r.held
}
