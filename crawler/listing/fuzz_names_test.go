package listing

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/index"
)

// escape writes a name as find -ls of GNU does (listfile.c, print_name).
func escape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		switch at := strings.IndexByte("\n\b\r\t\f \\\"", c); {
		case at >= 0:
			b.WriteString(`\` + `nbrtf \"`[at:at+1])
		case c > ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return b.String()
}

// FuzzUnescape undoes the escapes of find in any name, and bears names without them.
func FuzzUnescape(f *testing.F) {
	for _, name := range []string{"plain", "a file", `back\slash`, "caf\u00e9", "caf\xe9", "\x00\x07\x1b[", "\n", `\`, `\1`, `\18`, `\\303`, `a\ b c`, `say "hi"`} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := string(unescape([]byte(escape(name)))); got != name {
			t.Errorf("%q is written %s and read %q", name, escape(name), got)
		}
		if got := unescape([]byte(name)); len(got) > len(name) {
			t.Errorf("%q is read %q", name, got)
		}
	})
}

// listed lists files by List and returns their raw names.
func listed(t *testing.T, text string) (names []string) {
	t.Helper()
	p, err := New(Options{Now: benchNow, Charset: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	err = p.List(strings.NewReader(text), "/pub", "fuzz", func(l index.Listing) error {
		for i := range l.Entries {
			names = append(names, l.Entries[i].Wire())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// FuzzISO reads any name behind the dates of ls --time-style=iso, whose old ones are as
// wide as the new ones, and of long-iso and full-iso.
func FuzzISO(f *testing.F) {
	for _, name := range []string{"plain", " leading", "  two", "trailing ", "12:34", "12:34 x", "2001", "2001 x", "09-26 13:45 x", "+0200 x", " 12:34 x", "a -> b", "-rw-r--r--", "caf\u00e9"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) || strings.ContainsAny(name, "/\x00\n\r") || strings.Trim(name, " \t.") == "" || len(name) > 255 || name == "first" {
			return // no name, or none that ls writes in one line
		}
		for _, date := range []string{"09-26 13:45 ", "2001-09-26  ", "2001-09-26 13:45 ", "2001-09-26 13:45:01.000000000 +0200 "} {
			text := "-rw-r--r-- 1 ftp ftp 1 " + date + "first\n-rw-r--r-- 1 ftp ftp 1 " + date + name + "\n"
			if got := listed(t, text); len(got) != 2 || got[0] != "first" || got[1] != name {
				t.Errorf("%q is read %q", text, got)
			}
		}
	})
}
