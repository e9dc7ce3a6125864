package embedded

import (
	"bytes"
	"strings"
)

// common are the bytes of folded file names, the most frequent first; others are
// rarer (Debian's names, a sample of 150,000).
const common = "etas.irlon_pcmgdh-ubf1vy0xk28w345zj679q"

// finder finds a text in folded names by the rarest of its bytes: there are few
// places to look at, and they are found 32 bytes at a time. bytes.Index goes by the
// first byte, and where that is frequent, as in readme, byte by byte.
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

// find returns the first place of the text in s at from or behind it, or -1.
func (f *finder) find(s []byte, from int) int {
	c := f.text[f.rare]
	for from+len(f.text) <= len(s) {
		i := bytes.IndexByte(s[from+f.rare:], c)
		if i < 0 {
			return -1
		}
		from += i
		if end := from + len(f.text); end <= len(s) && string(s[from:end]) == string(f.text) {
			return from
		}
		from++
	}
	return -1
}
