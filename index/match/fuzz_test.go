package match_test

import (
	"errors"
	"testing"

	"trawl/index"
	"trawl/index/match"
	"trawl/search/query"
)

// FuzzMatch checks the promises of plans about candidates and probes, whatever the
// query, and that marks lie in their texts.
func FuzzMatch(f *testing.F) {
	for _, m := range matches {
		f.Add(m.query)
	}
	f.Add("*\x00")
	c := load(f)
	c.dirs = c.dirs[:min(len(c.dirs), 120)]
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := query.Parse(text, today())
		if err != nil {
			return
		}
		for _, r := range c.ask(t, index.Query{Tree: tree, Facets: true}).Results {
			lie(t, text, r.Name, r.Marks)
			for _, p := range r.Places {
				lie(t, text, p.Shown, p.Marks)
			}
		}
	})
}

// lie fails unless marks are in s, in order and apart.
func lie(t *testing.T, text, s string, marks []index.Range) {
	t.Helper()
	last := -1
	for _, m := range marks {
		if m.Start <= last || m.Start >= m.End || m.End > len(s) {
			t.Errorf("%s: marks %v in %q", text, marks, s)
			return
		}
		last = m.End
	}
}

// FuzzCursor reads what is not a cursor, or is one of old.
func FuzzCursor(f *testing.F) {
	c := load(f)
	q := index.Query{Tree: query.Word{Text: "readme"}, Limit: 3}
	f.Add(c.ask(f, q).Next)
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		q := q
		q.Cursor = cursor
		if _, err := match.Compile(q, c.hosts, addr); err != nil {
			if !errors.Is(err, index.ErrCursor) {
				t.Errorf("cursor %q: %v", cursor, err)
			}
			return
		}
		c.ask(t, q)
	})
}
