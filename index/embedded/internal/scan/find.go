package scan

import (
	"bytes"
	"strings"
)

// common are the bytes of folded file names, the most frequent first; others are
// rarer (Debian's names, a sample of 150,000).
const common = "etas.irlon_pcmgdh-ubf1vy0xk28w345zj679q"

// finder finds a folded text in names by the rarest of its bytes: it looks at few places, and
// finds them 32 bytes at a time. bytes.Index goes by the first byte, and where that is
// frequent, as in readme, it goes byte by byte.
type finder struct {
	text []byte
	rare int // position of the rarest byte
}

func newFinder(text []byte) finder {
	f := finder{text: text}
	rarest := -1
	for i, c := range text {
		rank := strings.IndexByte(common, c)
		if rank < 0 {
			rank = len(common)
		}
		if rank > rarest {
			f.rare, rarest = i, rank
		}
	}
	return f
}

// each calls do with each place of the text in names, which are folded or plain. do
// returns where to go on.
func (f *finder) each(names []byte, do func(at int) int) {
	small, large := f.text[f.rare], f.text[f.rare]
	if 'a' <= small && small <= 'z' {
		large -= 'a' - 'A'
	}
	nextSmall, nextLarge := -1, -1
	if large == small {
		nextLarge = len(names)
	}
	for from := f.rare; ; {
		if nextSmall < from {
			nextSmall = nextByte(names, from, small)
		}
		if nextLarge < from {
			nextLarge = nextByte(names, from, large)
		}
		at := min(nextSmall, nextLarge)
		if at == len(names) {
			return
		}
		from = at + 1
		if start := at - f.rare; f.here(names[start:]) {
			from = do(start) + f.rare
		}
	}
}

// nextByte returns the first place of c in names at from or behind it, or the end.
func nextByte(names []byte, from int, c byte) int {
	if from >= len(names) {
		return len(names)
	}
	if i := bytes.IndexByte(names[from:], c); i >= 0 {
		return from + i
	}
	return len(names)
}

// here reports whether names begin with the text, once ASCII capitals are made small.
func (f *finder) here(names []byte) bool {
	if len(names) < len(f.text) {
		return false
	}
	for i, want := range f.text {
		c := names[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != want {
			return false
		}
	}
	return true
}
