package listing

import "bytes"

// nonstop reads HP NonStop (Tandem Guardian): name, perhaps O for open, code, size,
// date, time, owner and security:
//
//	File         Code             EOF  Last Modification    Owner  RWEP
//	ACCOUNTS      101             528   6-Apr-07 14:21:18 255,255 "oooo"
//	LOGFILE  O    101            2048   7-Apr-07  1:05:00 255, 0  "NUNU"
type nonstop struct {
	*clock
	w words
}

var _ dialect = (*nonstop)(nil)

func (*nonstop) name() string { return "nonstop" }

func (n *nonstop) parse(line []byte, it *item) verdict {
	w := &n.w
	w.split(line)
	if equalFold(w.word(0), "file") && equalFold(w.word(1), "code") || equalFold(w.word(0), "code") {
		return chatter
	}
	if w.n == 1 && w.word(0)[0] == '$' && bytes.IndexByte(line, '.') > 0 {
		return chatter // the volume and subvolume
	}
	i := 1
	if len(w.word(1)) == 1 && w.word(1)[0]|0x20 == 'o' {
		i++
	}
	code := bytes.TrimRight(w.word(i), "+LPAMBO") // flags of the file
	bytesUsed, sized := number(w.word(i + 1))
	last, when, dated := n.dateTimeAt(w, i+2, dayFirst)
	security := w.word(w.n - 1)
	if !allDigits(code) || !sized || !dated || last >= w.n-1 || len(security) < 3 || security[0] != '"' {
		return alien
	}
	*it = item{name: w.word(0), size: bytesUsed, when: when}
	return entry
}
