package fold

import (
	_ "embed" // for the table
	"unicode/utf8"
)

// table says how each character folds. It is made of package rules by
//
//	go test ./search/fold -run Table -update
//
// and has three parts:
//
//	[0x300]        byte    the page of the characters from 256 times the position on; 0: they stay
//	               byte    pages
//	[pages][0x100] 4 bytes of each character
//	    0xFF                   it stays
//	    n <= 3, n bytes        it becomes these
//	    n > 3, offset, 0       it becomes n bytes of the last part; the offset is 2 bytes, little-endian
//	[]             byte    the longer ones
//
//go:embed table.bin
var table string

const (
	tableEnd   = 0x30000 // of the characters that the table knows
	pagesStart = tableEnd>>8 + 1
	stays      = 0xFF
	entrySize  = 4
)

// appendRune appends the fold of a character that is not ASCII.
func appendRune(dst []byte, r rune) []byte {
	if r >= tableEnd {
		if 0xE0000 <= r && r <= 0xE0FFF { // tags and variation selectors
			return dst
		}
		return utf8.AppendRune(dst, r)
	}
	page := int(table[r>>8])
	if page == 0 {
		return utf8.AppendRune(dst, r)
	}
	at := pagesStart + ((page-1)<<8+int(r&0xFF))*entrySize
	switch n := int(table[at]); {
	case n == stays:
		return utf8.AppendRune(dst, r)
	case n < entrySize:
		return append(dst, table[at+1:at+1+n]...)
	default:
		from := pagesStart + int(table[pagesStart-1])<<8*entrySize + int(table[at+1]) + int(table[at+2])<<8
		return append(dst, table[from:from+n]...)
	}
}
