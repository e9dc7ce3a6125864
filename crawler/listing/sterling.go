package listing

import (
	"bytes"

	"trawl/index"
)

// sterling reads Sterling Commerce CONNECT:Enterprise: batches with flags and protocol, mailboxes,
// and the list form with the name in angle brackets. Batches may have the same name.
//
//	-C--E-----FTP B FIRM01       7670  1294495 Jan 13 07:42 First file
//	-SR--M------- A firm            1      369 Sep 02 13:47 <<ACTIVITY LOG>>
//	firm     00003444 00910368 <orders.zip>+    030924-1636  A R       TCP BIN
//	d   -   -   -  -  -  -  - firm
type sterling struct {
	*clock
	w words
}

var _ dialect = (*sterling)(nil)

func (*sterling) name() string { return "sterling" }

func (s *sterling) parse(line []byte, it *item) verdict {
	w := &s.w
	w.split(line)
	if isBatchMode(w.word(0)) && len(w.word(1)) == 1 && isLetter(w.word(1)[0]) {
		return s.batch(it)
	}
	if w.n > 8 && string(w.word(0)) == "d" && isFlags(w, 1, 8) {
		*it = item{name: w.after(7), kind: index.Dir, size: index.UnknownSize}
		return entry
	}
	if allDigits(w.word(1)) && len(w.word(1)) == 8 && allDigits(w.word(2)) && w.n > 4 && w.word(3)[0] == '<' {
		return s.bracketed(line, it)
	}
	if (noise{"total number of batch* listed #", "total number of mailboxes = #"}).has(line) {
		return chatter
	}
	return alien
}

// batch reads a batch: flags, type of data, owner, number, size, date and name.
func (s *sterling) batch(it *item) verdict {
	w := &s.w
	date, when, ok := s.findDate(w, 3)
	if !ok {
		return alien
	}
	n, sized := number(w.word(date.first - 1))
	if !sized {
		return alien
	}
	*it = item{name: w.after(date.last), size: n, when: when}
	return entry
}

// bracketed reads the form whose name is in angle brackets.
func (s *sterling) bracketed(line []byte, it *item) verdict {
	w := &s.w
	end := bytes.LastIndexByte(line, '>')
	if end <= int(w.at[3].start) {
		return alien
	}
	n, sized := number(w.word(2))
	*it = item{name: line[w.at[3].start+1 : end], size: n}
	var rest words
	rest.split(bytes.TrimPrefix(line[end+1:], []byte{'+'}))
	_, when, dated := s.packedAt(&rest, 0)
	it.when = when
	if !sized || !dated {
		return alien
	}
	return entry
}

// isBatchMode reports whether b is ten flags, perhaps with the three letters of a protocol.
func isBatchMode(b []byte) bool {
	if len(b) != 10 && len(b) != 13 || b[0] != '-' {
		return false
	}
	for _, c := range b {
		if c != '-' && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// isFlags reports whether words from i to before end are a character each.
func isFlags(w *words, i, end int) bool {
	for ; i < end; i++ {
		if len(w.word(i)) != 1 {
			return false
		}
	}
	return true
}
