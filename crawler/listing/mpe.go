package listing

import (
	"bytes"

	"trawl/index"
)

// mpe reads LISTF and LISTFILE of HP's MPE/iX, which show no dates. The size of a record is in
// bytes or words of two.
//
//	ACCOUNT=  SYS         GROUP=  WORK
//	FILENAME  CODE  ------------LOGICAL RECORD-----------  ----SPACE----
//	                  SIZE  TYP        EOF      LIMIT R/B  SECTORS #X MX
//	LEDGER    PRIV    128W  FB           6          6   1       16  1  1
//
//	 PATH= /GUEST/PUB/
//	 CODE  ------------LOGICAL RECORD-----------  ----SPACE----  FILENAME
//	          16W  HBD          0   67107839   1       32  1  *  incoming/
type mpe struct{ w words }

var _ dialect = (*mpe)(nil)

func (*mpe) name() string { return "mpe" }

func (m *mpe) parse(line []byte, it *item) verdict {
	w := &m.w
	w.split(line)
	if isMPEHead(line, w) {
		return chatter
	}
	at := 0
	for at < 3 && !isRecordSize(w.word(at)) {
		at++
	}
	kind := w.word(at + 1)
	records, counted := number(w.word(at + 2))
	_, limited := number(w.word(at + 3))
	if at == 3 || !counted || !limited || len(kind) == 0 || len(kind) > 4 || !isLetter(kind[0]) || w.n < at+7 {
		return alien
	}
	*it = item{size: index.UnknownSize}
	switch after := w.n - at; {
	case at > 0 && after <= 8 && !isDigit(w.word(0)[0]) && line[0] != ' ':
		it.name = w.word(0)
	case after == 9:
		it.name = w.word(w.n - 1)
	default:
		return alien
	}
	if n := len(it.name); it.name[n-1] == '/' && n > 1 {
		it.name, it.kind = it.name[:n-1], index.Dir
		return entry
	}
	if kind[0] == 'F' || kind[0] == 'B' {
		it.size = recordSize(w.word(at), records)
	}
	return entry
}

// isRecordSize reports whether b is the size of a record, "128W" or "1B".
func isRecordSize(b []byte) bool {
	n := len(b)
	return n > 1 && n < 8 && (b[n-1] == 'W' || b[n-1] == 'B') && allDigits(b[:n-1])
}

// recordSize returns the bytes of so many records.
func recordSize(b []byte, records int64) int64 {
	each, _ := number(b[:len(b)-1])
	if b[len(b)-1] == 'W' {
		each *= 2
	}
	if each == 0 || records > (1<<62)/each {
		return index.UnknownSize
	}
	return each * records
}

// isMPEHead reports whether a line is a heading, or says that there are no files.
func isMPEHead(line []byte, w *words) bool {
	first := w.word(0)
	switch {
	case hasFold(first, "path="), hasFold(first, "account="), equalFold(first, "account") && string(w.word(1)) == "=":
		return true
	case equalFold(first, "filename") && equalFold(w.word(1), "code"), equalFold(first, "code") && bytes.Contains(line, []byte("LOGICAL")):
		return true
	case equalFold(first, "size") && equalFold(w.word(1), "typ"):
		return true
	}
	return w.n == 3 && bytes.IndexByte(first, '@') >= 0 && equalFold(w.word(1), "not") && equalFold(w.word(2), "found")
}
