package search

import (
	"errors"
	"testing"
	"time"

	"trawl/index"
	"trawl/search/query"
)

func TestQuery(t *testing.T) {
	now := time.Date(2024, 5, 1, 12, 30, 0, 0, time.UTC)
	q, err := Request{Text: "linux type:archive", Reverse: true, Limit: 7, Places: 3, Cursor: "c", Facets: true, Budget: -1}.Query(now)
	if err != nil {
		t.Fatal(err)
	}
	if q.Tree.String() != "linux type:archive" || q.Sort != index.ByRelevance || !q.Reverse || q.Limit != 7 || q.Places != 3 ||
		q.Cursor != "c" || !q.Facets || q.Budget != -1 || !q.Now.Equal(now) {
		t.Errorf("asks %+v", q)
	}
	if q, err := (Request{Text: "x", Sort: index.BySize}).Query(now); err != nil || q.Sort != index.BySize {
		t.Errorf("by size: %+v, %v", q, err)
	}
	if _, err := (Request{Text: "x", Sort: "colour"}).Query(now); err == nil || err.Error() != `no order "colour"; there is relevance, name, size, time and places` {
		t.Errorf("by colour: %v", err)
	}
	_, err = Request{Text: "size:big"}.Query(now)
	if wrong := (*query.Error)(nil); !errors.As(err, &wrong) || wrong.Pos != 5 {
		t.Errorf("size:big: %v", err)
	}
}

func TestNarrowable(t *testing.T) {
	for text, want := range map[string]string{
		"linux kernel":       "linux kernel",
		"debian | page":      "(debian | page)",
		" ext:iso OR c ":     "(ext:iso OR c)",
		"(debian | page) 12": "(debian | page) 12",
		"-nothing":           "-nothing",
		"type:disk":          "type:disk",
	} {
		q, err := Request{Text: text}.Query(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Narrowable(text, &q); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestForName holds the queries for a name and for a result to asking for that
// name, whatever is in it.
func TestForName(t *testing.T) {
	for _, name := range []string{"a.iso", `a "b" \c.iso`, "-rf", "OR", "  a", "*?.iso", "a|b (c)", "size:1", "a\x1b\u202eb\n", "شلوم 日本"} {
		if got, err := query.Parse(ForName(name), time.Time{}); err != nil || got != query.Node(query.Word{Text: name}) {
			t.Errorf("%q is asked for as %v, %v", name, got, err)
		}
		got, err := query.Parse(ForResult(&index.Result{Name: name, Size: 5}), time.Time{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		and, _ := got.(query.And)
		if len(and.Of) != 3 || and.Of[0] != query.Node(query.Word{Text: name, In: query.InName}) || and.Of[2] != query.Node(query.Size{Min: 5, Max: 5}) {
			t.Errorf("%q of 5 bytes is asked for as %s", name, got)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "less than 0.1 ms",
		800 * time.Microsecond:  "0.8 ms",
		1234 * time.Millisecond: "1234.0 ms",
	} {
		if got := Took(d); got != want {
			t.Errorf("%s is put as %q, want %q", d, got, want)
		}
	}
}

func TestDoubt(t *testing.T) {
	seen := time.Date(2024, 2, 10, 23, 0, 0, 0, time.UTC)
	for want, place := range map[string]index.Place{
		"":                          {Seen: seen},
		"host is down":              {Seen: seen, Down: true, Stale: true},
		"not seen since 2024-02-10": {Seen: seen, Stale: true},
	} {
		if got := Doubt(&place); got != want {
			t.Errorf("%+v: %q, want %q", place, got, want)
		}
	}
}

func TestFacetValue(t *testing.T) {
	for _, tt := range []struct{ facet, value, want string }{
		{"type", "video", "video"},
		{"ext", "10GiB..", "10GiB.."},
		{"size", "0", "empty"},
		{"size", "..1KiB", "under 1 KiB"},
		{"size", "1KiB..1.5MiB", "1 KiB – 1.5 MiB"},
		{"size", "10GiB..", "10 GiB and more"},
	} {
		if got := FacetValue(tt.facet, tt.value); got != tt.want {
			t.Errorf("%s %q is put as %q, want %q", tt.facet, tt.value, got, tt.want)
		}
	}
}

func TestLastWord(t *testing.T) {
	for text, want := range map[string]struct{ word, become string }{
		"debian ker":  {"ker", "debian kernel"},
		"-ker":        {"ker", "-kernel"},
		"name:ker":    {"ker", "name:kernel"},
		"(mp3 | ker":  {"ker", "(mp3 | kernel"},
		"pub/ker":     {"ker", "pub/kernel"},
		`"linux ker`:  {"ker", `"linux kernel`},
		`"a" ker`:     {"ker", `"a" kernel`},
		`linux\" ker`: {"ker", `linux\" kernel`},
		"":            {"", "kernel"},
		"debian ":     {"", "debian kernel"},
	} {
		word, replace := LastWord(text)
		if got := replace("kernel"); word != want.word || got != want.become {
			t.Errorf("%q: the last word is %q, and it becomes %q", text, word, got)
		}
	}
	_, replace := LastWord("x")
	if got := replace("a (b).txt"); got != `"a (b).txt"` {
		t.Errorf("a name with signs is written as %s", got)
	}
}
