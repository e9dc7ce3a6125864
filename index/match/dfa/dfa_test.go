package dfa

import (
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// expressions that a DFA is compared with regexp on, with texts for each.
var automata = []struct {
	expr string
	yes  []string
	no   []string
}{
	{``, []string{"", "a", "ä"}, nil},
	{`a`, []string{"a", "bab", "äa"}, []string{"", "b", "A"}},
	{`(?i:kernel.*\.h$)`, []string{"Kernel.h", "my-kernel-1.H", "\u212aernel.h"}, []string{"kernel.hh", "kernel.h\n", "kernelh"}},
	{`^a.*z$`, []string{"az", "a-z", "aäz"}, []string{"", "baz", "azo", "a\nz"}},
	{`(?i:^a.*z$)`, []string{"AZ", "aZZ"}, []string{"bAZ"}},
	{`[0-9]{4}-[0-9]{2}-[0-9]{2}`, []string{"2026-11-22", "x12345-67-890"}, []string{"2026-1-22", "202-11-22"}},
	{`^[0-9]+\.html$`, []string{"1.html", "123.html"}, []string{"a1.html", ".html", "1.html5"}},
	{`^(a|b)*$`, []string{"", "abba"}, []string{"abc"}},
	{`(^a)|(z$)`, []string{"ab", "yz"}, []string{"ba", "zy"}},
	{`\bcat\b`, []string{"cat", "a cat.", "tom-cat"}, []string{"cats", "tomcat", "cat_"}},
	{`\Bcat`, []string{"tomcat"}, []string{"cat", "a cat"}},
	{`\B`, []string{"", "ab", "--"}, []string{"a"}},
	{`a$\b`, []string{"ba"}, []string{"ab"}},
	{`$^`, []string{""}, []string{"a"}},
	{`(?m)^b$`, []string{"b", "a\nb\nc"}, []string{"ab", "b c"}},
	{`(?m)$\s^b`, []string{"a\nb"}, []string{"a b", "\n"}},
	{`a.b`, []string{"axb", "aäb"}, []string{"ab", "a\nb", "a\xffäb"}},
	{`(?s)a.b`, []string{"a\nb"}, []string{"ab"}},
	{`[^a]`, []string{"b", "ä", "\x80"}, []string{"", "aa"}},
	{`[^\x00-\x{10FFFF}]`, nil, []string{"", "a"}},
	{`(a*)*b`, []string{"aab"}, []string{"aaa"}},
	{`x{1000}`, []string{strings.Repeat("x", 1000)}, []string{strings.Repeat("x", 999)}},
}

func TestDFA(t *testing.T) {
	t.Parallel()
	for _, a := range automata {
		d := New(regexp.MustCompile(a.expr))
		d.prepare()
		for range 2 { // the second time the table is there
			for i, text := range slices.Concat(a.yes, a.no) {
				if want := i < len(a.yes); d.MatchString(text) != want || d.Match([]byte(text)) != want {
					t.Errorf("/%s/ fits %q: %t", a.expr, text, !want)
				}
			}
		}
	}
}

// TestDFAWaits sees that regexp answers few texts, and the table many.
func TestDFAWaits(t *testing.T) {
	t.Parallel()
	d := New(regexp.MustCompile(`a+b`))
	for n := range 3 * patience {
		if !d.MatchString("xaab") {
			t.Fatal("no match")
		}
		if made := d.prog != nil; made != (n+1 >= patience) {
			t.Fatalf("made after %d texts: %t", n+1, made)
		}
	}
	if d.asked != patience {
		t.Errorf("regexp answered %d texts", d.asked)
	}
}

// TestDFAIsBounded asks an expression that has 2^13 states.
func TestDFAIsBounded(t *testing.T) {
	t.Parallel()
	d := New(regexp.MustCompile(`a[ab]{12}c`))
	d.prepare()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		text := make([]byte, 60)
		for i := range text {
			text[i] = "ab"[rng.IntN(2)]
		}
		text[40] = 'c'
		if d.Match(text) != d.re.Match(text) {
			t.Fatalf("%s", text)
		}
	}
	if d.asked == 0 || d.asked == 5000 || len(d.table)*4 > maxTable {
		t.Errorf("%d texts were answered by regexp, %d bytes of table", d.asked, len(d.table)*4)
	}
}

// TestDFAAgrees draws expressions and texts, for what tables do not think of.
func TestDFAAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		re := regexp.MustCompile(drawExpression(t, 4))
		d := New(re)
		d.prepare()
		for _, text := range rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("abABz01_-. \n\x00é")), 0, 12, -1), 1, 20).Draw(t, "texts") {
			if want := re.MatchString(text); d.MatchString(text) != want {
				t.Fatalf("/%s/ fits %q: %t", re, text, !want)
			}
		}
	})
}

func drawExpression(t *rapid.T, depth int) string {
	if depth > 0 {
		switch of := func() string { return drawExpression(t, depth-1) }; rapid.IntRange(0, 5).Draw(t, "node") {
		case 0, 1:
			return of() + of()
		case 2:
			return "(" + of() + "|" + of() + ")"
		case 3:
			return "(?:" + of() + ")" + rapid.SampledFrom([]string{"*", "+", "?", "*?", "{2}", "{1,3}", "{2,}"}).Draw(t, "times")
		case 4:
			return rapid.SampledFrom([]string{"(?i:", "(?s:", "(?m:", "(?U:", "("}).Draw(t, "flag") + of() + ")"
		}
	}
	return rapid.SampledFrom([]string{
		"", "a", "b", "Ab", "z0", "_", "-", "é", ".", `\.`, `\n`, `\d`, `\w`, `\W`, `\s`, "[ab]", "[^a]", "[[:alpha:]]", "[^é]",
		"^", "$", `\A`, `\z`, `\b`, `\B`,
	}).Draw(t, "leaf")
}

// FuzzDFA compares a DFA with regexp.
func FuzzDFA(f *testing.F) {
	for _, a := range automata {
		for _, text := range slices.Concat(a.yes, a.no) {
			f.Add(a.expr, text)
		}
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(expr) > 100 {
			return
		}
		d := New(re)
		d.prepare()
		if want := re.MatchString(text); d.MatchString(text) != want || d.Match([]byte(text)) != want {
			t.Errorf("/%s/ fits %q: %t", expr, text, !want)
		}
	})
}

// BenchmarkExpression asks expressions of the names of the catalogue.
func BenchmarkExpression(b *testing.B) {
	data, err := os.ReadFile("../testdata/catalogue.txt")
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		names = append(names, path.Base(strings.TrimSpace(line)))
	}
	for _, expr := range []string{
		`[0-9]{4}-[0-9]{2}-[0-9]{2}`, `^a.*z$`, `^[0-9]+\.html$`, `lib[a-z]+\.so\.[0-9]+$`, `kernel.*\.h$`,
	} {
		re := regexp.MustCompile("(?i:" + expr + ")")
		d := New(re)
		d.prepare()
		for by, match := range map[string]func(string) bool{
			"regexp": re.MatchString,
			"dfa":    d.MatchString,
		} {
			b.Run(expr+"/"+by, func(b *testing.B) {
				for b.Loop() {
					for _, name := range names {
						match(name)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(names)), "ns/name")
			})
		}
	}
}
