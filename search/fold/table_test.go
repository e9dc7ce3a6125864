package fold_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"unicode"

	"trawl/search/fold"
	"trawl/search/fold/rules"
)

var update = flag.Bool("update", false, "write the table")

// TestTable holds the table against the rules. With -update it writes the table.
func TestTable(t *testing.T) {
	if *update {
		if err := os.WriteFile("table.bin", makeTable(t), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log("the table is written; test again")
		return
	}
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if 0xD800 <= r && r <= 0xDFFF {
			continue
		}
		if got, want := fold.String(string(r)), rules.Of(r); got != want {
			t.Fatalf("the table folds %U %q to %q, the rules to %q; write the table with -update", r, r, got, want)
		}
	}
}

// makeTable makes the table of the rules.
func makeTable(t *testing.T) []byte {
	const end, stays = 0x30000, 0xFF
	index, pages, long := make([]byte, end>>8), []byte(nil), []byte(nil)
	for page := range index {
		var entries []byte
		used := false
		for r := rune(page << 8); r < rune(page+1)<<8; r++ {
			to := rules.Of(r)
			if r < 0x80 || 0xD800 <= r && r <= 0xDFFF {
				to = string(r)
			}
			used = used || to != string(r)
			switch {
			case to == string(r):
				entries = append(entries, stays, 0, 0, 0)
			case len(to) <= 3:
				entries = append(append(entries, byte(len(to))), (to + "\x00\x00\x00")[:3]...)
			default:
				at := bytes.Index(long, []byte(to))
				if at < 0 {
					at = len(long)
					long = append(long, to...)
				}
				entries = append(entries, byte(len(to)), byte(at), byte(at>>8), 0)
			}
		}
		if used {
			pages = append(pages, entries...)
			index[page] = byte(len(pages) / len(entries))
		}
	}
	if len(pages) >= 256*256*4 || len(long) >= 1<<16 {
		t.Fatal("the table is too large for its form")
	}
	return append(append(append(index, byte(len(pages)/256/4)), pages...), long...)
}
