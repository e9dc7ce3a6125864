package match_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trawl/index"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestRanking compares the first results of each query in testdata/ranking/queries
// with those in testdata/ranking/golden. A line of queries may start with an order:
// "size! *.iso" is by size, reversed.
func TestRanking(t *testing.T) {
	c := load(t, "testdata/ranking/people.txt")
	data, err := os.ReadFile("testdata/ranking/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for text := range strings.Lines(string(data)) {
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		q := index.Query{Limit: 8, Facets: true}
		asked := text
		if by, rest, ok := strings.Cut(text, "> "); ok && !strings.Contains(by, " ") {
			q.Sort, q.Reverse = index.Sort(strings.TrimSuffix(by, "!")), strings.HasSuffix(by, "!")
			asked = rest
		}
		q.Tree = parse(t, asked)
		a := c.ask(t, q)
		fmt.Fprintf(&b, "== %s: %d\n", text, a.Total)
		for _, r := range a.Results {
			p := r.Places[0]
			size, day := "-", "-"
			if r.Size >= 0 {
				size = fmt.Sprint(r.Size)
			}
			if !r.Time.IsZero() {
				day = r.Time.Format("2006-01-02")
			}
			fmt.Fprintf(&b, "%.3f %d %s %s %s %s\n", r.Score, r.Count, size, day, p.Host.Name(), show(p.Shown, p.Marks))
		}
		b.WriteString("\n")
	}
	golden := filepath.Join("testdata", "ranking", "golden.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the ranking differs; see it with go test ./index/match -run Ranking -update; git diff")
	}
}

// show puts braces around the marked parts.
func show(s string, marks []index.Range) string {
	for _, m := range slices.Backward(marks) {
		s = s[:m.Start] + "{" + s[m.Start:m.End] + "}" + s[m.End:]
	}
	return s
}
