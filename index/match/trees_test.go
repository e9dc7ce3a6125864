package match_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trawl/search/fold"

	"pgregory.net/rapid"

	"trawl/index"
	"trawl/index/match"
	"trawl/search/query"
)

// TestRandomTrees compares counters that do not see the directory, candidates and probes
// with counters that see all, for random trees and entries.
func TestRandomTrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCatalogue(t)
		for range 4 {
			c.ask(t, index.Query{Tree: query.Simplify(drawTree(t, 3)), Limit: 3, Facets: true})
		}
	})
}

// drawText draws a text of names and of queries.
func drawText(t *rapid.T) string {
	pieces := []string{
		"a", "b", "A", "kernel", "Kernel", "é", "e\u0301", "ß", "SS", "\u0301", "ﬁ", "½", "映", ".", ".iso", "1", " ", "-", "\u212a",
		"_", "+", "(", "'", "…", "c++", "a-b", "a.b.c", "か", "が", "か\u3099", "ｶ", "ﾞ", "가", "각", "\u1100\u1161", "\u11a8", "ก", "ี", "\u200b",
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 3).Draw(t, "text"), "")
}

func drawPath(t *rapid.T) string {
	var names []string
	for range rapid.IntRange(0, 3).Draw(t, "depth") {
		names = append(names, drawText(t))
	}
	return "/" + strings.Join(names, "/")
}

func drawCatalogue(t *rapid.T) *catalogue {
	c := &catalogue{hosts: []index.Host{{ID: "ftp://north.example.org/"}, {ID: "ftp://south.example.org/"}}}
	for range rapid.IntRange(1, 5).Draw(t, "dirs") {
		shown := drawPath(t)
		d := directory{Directory: match.Directory{
			Host: rapid.IntRange(0, 1).Draw(t, "host"), Path: index.Path(shown), Folded: fold.Append(nil, shown), Seen: today().Unix(),
		}}
		for range rapid.IntRange(0, 6).Draw(t, "entries") {
			e := index.Entry{Name: drawText(t), Size: index.UnknownSize, Kind: rapid.SampledFrom([]index.Kind{index.File, index.Dir, index.Link}).Draw(t, "kind")}
			if e.Kind == index.File {
				e.Size = rapid.Int64Range(-1, 2).Draw(t, "size")
			}
			if rapid.Bool().Draw(t, "timed") {
				e.Precision, e.Unix = index.Day, today().Unix()-rapid.Int64Range(0, 3).Draw(t, "age")*86400
			}
			d.entries = append(d.entries, e)
		}
		c.dirs = append(c.dirs, d)
	}
	slices.SortStableFunc(c.dirs, func(a, b directory) int { return cmp.Compare(a.Host, b.Host) })
	return c
}

// drawExpr draws a regular expression of texts, small classes and alternations.
func drawExpr(t *rapid.T) string {
	part := rapid.Custom(func(t *rapid.T) string {
		text := regexp.QuoteMeta(drawText(t))
		return rapid.SampledFrom([]string{text, "(" + text + "|b)", "(" + text + "|)", "[a-c]", "[Kk]", "[éß]", ".*", "^", "$", text + "?", "[^a]"}).Draw(t, "part")
	})
	return strings.Join(rapid.SliceOfN(part, 1, 3).Draw(t, "expr"), "")
}

// drawTree draws a query; depth bounds it.
func drawTree(t *rapid.T, depth int) query.Node {
	of := func() []query.Node {
		out := []query.Node{drawTree(t, depth-1)}
		for range rapid.IntRange(1, 2).Draw(t, "branches") {
			out = append(out, drawTree(t, depth-1))
		}
		return out
	}
	if depth > 0 {
		switch rapid.IntRange(0, 4).Draw(t, "node") {
		case 0:
			return query.And{Of: of()}
		case 1:
			return query.Or{Of: of()}
		case 2:
			return query.Not{Of: drawTree(t, depth-1)}
		}
	}
	return drawLeaf(t)
}

func drawLeaf(t *rapid.T) query.Node {
	in := rapid.SampledFrom([]query.Scope{query.Anywhere, query.InName, query.InPath, query.InDir, query.AsWritten}).Draw(t, "scope")
	switch rapid.IntRange(0, 7).Draw(t, "leaf") {
	case 0:
		return query.Glob{Pattern: rapid.SampledFrom([]string{"*", "?", "**/", "/", ""}).Draw(t, "start") + drawText(t) + "*", In: in}
	case 1:
		if in == query.InDir {
			in = query.InPath
		}
		return query.Regexp{Expr: drawExpr(t), In: in}
	case 2:
		return query.Word{Text: drawText(t) + "/" + drawText(t), In: in}
	case 3:
		return query.Word{Text: drawPath(t), In: in}
	case 4:
		return rapid.SampledFrom([]query.Node{
			query.Host{Name: "north"}, query.Host{Name: "nowhere"}, query.Ext{Of: []string{"iso"}}, query.Type{Of: []string{"disk"}},
		}).Draw(t, "filter")
	case 5:
		return rapid.SampledFrom([]query.Node{
			query.Kind{Of: []string{"dir"}}, query.Kind{Of: []string{"file", "link"}}, query.Size{Min: 1, Max: 1}, query.Age{Min: 86400, Max: 3 * 86400},
		}).Draw(t, "number")
	default:
		return query.Word{Text: drawText(t), In: in}
	}
}
