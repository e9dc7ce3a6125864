package listing

import "bytes"

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

// newSampled reads the sample, whose lines are copies.
func newSampled(l *lines) *sampled {
	s := &sampled{lines: l}
	for size := 0; len(s.sample) < sampleLines && size < sampleBytes; {
		ln, ok := l.next()
		if !ok {
			break
		}
		ln.text = bytes.Clone(ln.text)
		size += len(ln.text) + 1
		s.sample = append(s.sample, ln)
	}
	return s
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

// detect returns the dialect that understands the sample best, or nil if none knows a
// line. The one that the host spoke before wins if it understands all lines. The
// dialect has learned the habits of the sample.
func detect(sample []line, before string, whole bool, fresh func() *clock) (dialect, score) {
	if d := newDialect(before, fresh()); d != nil {
		if got := try(d, sample); got.entries > 0 && got.aliens == 0 {
			return d, got
		}
	}
	var best dialect
	var most score
	for _, o := range dialects() {
		if o.list && !whole {
			continue
		}
		d := o.begin(fresh())
		got := try(d, sample)
		if o.list && got.entries <= got.aliens {
			continue // any text has lines that could be paths
		}
		if got.entries+got.chatter > 0 && (best == nil || got.beats(most)) {
			best, most = d, got
		}
	}
	return best, most
}

// try lets a dialect read a sample. Blank lines, headers of directories and errors do
// not count, nor does a name again in the same directory: it may be another column.
func try(d dialect, sample []line) (got score) {
	r := reader{dialect: d}
	names := map[string]struct{}{}
	blank := true
	for _, ln := range sample {
		after := blank
		blank = isBlank(ln.text)
		if blank || ln.cut {
			continue
		}
		var it item
		v, lost := r.read(ln, &it)
		if lost != nil {
			got.aliens++
		}
		switch v {
		case entry:
			if _, again := names[string(it.name)]; again {
				continue
			}
			names[string(it.name)] = struct{}{}
			got.entries++
			if bytes.IndexByte(bytes.TrimRight(it.name, "/"), '/') >= 0 {
				got.paths++
			}
		case alien:
			switch {
			case isHeader(ln.text, after):
				got.headers++
				clear(names)
			case !isTrouble(ln.text) && !isRemark(ln.text):
				got.aliens++
			}
		case heading:
			got.headers++
			got.chatter++
			clear(names)
		case chatter, amends:
			got.chatter++
		case wrapped:
		}
	}
	if s, ok := d.(student); ok {
		s.settle()
	}
	return got
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
