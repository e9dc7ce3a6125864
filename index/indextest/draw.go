package indextest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"trawl/index"
)

// pieces make up names and queries, so that queries find something.
func pieces() []string {
	return []string{
		"kernel", "Kernel", "linux", "a", "b", "README", "readme", "é", "Café", "ß", "ss", "映画", ".", "-", " ", "1", "12", "x86_64",
		".iso", ".tar", ".gz", ".mkv", ".ISO", "ken", "ker",
	}
}

func drawName(t *rapid.T) string {
	name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces()), 1, 4).Draw(t, "name"), "")
	if name == "." || name == ".." {
		return "dot"
	}
	return name
}

func drawEntry(t *rapid.T) index.Entry {
	e := index.Entry{Name: drawName(t), Size: index.UnknownSize}
	if rapid.IntRange(0, 5).Draw(t, "raw") == 0 && strings.Contains(e.Name, "é") {
		e.Raw = strings.ReplaceAll(e.Name, "é", "\xe9")
	}
	e.Kind = rapid.SampledFrom([]index.Kind{index.File, index.File, index.File, index.Dir, index.Link}).Draw(t, "kind")
	if e.Kind == index.Link {
		e.Target = "../a"
	}
	if e.Kind == index.File {
		e.Size = rapid.SampledFrom([]int64{index.UnknownSize, 0, 1, 1, 1, 1000, 5 << 20, 3 << 30}).Draw(t, "size")
	}
	if e.Precision = rapid.SampledFrom([]index.Precision{index.Unknown, index.Day, index.Second}).Draw(t, "precision"); e.Precision != index.Unknown {
		e.Unix = then().AddDate(0, 0, -rapid.SampledFrom([]int{0, 1, 40, 400, 20000}).Draw(t, "age")).Unix()
	}
	return e
}

func drawListing(t *rapid.T, p index.Path) index.Listing {
	l := index.Listing{Dir: p, Taken: then(), Way: "LIST"}
	if shown := strings.ToValidUTF8(string(p), "é"); shown != string(p) {
		l.Shown = shown
	}
	l.State = rapid.SampledFrom([]index.State{
		index.Complete, index.Complete, index.Complete, index.Complete, index.Truncated, index.Unparsed, index.Denied, index.Stale,
		index.Unchanged,
	}).Draw(t, "state")
	switch l.State {
	case index.Denied, index.Stale:
		l.Why = "550 no"
	case index.Unchanged:
	case index.Unparsed:
		l.Unparsed, l.Lost = []string{"?"}, 1
		fallthrough
	default:
		seen := map[string]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "entries") {
			if e := drawEntry(t); !seen[e.Wire()] {
				seen[e.Wire()] = true
				l.Entries = append(l.Entries, e)
			}
		}
	}
	return l
}

// drawQuery writes a query; depth bounds its parentheses.
func drawQuery(t *rapid.T, depth int) string {
	var terms []string
	for range rapid.IntRange(1, 3).Draw(t, "terms") {
		term := drawTerm(t)
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "nest") == 0 {
			term = "(" + drawQuery(t, depth-1) + ")"
		}
		if rapid.IntRange(0, 4).Draw(t, "not") == 0 {
			term = "-" + term
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, rapid.SampledFrom([]string{" ", " ", " | "}).Draw(t, "join"))
}

func drawTerm(t *rapid.T) string {
	word := func() string { return rapid.SampledFrom(pieces()).Draw(t, "word") }
	switch rapid.IntRange(0, 11).Draw(t, "term") {
	case 0:
		return word() + "*"
	case 1:
		return "*" + word() + "?" + strings.TrimSpace(word())
	case 2:
		return "/" + strings.NewReplacer(".", `\.`, " ", "").Replace(word()+word()) + "$/"
	case 3:
		return fmt.Sprintf(`%s:"%s"`, rapid.SampledFrom([]string{"name", "path", "dir", "case"}).Draw(t, "scope"), word())
	case 4:
		return rapid.SampledFrom([]string{"ext:iso", "ext:tar.gz,mkv", "type:video", "type:archive,disk", "kind:dir", "kind:file,link"}).Draw(t, "filter")
	case 5:
		return rapid.SampledFrom([]string{"size:0", "size:>1K", "size:1..1000", "time:<30d", "time:>1y", "time:2026", "time:<2000"}).Draw(t, "range")
	case 6:
		return rapid.SampledFrom([]string{"host:north", "host:sftp", "host:*.org", "places:>1", "dir:/kernel", "path:*/a*", "path:**"}).Draw(t, "whole")
	case 7:
		return `"` + word() + "/" + word() + `"`
	default:
		return `"` + word() + word() + `"`
	}
}
