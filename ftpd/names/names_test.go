package names_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/ftpd/names"
)

var forms = []struct{ raw, sent string }{
	{"", ""},
	{"plain.txt", "plain.txt"},
	{"café", "café"},
	{"日本語/𝄞", "日本語/𝄞"},
	{"caf\xe9", "caf\uefe9"},
	{"two\nlines\r", "two\uef0alines\uef0d"},
	{"nul\x00", "nul\uef00"},
	{"\uefe9", "\uefee\uefbf\uefa9"},
	{"\uef2f", "\uefee\uefbc\uefaf"}, // the range's place of a slash
	{"\xed\xa0\x80", "\uefed\uefa0\uef80"},
	{"\xc0\xaf", "\uefc0\uefaf"}, // a slash, overlong
	{"tab\t\x7f\x1b[0m", "tab\t\x7f\x1b[0m"},
	{"\ufffd", "\ufffd"},
	{"cut \xe6\x97", "cut \uefe6\uef97"},
}

func TestForms(t *testing.T) {
	for _, f := range forms {
		if got := names.Encode(f.raw); got != f.sent {
			t.Errorf("Encode(%q) is %q, not %q", f.raw, got, f.sent)
		}
		if got := names.Decode(f.sent); got != f.raw {
			t.Errorf("Decode(%q) is %q, not %q", f.sent, got, f.raw)
		}
	}
}

// TestDecodeMakesNoSigns: a character of the range that Encode does not make stays, so that none hides a slash or a dot.
func TestDecodeMakesNoSigns(t *testing.T) {
	for c := range 0x80 {
		sent := string(rune(0xEF00 + c))
		want := sent
		if c < ' ' || c == 0x7f { // those of Line
			want = string(rune(c))
		}
		if got := names.Decode(sent); got != want {
			t.Errorf("Decode(%q) is %q, not %q", sent, got, want)
		}
	}
}

// TestLine: nothing of a line ends it or drives a terminal, and Decode takes all back.
func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"plain: caf\u00e9":           "plain: caf\u00e9",
		"a\r\nb\x00":                 "a\uef0d\uef0ab\uef00",
		"\x1b[2J\x7f\t":              "\uef1b[2J\uef7f\uef09",
		"\u009b31m":                  "\uefc2\uef9b31m",
		"caf\xe9":                    "caf\uefe9",
		names.Encode("caf\xe9\x1b!"): "caf\uefe9\uef1b!",
		"\ufffd":                     "\ufffd",
	} {
		got := names.Line(text)
		if got != want {
			t.Errorf("Line(%q) is %q, not %q", text, got, want)
		}
		if back := names.Decode(got); back != text && back != names.Decode(text) {
			t.Errorf("Decode(%q) is %q", got, back)
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ there, sent, want string }{
		{"caf\xe9", "caf\xe9", "caf\xe9"},
		{"caf\xe9", "caf\uefe9", "caf\xe9"},
		{"odd\uefe9", "odd\uefe9", "odd\uefe9"},
		{"odd\uefe9", "odd\uefee\uefbf\uefa9", "odd\uefe9"},
		{"", "new\uefe9", "new\xe9"},
	} {
		if got := names.Find(c.sent, func(raw string) bool { return raw == c.there }); got != c.want {
			t.Errorf("with %q there, Find(%q) is %q, not %q", c.there, c.sent, got, c.want)
		}
	}
}

func FuzzForms(f *testing.F) {
	for _, form := range forms {
		f.Add(form.raw)
		f.Add(form.sent)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		sent := names.Encode(raw)
		switch {
		case !utf8.ValidString(sent) || strings.ContainsAny(sent, "\r\n\x00"):
			t.Errorf("Encode(%q) is %q", raw, sent)
		case names.Decode(sent) != raw: // so that no two names have one form
			t.Errorf("Decode(Encode(%q)) is %q", raw, names.Decode(sent))
		case strings.Count(sent, "/") != strings.Count(raw, "/"):
			t.Errorf("Encode(%q) is %q: other slashes", raw, sent)
		case strings.Count(names.Decode(raw), "/") != strings.Count(raw, "/"):
			t.Errorf("Decode(%q) is %q: other slashes", raw, names.Decode(raw))
		}
	})
}
