package indextest

import (
	"fmt"
	"regexp"
	"strings"

	"pgregory.net/rapid"

	"trawl/index"
)

// pieces make up names and queries, so that queries find something.
func pieces() []string {
	return []string{
		"kernel", "Kernel", "linux", "a", "b", "README", "readme", "é", "Café", "ß", "ss", "映画", ".", "-", " ", "1", "12", "x86_64",
		".iso", ".tar", ".gz", ".ts", ".r00", ".mod", ".7z.001", ".mkv", ".ISO", "ken", "ker", "STRASSE", "straße", "ＫＥＲ", "ﬁ", "½", "K", "e\u0301", "\u0301",
		"_", "+", " - ", "'", "’", "–", "(", "]", ",", "…", "：", "・", "c++", "wi-fi", "wifi", "s.w.a.t.", "swat", "\u200b", "٣", "3", "ى", "ي",
		"か", "が", "か\u3099", "ｶﾞ", "カ", "가", "각", "\u1100\u1161\u11a8", "ก", "กี", "ि", "नि", "😀\u200d😀",
	}
}

// described returns the names of texts that crawlers offer.
func described() []string { return []string{"README", "INDEX", "00index.txt", "files.bbs"} }

func drawName(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "text") == 0 {
		return rapid.SampledFrom(described()).Draw(t, "name")
	}
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
		e.Unix = then().AddDate(0, 0, -rapid.SampledFrom([]int{-400, 0, 1, 40, 400, 20000}).Draw(t, "age")).Unix()
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
	switch rapid.IntRange(0, 16).Draw(t, "term") {
	case 0:
		return drawPiece(t) + "*"
	case 1:
		return "*" + drawPiece(t) + "?" + strings.TrimSpace(drawPiece(t))
	case 2, 3:
		return drawScope(t, "", "name:", "path:", "case:") + "/" + drawRegexp(t) + "/"
	case 4:
		return fmt.Sprintf(`%s"%s"`, drawScope(t, "name:", "path:", "dir:", "case:"), drawPiece(t))
	case 5:
		return drawScope(t, "path:", "dir:", "path:/", "case:", "dir:/") +
			rapid.SampledFrom([]string{"*", "**/", "?", ""}).Draw(t, "start") + strings.TrimSpace(drawPiece(t)) + "*"
	case 6:
		return rapid.SampledFrom([]string{"ext:iso", "ext:tar.gz,mkv", "type:video", "type:archive,disk", "kind:dir", "kind:file,link"}).Draw(t, "filter")
	case 7:
		return rapid.SampledFrom([]string{"size:0", "size:>1K", "size:1..1000", "time:<30d", "time:>1y", "time:2026", "time:<2000"}).Draw(t, "range")
	case 8:
		return rapid.SampledFrom([]string{"host:north", "host:sftp", "host:*.org", "places:>1", "places:2..3", "dir:/kernel", "dir:kernel/", "dir:a/", "dir:*/a/", "path:*/a*", "path:**"}).Draw(t, "whole")
	case 9:
		return `"` + drawPiece(t) + "/" + drawPiece(t) + `"`
	case 10: // words that separators join
		return drawScope(t, "", "name:", "dir:", "case:") + rapid.SampledFrom(joined()).Draw(t, "joined")
	case 11: // a letter as people see it
		return "?" + strings.TrimSpace(drawPiece(t)) + rapid.SampledFrom([]string{"?", "??", "*", "?*", ".?*"}).Draw(t, "end")
	case 12:
		return rapid.SampledFrom([]string{"type:video", "type:source", "type:audio", "-type:archive type:disk", "type:text size:<1M"}).Draw(t, "type")
	default:
		return `"` + drawPiece(t) + drawPiece(t) + `"`
	}
}

// joined returns words that separators join or part, some of which are the same words.
func joined() []string {
	return []string{
		"a-b", "a_b", "a.b", "a+b", "1.12", "x86-64", "x86_64", "linux-kernel", "kernel.iso", "linux,", "[kernel]", "(a)", "kernel.", ".iso",
		"wi.fi", "swat", "s.w.a.t", "a–1", "README.1", `"a 1 12"`, `"kernel - linux"`, "c++", "'kernel'", "é_ß",
	}
}

func drawPiece(t *rapid.T) string { return rapid.SampledFrom(pieces()).Draw(t, "word") }

func drawScope(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "scope") }

// drawRegexp writes an expression out of pieces, small classes and alternations.
func drawRegexp(t *rapid.T) string {
	text := func() string { return regexp.QuoteMeta(drawPiece(t)) }
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		switch rapid.IntRange(0, 3).Draw(t, "part") {
		case 0:
			b.WriteString(rapid.SampledFrom([]string{"^", "$", "[a-c]", "[^a]", "[Kk]", "[éß]", `[.\-]`, `\d`, ".", ".*", "e?", "(1|12)", "(.iso|)$"}).Draw(t, "class"))
		case 1:
			b.WriteString("(" + text() + "|" + text() + ")")
			b.WriteString(rapid.SampledFrom([]string{"", "?", "+", "{1,2}", "$"}).Draw(t, "often"))
		default:
			b.WriteString(text())
		}
	}
	return b.String()
}
