package fold_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"trawl/search/fold"
)

var folds = []struct{ s, want string }{
	{"", ""},
	{"README.TXT", "readme.txt"},
	{"[@Z{`a]", "[@z{a]"},
	{"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "abcdefghijklmnopqrstuvwxyz0123456789"},
	{"Café", "cafe"},
	{"Cafe\u0301", "cafe"},
	{"Straße", "strasse"},
	{"STRASSE", "strasse"},
	{"Ａ１ｂ", "a1b"},
	{"ｶﾞ", "が"},
	{"カ\u3099", "が"},
	{"ガ", "が"},
	{"ﾊﾟﾋﾟ ヴ ヷ", "ぱぴ ゔ わ\u3099"},
	{"한글", "한글"},
	{"\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
	{"ㅎㄱ ﾡﾢ", "ㅎㄱ ㄱㄲ"},
	{"Grey's Grey’s Greyʼs Grey`s Grey´s", "greys greys greys greys greys"},
	{"“a” «b» „c‟", `"a" "b" "c"`},
	{"4–8 4—8 4−8 4‑8", "4-8 4-8 4-8 4-8"},
	{"A〜B A～B", "a~b a~b"},
	{"【a】（b）", "[a](b)"},
	{"a꞉b a：b", "a:b a:b"},
	{"a・b•c。d、e", "a.b.c.d,e"},
	{"two\u00a0words\u3000", "two words "},
	{"foo\u200bbar\ufeff \u202aa\u061c\u2066\u00adb❤\ufe0f", "foobar ab❤"},
	{"٣ ۳ ३ ３ ₂ ² Ⅷ", "3 3 3 3 2 2 viii"},
	{"İıIi ﬁ ŉ", "iiii fi n"},
	{"ΟΔΟΣ οδός θεὸς", "οδοσ οδοσ θεοσ"},
	{"الدورى شــاب الحلّة أحمد کودک", "الدوري شاب الحله احمد كودك"},
	{"น้ำ กี", "น้ำ กี"},
	{"1920×1080", "1920x1080"},
	{"…", "..."},
	{"Ørsted Łódź Æon", "orsted lodz aeon"},
	{"Ελλάς", "ελλασ"},
	{"Ёлка", "елка"},
	{"映画", "映画"},
	{"\u212Aelvin", "kelvin"},
	{"ﬁle", "file"},
	{"a\u2044b ℅ ／", "a-b c-o -"},
	{"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß", "aaaaaaaeceeeeiiiidnoooooxouuuuythss"},
	{"àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ", "aaaaaaaeceeeeiiiidnooooo÷ouuuuythy"},
	{"АБЙЯабйя", "абияабия"},
	{"bad\xff\xc3", "bad\xff\xc3"},
}

func TestFold(t *testing.T) {
	for _, c := range folds {
		if got := fold.String(c.s); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.s, got, c.want)
		}
	}
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		f := fold.String(string(r))
		if again := fold.String(f); again != f {
			t.Errorf("Fold(%q) = %q, and again %q", r, f, again)
		}
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			if other := fold.String(string(o)); other != f && r != 0x345 && o != 0x345 {
				t.Errorf("Fold(%q) = %q, but Fold(%q) = %q", r, f, o, other)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for i, c := range folds {
		f.Add(c.s, i)
	}
	f.Fuzz(func(t *testing.T, s string, cut int) {
		folded := fold.String(s)
		if again := fold.String(folded); again != folded && utf8.ValidString(s) {
			t.Errorf("Fold(%q) = %q, and again %q", s, folded, again)
		}
		if strings.Count(s, "/") != strings.Count(folded, "/") {
			t.Errorf("Fold(%q) = %q, with other slashes", s, folded)
		}
		if got := string(fold.Append([]byte("x"), []byte(s))); got != "x"+folded {
			t.Errorf("AppendFold(x, %q) = %q", s, got)
		}
		if !utf8.ValidString(s) {
			return
		}
		runes := []rune(s)
		cut = max(0, min(cut, len(runes)))
		if cut < len(runes) && fold.Joins(runes[cut]) {
			return
		}
		if got := fold.String(string(runes[:cut])) + fold.String(string(runes[cut:])); got != folded {
			t.Errorf("Fold(%q) at %d = %q, whole %q", s, cut, got, folded)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for _, s := range []string{"Linux-Firmware_20230625.2-1_all.deb", "Les Misérables - Œuvre complète.pdf", "Война и мир.fb2"} {
		b.Run(s[:5], func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			var dst []byte
			for b.Loop() {
				dst = fold.Append(dst[:0], s)
			}
		})
	}
}

func BenchmarkLoose(b *testing.B) {
	s := []byte(fold.String("Linux-Firmware_20230625.2-1_all.deb"))
	b.SetBytes(int64(len(s)))
	var dst []byte
	for b.Loop() {
		dst = fold.Loose(dst[:0], s)
	}
}

func TestLoose(t *testing.T) {
	for _, c := range []struct{ folded, loose, part string }{
		{"bad.boys_-_(1995)", "bad boys 1995 ", "bad boys 1995 "},
		{"c++-primer", "c++ primer", "c++ primer"},
		{"a+b", "a b", "a b"},
		{"+b", "+b", "b"},
		{"c+", "c+", "c"},
		{"+", "+", ""},
		{"++", "++", "++"},
		{"++b", "++b", "++b"},
		{"a./b", "a /b", "a /b"},
		{"映+画", "映 画", "映 画"},
		{"", "", ""},
	} {
		if got, part := string(fold.Loose(nil, []byte(c.folded))), fold.LoosePart(c.folded); got != c.loose || part != c.part {
			t.Errorf("%q is %q when loose, want %q; as a part %q, want %q", c.folded, got, c.loose, part, c.part)
		}
	}
}

// FuzzLoosePart proves that a part of a text is in the loose form of the whole.
func FuzzLoosePart(f *testing.F) {
	f.Add("a+b c++ d", 1, 3)
	f.Fuzz(func(t *testing.T, s string, from, to int) {
		folded := fold.String(s)
		from = max(0, min(from, len(folded)))
		to = max(from, min(to, len(folded)))
		if loose, part := string(fold.Loose(nil, []byte(folded))), fold.LoosePart(folded[from:to]); !strings.Contains(loose, part) {
			t.Errorf("the part %q of %q is %q, and not in %q", folded[from:to], folded, part, loose)
		}
	})
}
