package match_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"trawl/index/match"
	"trawl/search/query"
)

// TestDoc compares doc/query.md with the language: the queries in its tables can be
// read, and its table of types is the one that is used.
func TestDoc(t *testing.T) {
	data, err := os.ReadFile("../../doc/query.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(data), -1) {
		if exts := match.Extensions(m[1]); len(exts) > 0 {
			if want := strings.Join(exts, " "); m[2] != want {
				t.Errorf("doc/query.md says that %s is %s, but it is %s", m[1], m[2], want)
			}
			continue
		}
		rows++
		parse(t, m[1])
	}
	if rows < 30 {
		t.Errorf("doc/query.md has %d queries in tables; has its form changed?", rows)
	}
	seen := map[string]string{}
	for _, typ := range query.Types() {
		if !strings.Contains(string(data), "| `"+typ+"` |") {
			t.Errorf("doc/query.md does not list %s", typ)
		}
		for _, ext := range match.Extensions(typ) {
			if other, ok := seen[ext]; ok {
				t.Errorf("%s is of both %s and %s", ext, typ, other)
			}
			seen[ext] = typ
		}
	}
}
