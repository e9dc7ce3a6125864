package index

import (
	"testing"
	"unicode/utf8"
)

var visibleTests = []struct{ in, want string }{
	{"", ""},
	{"plain name.txt", "plain name.txt"},
	{"Café 日本 😀", "Café 日本 😀"},
	{"a\x1b[2Jb", `a\x1b[2Jb`},
	{"a\r\nb\tc\x00d\x7f", `a\x0d\x0ab\x09c\x00d\x7f`},
	{"\u202egpj.exe", `\u202egpj.exe`},
	{"caf\xe9", `caf\xe9`},
	{"\u0085\u009b31m", `\u0085\u009b31m`},
	{"\U000e0041tag", `\U000e0041tag`},
	{"wide\u3000space", "wide\u3000space"},
}

func TestVisible(t *testing.T) {
	for _, tt := range visibleTests {
		if got := Visible(tt.in); got != tt.want {
			t.Errorf("Visible(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	for _, tt := range visibleTests {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Visible(s)
		if !utf8.ValidString(got) {
			t.Errorf("Visible(%q) = %q is not UTF-8", s, got)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Errorf("Visible(%q) = %q holds a control character", s, got)
			}
		}
	})
}

func TestVisibleText(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"a\tb\r\nc":                   "a\tb\nc",
		"end\x1a\n":                   "end\n",
		"a\x1b[2J\n\u202egpj.exe\r\n": "a\\x1b[2J\n\\u202egpj.exe\n",
	} {
		if got := VisibleText(in); got != want {
			t.Errorf("VisibleText(%q) = %q, want %q", in, got, want)
		}
	}
}
