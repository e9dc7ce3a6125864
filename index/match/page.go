package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"trawl/index"
	"trawl/search/fold"
)

// Page returns the part of a whole listing that v asks for. Below is left to the caller, who
// knows the directories below this one. No more is sorted than the page.
func Page(l index.Listing, v index.View) index.Page {
	p := index.Page{Listing: l}
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Kind == index.Dir {
			p.Own.Directories++
		} else {
			p.Own.Files++
			p.Own.Bytes += index.Counted(e.Size)
		}
	}
	dirs, others := lines(l.Entries, v)
	p.Count = len(dirs) + len(others)
	reversed := false
	if v.Sort != index.BySize && v.Sort != index.ByTime {
		if reversed = v.Reverse; !reversed {
			p.Letters = appendLetters(appendLetters(nil, dirs, true, 0), others, false, len(dirs))
		}
	}
	from := min(max(v.Offset, 0), p.Count)
	to := p.Count
	if v.Limit > 0 {
		to = min(to, from+v.Limit)
	}
	p.More = to < p.Count
	p.Entries = make([]index.Entry, 0, to-from)
	for _, rows := range [][]line{dirs, others} {
		i, j := min(from, len(rows)), min(to, len(rows))
		sortPart(rows, i, j, reversed)
		for _, r := range rows[i:j] {
			p.Entries = append(p.Entries, *r.entry)
		}
		from, to = from-i, to-j
	}
	return p
}

// line is an entry with what orders it.
type line struct {
	rank  uint64 // the first part of the order: a smaller one comes first
	key   []byte // of the folded name, as appendNatural writes it
	entry *index.Entry
}

// lines returns the directories and the other entries that pass the filter.
func lines(entries []index.Entry, v index.View) (dirs, others []line) {
	filter := []byte(fold.String(v.Filter))
	const usual = 40 // bytes of a key
	keys := make([]byte, 0, usual*len(entries))
	others = make([]line, 0, len(entries))
	var folded []byte
	for i := range entries {
		e, start := &entries[i], len(keys)
		if folded = fold.Append(folded[:0], e.Name); !bytes.Contains(folded, filter) {
			continue
		}
		keys = appendNatural(keys, folded)
		key := keys[start:len(keys):len(keys)] // it stays where it is when keys grow
		l := line{rankOf(e, key, v), key, e}
		if e.Kind == index.Dir {
			dirs = append(dirs, l)
		} else {
			others = append(others, l)
		}
	}
	return dirs, others
}

// rankOf returns the rank of an entry. Unknown sizes and times come last either way.
func rankOf(e *index.Entry, key []byte, v index.View) uint64 {
	rank := uint64(0)
	switch v.Sort {
	case index.BySize:
		if e.Size < 0 {
			return math.MaxUint64
		}
		rank = uint64(e.Size)
	case index.ByTime:
		if e.Precision == index.Unknown {
			return math.MaxUint64
		}
		rank = min(uint64(e.Unix)^1<<63, math.MaxUint64-1) // negative ones first
	default:
		var first [8]byte
		copy(first[:], key)
		return binary.BigEndian.Uint64(first[:])
	}
	if v.Reverse {
		return rank
	}
	return math.MaxUint64 - 1 - rank
}

// compareLines orders entries by rank, then by name.
func compareLines(x, y *line) int {
	if x.rank != y.rank {
		return cmp.Compare(x.rank, y.rank)
	}
	if c := bytes.Compare(x.key, y.key); c != 0 {
		return c
	}
	a, b := fold.Append(nil, x.entry.Name), fold.Append(nil, y.entry.Name)
	return cmp.Or(compareNatural(a, b), cmp.Compare(x.entry.Wire(), y.entry.Wire()))
}

// sortPart orders rows so far that those from i up to before j are where they belong: it is
// quicksort, without the parts that hold none of these.
func sortPart(rows []line, i, j int, reversed bool) {
	compare := func(x, y line) int { return compareLines(&x, &y) }
	if reversed {
		compare = func(x, y line) int { return compareLines(&y, &x) }
	}
	const few = 32
	for left := 2 * bits.Len(uint(len(rows))); i < j; left-- {
		if left == 0 || len(rows) <= few || j-i > len(rows)/2 {
			slices.SortFunc(rows, compare)
			return
		}
		middle := partition(rows, compare)
		switch {
		case j <= middle:
			rows = rows[:middle]
		case i >= middle:
			rows, i, j = rows[middle:], i-middle, j-middle
		default:
			sortPart(rows[:middle], i, middle, reversed)
			rows, i, j = rows[middle:], 0, j-middle
		}
	}
}

// partition moves rows that come before others to the front, and returns how many: at least one, and
// not all.
func partition(rows []line, compare func(x, y line) int) int {
	last := len(rows) - 1
	three := []line{rows[0], rows[last/2], rows[last]}
	slices.SortFunc(three, compare)
	pivot := three[1]
	i, j := -1, len(rows)
	for {
		for i++; compare(rows[i], pivot) < 0; i++ {
		}
		for j--; compare(rows[j], pivot) > 0; j-- {
		}
		if i >= j {
			return j + 1
		}
		rows[i], rows[j] = rows[j], rows[i]
	}
}

// appendLetters adds where each initial of rows begins when they are in order, from an offset on. In
// natural order the first character decides first, and digits are one.
func appendLetters(to []index.Letter, rows []line, dirs bool, offset int) []index.Letter {
	count := map[rune]int{}
	for _, r := range rows {
		first := rune(-1) // nothing is left of the name
		if len(r.key) > 0 {
			first, _ = utf8.DecodeRune(r.key)
		}
		if '0' <= first && first <= '9' {
			first = '0'
		}
		count[first]++
	}
	all := make([]rune, 0, len(count))
	for first := range count {
		all = append(all, first)
	}
	slices.Sort(all)
	for _, first := range all {
		l := index.Letter{Initial: "#", Dirs: dirs, Offset: offset}
		if unicode.IsLetter(first) {
			l.Initial = string(unicode.ToUpper(first))
		}
		if n := len(to); n == 0 || to[n-1].Initial != l.Initial || to[n-1].Dirs != dirs {
			to = append(to, l)
		}
		offset += count[first]
	}
	return to
}
