package query_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"trawl/search/query"
)

// now is a Sunday in November.
func now() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

const gib = 1 << 30

func w(text string) query.Node { return query.Word{Text: text} }

func and(of ...query.Node) query.Node { return query.And{Of: of} }

func or(of ...query.Node) query.Node { return query.Or{Of: of} }

func not(of query.Node) query.Node { return query.Not{Of: of} }

func day(s string) int64 {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t.Unix()
}

// queries are texts with the trees that they are read to and how they print;
// "" prints as it was typed.
var queries = []struct {
	text  string
	tree  query.Node
	print string
}{
	{"kernel", w("kernel"), ""},
	{" linux  kernel\t", and(w("linux"), w("kernel")), "linux kernel"},
	{`"two words"`, w("two words"), ""},
	{`"a\"b\\"`, w(`a"b\`), ""},
	{`two\ words`, w("two words"), `"two words"`},
	{"linux AND kernel", and(w("linux"), w("kernel")), "linux kernel"},
	{"a OR b", or(w("a"), w("b")), "a | b"},
	{"a|b c", or(w("a"), and(w("b"), w("c"))), "a | b c"},
	{"(a|b) c", and(or(w("a"), w("b")), w("c")), "(a | b) c"},
	{"-a", not(w("a")), ""},
	{"NOT a", not(w("a")), "-a"},
	{"--a", w("a"), "a"},
	{"a -(b c)", and(w("a"), not(and(w("b"), w("c")))), ""},
	{"a -(b | c)", and(w("a"), not(or(w("b"), w("c")))), ""},
	{"artist - title", and(w("artist"), w("title")), "artist title"},
	{"- –", and(w("-"), w("–")), `"-" "–"`},
	{`artist "-" title`, and(w("artist"), w("-"), w("title")), ""},
	{"a (- | –) b", and(w("a"), w("b")), "a b"},
	{"-- a", w("a"), "a"},
	{"％", w("％"), `"％"`},
	{"foo-bar", w("foo-bar"), ""},
	{`"OR"`, w("OR"), ""},
	{"or", w("or"), ""},
	{"std::string", w("std::string"), `"std::string"`},
	{"a a b", and(w("a"), w("b")), "a b"},
	{"((a) (b c))", and(w("a"), w("b"), w("c")), "a b c"},

	{"*.iso", query.Glob{Pattern: "*.iso"}, ""},
	{"lib*amd64*.deb", query.Glob{Pattern: "lib*amd64*.deb"}, ""},
	{`what\?`, w("what?"), `"what?"`},
	{`*\*`, query.Glob{Pattern: `*\*`}, ""},
	{`*\ \(1\)`, query.Glob{Pattern: `* (1)`}, ""},
	{"path:/pub/**/*.iso", query.Glob{Pattern: "/pub/**/*.iso", In: query.InPath}, `path:\/pub/**/*.iso`},

	{`/^linux-\d+/`, query.Regexp{Expr: `^linux-\d+`}, ""},
	{`/a b/ c`, and(query.Regexp{Expr: "a b"}, w("c")), ""},
	{`/a\/b/`, query.Regexp{Expr: "a/b"}, ""},
	{`/[\\/]x/`, query.Regexp{Expr: `[\\/]x`}, `/[\\\/]x/`},
	{"/pub/linux", w("/pub/linux"), `"/pub/linux"`},
	{`path:/\.iso$/`, query.Regexp{Expr: `\.iso$`, In: query.InPath}, ""},

	{"name:readme", query.Word{Text: "readme", In: query.InName}, ""},
	{`name:"read me"`, query.Word{Text: "read me", In: query.InName}, ""},
	{"path:pub/linux", query.Word{Text: "pub/linux", In: query.InPath}, ""},
	{"dir:/pub/linux/", query.Word{Text: "/pub/linux/", In: query.InDir}, `dir:"/pub/linux/"`},
	{"case:README", query.Word{Text: "README", In: query.AsWritten}, ""},
	{"Host:FTP.Example.org", query.Host{Name: "ftp.example.org"}, "host:ftp.example.org"},
	{"host:ftp://user@FTP.example.org:2121/pub/x", query.Host{Name: "ftp.example.org:2121"}, `host:"ftp.example.org:2121"`},
	{"host:*.org", query.Host{Name: "*.org"}, `host:"*.org"`},
	{"host:127.0.0.1:2121", query.Host{Name: "127.0.0.1:2121"}, `host:"127.0.0.1:2121"`},
	{"ext:ISO,.img,*.iso", query.Ext{Of: []string{"img", "iso"}}, "ext:img,iso"},
	{"ext:tar.gz", query.Ext{Of: []string{"tar.gz"}}, ""},
	{"ext:a | ext:b", query.Ext{Of: []string{"a", "b"}}, "ext:a,b"},
	{"type:video,audio", query.Type{Of: []string{"audio", "video"}}, "type:audio,video"},
	{"kind:directory", query.Kind{Of: []string{"dir"}}, "kind:dir"},

	{"size:0", query.Size{}, ""},
	{"size:>1G", query.Size{Min: gib + 1, Max: math.MaxInt64}, "size:>1GiB"},
	{"size:>700MB", query.Size{Min: 700e6 + 1, Max: math.MaxInt64}, ""},
	{"size:<=1.5kib", query.Size{Min: 0, Max: 1536}, "size:<=1536"},
	{"size:1GiB..4GiB", query.Size{Min: gib, Max: 4 * gib}, ""},
	{"size:..1K", query.Size{Min: 0, Max: 1024}, "size:<=1024"},
	{"size:>=0", query.Size{Min: 0, Max: math.MaxInt64}, ""},
	{"size:>1K size:<1M", query.Size{Min: 1025, Max: 1<<20 - 1}, "size:1025..1048575"},

	{"time:2024", query.Time{From: day("2024-01-01"), To: day("2025-01-01")}, ""},
	{"time:2024-05", query.Time{From: day("2024-05-01"), To: day("2024-06-01")}, ""},
	{"time:2024-05..2024-07", query.Time{From: day("2024-05-01"), To: day("2024-08-01")}, ""},
	{"time:2024-05-17", query.Time{From: day("2024-05-17"), To: day("2024-05-18")}, ""},
	{"time:>2024", query.Time{From: day("2025-01-01"), To: math.MaxInt64}, "time:>=2025"},
	{"time:>=2024-05", query.Time{From: day("2024-05-01"), To: math.MaxInt64}, ""},
	{"time:<2024", query.Time{From: math.MinInt64, To: day("2024-01-01")}, "time:<=2023"},
	{"time:2020..", query.Time{From: day("2020-01-01"), To: math.MaxInt64}, "time:>=2020"},
	{"time:today", query.Time{From: day("2026-11-22"), To: day("2026-11-23")}, "time:2026-11-22"},
	{"time:yesterday", query.Time{From: day("2026-11-21"), To: day("2026-11-22")}, "time:2026-11-21"},
	{"time:2024-05-17T10:00:00", query.Time{From: day("2024-05-17") + 36000, To: day("2024-05-17") + 36001}, ""},
	{"time:>=9999", nil, ""},
	{"time:>9998", query.Time{From: day("9999-01-01"), To: math.MaxInt64}, ""},
	{"time:<0001", query.Time{From: math.MinInt64, To: day("0001-01-01")}, ""},
	{"time:<30d", query.Age{Min: math.MinInt64, Max: 30 * 86400}, "time:<1m"},
	{"time:>1y", query.Age{Min: 365 * 86400, Max: math.MaxInt64}, ""},
	{"time:1d..7d", query.Age{Min: 86400, Max: 7 * 86400}, "time:1d..1w"},

	{"places:>1", query.Places{Min: 2, Max: math.MaxInt64}, "places:>=2"},
	{"a places:2..5", and(w("a"), query.Places{Min: 2, Max: 5}), ""},
	{`text:"linux  kernel"`, query.Text{Words: "linux kernel"}, `text:"linux kernel"`},
	{"text:a text:b", query.Text{Words: "a b"}, `text:"a b"`},
}

func TestParse(t *testing.T) {
	for _, q := range queries {
		if q.tree == nil {
			continue
		}
		got, err := query.Parse(q.text, now())
		if err != nil {
			t.Errorf("Parse(%q): %v", q.text, err)
			continue
		}
		if !reflect.DeepEqual(got, q.tree) {
			t.Errorf("Parse(%q) = %#v, want %#v", q.text, got, q.tree)
		}
		want := q.print
		if want == "" {
			want = q.text
		}
		if s := got.String(); s != want {
			t.Errorf("Parse(%q) prints %s, want %s", q.text, s, want)
		}
		back(t, got)
	}
}

// back holds a tree to the promise of Node.String.
func back(t *testing.T, n query.Node) {
	t.Helper()
	s := n.String()
	if len(s) > query.MaxLength {
		return
	}
	again, err := query.Parse(s, now())
	if err != nil {
		t.Errorf("%#v prints %q, which is not read back: %v", n, s, err)
		return
	}
	if !reflect.DeepEqual(again, n) {
		t.Errorf("%#v prints %q, which is read as %#v", n, s, again)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		want string // of Error
	}{
		{"", 0, "the query is empty"},
		{" \t ", 0, "the query is empty"},
		{"debian siez:>1G", 7, "there is no field siez: did you mean size:?"},
		{"map date:2024", 4, "there is no field date: did you mean time:2024?"},
		{"before:2020", 0, "there is no field before: did you mean time:<2020?"},
		{"since:2020", 0, "there is no field since: did you mean time:>=2020?"},
		{"newer:30d", 0, "there is no field newer: did you mean time:<30d?"},
		{"older:1y", 0, "there is no field older: did you mean time:>1y?"},
		{"mtime:-7d", 0, "there is no field mtime: did you mean time:<7d?"},
		{"a sort:size", 2, "there is no field sort: a query has no order: choose it beside the query, such as --sort size"},
		{"a type:pdf", 7, `there is no type "pdf": did you mean ext:pdf?`},
		{"datemodified:lastyear", 0, "did you mean time:lastyear?"},
		{"mtime:-7", 0, "the time of a file is asked for by time:, such as time:2024"},
		{"time:05/06/2024", 5, "this may be one of two days: write time:2024-06-05 or time:2024-05-06"},
		{"type:video,folder", 5, "did you mean kind:dir?"},
		{"ext:,", 4, "an extension is missing"},
		{"size:", 0, "size: needs a value: such as size:>700MB"},
		{"size:big", 5, "this is no size"},
		{"size:4G..1G", 5, "the smaller one comes first"},
		{"time:2024-13", 5, "this is no time"},
		{"time:30d", 5, "an age needs < or > before it: time:<30d is younger"},
		{"time:2025..2024", 5, "the earlier one comes first"},
		{"time:30d..7d", 5, "the younger one comes first"},
		{"type:vidoe", 5, "did you mean type:video?"},
		{"kind:socket", 5, "kind: is one of file, dir, link"},
		{"ext:*.iso,jp*g", 4, "an extension has no wildcards: did you mean *.jp*g?"},
		{"places:x", 7, "places: counts"},
		{"text:penguin*", 5, `knows no patterns: write them out: text:"linux kernel"`},
		{"host:ftp.example.org/pub", 5, "this is no host: such as host:ftp.example.org; what is in"},
		{"host:ftp:///", 5, "this is no host"},
		{"text:!!!", 5, "there is no word in this: such as text:"},
		{"a | places:>1", 4, "cannot stand in an OR"},
		{"-text:a", 1, "cannot stand in an OR or a NOT"},
		{"a (b c", 2, "this ( is not closed"},
		{"a ) b", 2, "this ) closes nothing"},
		{"a ( )", 4, "something is missing before this )"},
		{"a |", 3, "something is missing at the end"},
		{"| a", 0, "something is missing before this |"},
		{"a OR OR b", 5, "something is missing before this OR"},
		{`a "b c`, 2, "this quote is not closed"},
		{`a ""`, 2, "nothing between these quotes"},
		{"/a(/", 0, "the regular expression is wrong: missing closing )"},
		{"/[0-9a-f]{512}/", 0, ""},
		{"x /(.?){400}/", 2, "the regular expressions come to more than 700 characters with their repetitions written out: repeat less"},
		{"/" + strings.Repeat("(x?){900}", 400) + "/", 0, "more than 700 characters"},
		{"/(((x{10}){10}){5}y|[ab]+){0,2}((xyz){10}){100}/", 0, "more than 700 characters"},
		{"/a{300}/ | /b{300}/ | /c{300}/", 22, "more than 700 characters"},
		{"pub/*.iso", 0, "a name has no slash: did you mean path:pub/*.iso?"},
		{"a /*", 2, "did you mean path:/*?"},
		{"case:pub/Linux*", 5, "did you mean path:pub/Linux*?"},
		{`name:pub/a\ b x`, 5, `did you mean path:pub/a\ b?`},
		{`name:"pub/linux"`, 5, `did you mean path:"pub/linux"?`},
		{"a\xff", 1, "not valid UTF-8"},
		{"places:5..2", 7, "the smaller one comes first"},
		{"NOT", 3, "something is missing at the end: write a word there"},
		{strings.Repeat("a", query.MaxLength+1), query.MaxLength, "longer than 4096 bytes"},
		{strings.Repeat("a ", query.MaxTerms+1), 2 * query.MaxTerms, "more than 64 terms"},
		{strings.Repeat("(", query.MaxDepth+1), query.MaxDepth, "nested more than 32 deep"},
	} {
		_, err := query.Parse(c.text, now())
		var e *query.Error
		if c.want == "" && err == nil {
			continue
		}
		if !errors.As(err, &e) {
			t.Errorf("Parse(%.40q): error %v, want %q", c.text, err, c.want)
			continue
		}
		if e.Hint == "" {
			t.Errorf("Parse(%.40q): %s, and no mend", c.text, e.Msg)
		}
		if e.Pos != c.pos || !strings.Contains(e.Error(), c.want) {
			t.Errorf("Parse(%.40q): at %d %q, want at %d %q", c.text, e.Pos, e.Error(), c.pos, c.want)
		}
	}
}

// TestSimplify holds Simplify to the examples of its comment, and to doing no more the
// second time.
func TestSimplify(t *testing.T) {
	x, y, z := w("x"), w("y"), w("z")
	sizes := func(from, to int64) query.Node { return query.Size{Min: from, Max: to} }
	times := func(from, to int64) query.Node { return query.Time{From: from, To: to} }
	ages := func(from, to int64) query.Node { return query.Age{Min: from, Max: to} }
	for _, c := range []struct{ tree, want query.Node }{
		{and(and(x, y), z), and(x, y, z)},
		{or(or(x, y), z), or(x, y, z)},
		{and(x), x},
		{or(x), x},
		{not(not(x)), x},
		{not(not(not(x))), not(x)},
		{and(x, y, x), and(x, y)},
		{or(x, y, x), or(x, y)},
		{and(x, not(not(and(y, x)))), and(x, y)},
		{or(query.Ext{Of: []string{"iso"}}, query.Ext{Of: []string{"img"}}), query.Ext{Of: []string{"img", "iso"}}},
		{or(query.Type{Of: []string{"video"}}, x, query.Type{Of: []string{"audio"}}), or(query.Type{Of: []string{"audio", "video"}}, x)},
		{or(query.Kind{Of: []string{"link"}}, query.Kind{Of: []string{"dir"}}), query.Kind{Of: []string{"dir", "link"}}},
		{and(query.Ext{Of: []string{"iso"}}, query.Ext{Of: []string{"img"}}), and(query.Ext{Of: []string{"iso"}}, query.Ext{Of: []string{"img"}})},
		{and(sizes(1025, math.MaxInt64), sizes(0, 1<<20-1)), sizes(1025, 1<<20-1)},
		{and(sizes(0, 1), sizes(5, 9)), and(sizes(0, 1), sizes(5, 9))},
		{or(sizes(0, 1), sizes(1, 9)), or(sizes(0, 1), sizes(1, 9))},
		{and(times(0, 20), times(10, 30)), times(10, 20)},
		{and(ages(0, 20), ages(10, 30)), ages(10, 20)},
		{and(query.Places{Min: 2, Max: 9}, query.Places{Min: 1, Max: 5}), query.Places{Min: 2, Max: 5}},
		{and(query.Text{Words: "a"}, query.Text{Words: "b"}), query.Text{Words: "a b"}},
	} {
		if got := query.Simplify(c.tree); !reflect.DeepEqual(got, c.want) {
			t.Errorf("Simplify(%s) = %s, want %s", c.tree, got, c.want)
		}
		if again := query.Simplify(c.want); !reflect.DeepEqual(again, c.want) {
			t.Errorf("Simplify(%s) = %s", c.want, again)
		}
	}
}

func TestCaret(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"debian siez:>1G", "debian siez:>1G\n       ^\ndid you mean size:?\n"},
		{"映画 \x1b[2J siez:1", "映画 ?[2J siez:1\n          ^\ndid you mean size:?\n"},
		{
			strings.Repeat("x", 70) + " siez:1 " + strings.Repeat("y", 70),
			"..." + strings.Repeat("x", 49) + " siez:1 " + strings.Repeat("y", 18) + "...\n" + strings.Repeat(" ", 53) + "^\ndid you mean size:?\n",
		},
	} {
		_, err := query.Parse(c.text, now())
		var e *query.Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q): %v", c.text, err)
			continue
		}
		if got := e.Caret(); got != c.want {
			t.Errorf("Parse(%q):\n%s\nwant:\n%s", c.text, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range queries {
		f.Add(q.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := query.Parse(text, now())
		if err != nil {
			var e *query.Error
			if !errors.As(err, &e) || e.Msg == "" || e.Pos < 0 || e.Pos > len(text) {
				t.Errorf("Parse(%q): %#v", text, err)
			} else if s := e.Caret() + e.Error(); strings.ContainsAny(s, "\x1b\x00\r") {
				t.Errorf("Parse(%q): the caret prints %q", text, s)
			}
			return
		}
		back(t, n)
		if again := query.Simplify(n); !reflect.DeepEqual(again, n) {
			t.Errorf("Simplify(%#v) = %#v", n, again)
		}
	})
}

func TestRelative(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a": false, "time:2024": false, "time:<30d": true, "a -time:<30d": true, "(a | time:7d..30d) b": true,
	} {
		if tree, err := query.Parse(text, now()); err != nil || query.Relative(tree) != want {
			t.Errorf("%s is relative: %t, %v", text, !want, err)
		}
	}
}
