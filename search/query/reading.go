package query

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Reading is one way to read a text.
type Reading struct {
	Tree Node
	Note string // how the text was read, in one line; "" if it was read literally
}

// maxOthers bounds the other readings of a text.
const maxOthers = 8

// Others returns more ways to read a text, the likeliest first. They are for a text that Read
// refuses or that finds nothing. Each has a note, and none has the tree of another or that of Read.
//
//	*.img or *.iso           => *.img | *.iso
//	can you forgive her?     => can you forgive her
//	img[0-9].jpg             => /^img[0-9]\.jpg$/
//	C:\Users\me\a.iso        => "/Users/me/a.iso"
func Others(text string, now time.Time) (out []Reading) {
	seen := map[string]bool{}
	if literal, err := Read(text, now); err == nil {
		seen[literal.Tree.String()] = true
	}
	add := func(p *parser, why string) {
		r, err := p.read()
		if err != nil || len(out) == maxOthers {
			return
		}
		if as := r.Tree.String(); !seen[as] {
			seen[as] = true
			r.Note = "read as " + clean(short(as)) + ": " + why
			out = append(out, r)
		}
	}
	if inCapitals(ascii(text)) {
		add(newParser(text, now), "AND, OR and NOT are operators")
	}
	pieces := cut(ascii(text))
	for _, way := range ways() {
		for _, other := range way.read(pieces) {
			add(newParser(other, now), way.why)
		}
	}
	return out
}

// way is a way to read a text: it writes the text as one or more queries of the language.
type way struct {
	why  string
	read func([]string) []string
}

// ways returns the other ways, the likeliest first.
func ways() []way {
	return []way{
		{"a ? at the end of a word is a sign here", withoutMarks},
		{"or, and and not are operators here", withOperators},
		{"AND, OR and NOT are words here", withoutOperators},
		{"a dash before a word excludes it", dashes},
		{"a name from a link is percent-encoded", percentDecoded},
		{"letters behind an expression are left out", withoutFlags},
		{"a / between two words is a sign here", withoutSlashes},
		{"this is a path", paths},
		{"this compares the value of a field", comparisons},
		{"a name needs to match one of several patterns only", anyPattern},
		{"< and > are parentheses here", angles},
		{"this is a type", typed},
		{"signs in brackets are one of them", classes},
		{"texts in braces are alternatives", allBraces},
		{"a pattern that nothing matches as a whole may match in the middle", middles},
		{"this looks like a regular expression", expressions},
		{"the signs of the language are left out", words},
		{"the parts of a word may stand apart", partsApart},
	}
}

// cut cuts a text at white space that is not in quotes.
func cut(text string) (pieces []string) {
	start, quoted := -1, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && bounds(text[i:]) && c != '|' && c != ')':
			if start >= 0 {
				pieces = append(pieces, text[start:i])
			}
			start = -1
			continue
		}
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		pieces = append(pieces, text[start:])
	}
	return pieces
}

// isQuoted reports whether a piece has quotes.
func isQuoted(piece string) bool { return strings.Contains(piece, `"`) }

// each returns the text whose pieces change makes, or nil if it changes none of them. change
// returns false for a piece that stays.
func each(pieces []string, change func(piece string) (string, bool)) []string {
	var out []string
	changed := false
	for _, piece := range pieces {
		if !isQuoted(piece) {
			if other, ok := change(piece); ok {
				changed, piece = true, other
			}
		}
		if piece != "" {
			out = append(out, piece)
		}
	}
	if !changed || len(out) == 0 {
		return nil
	}
	return []string{strings.Join(out, " ")}
}

// inCapitals reports whether a text is words in capital letters with an operator among them, so that
// the operator may be one of the words.
func inCapitals(text string) bool {
	if strings.ContainsFunc(text, unicode.IsLower) || strings.ContainsAny(text, `"|()*?:/\`) {
		return false
	}
	words, operators := 0, 0
	for word := range strings.FieldsSeq(text) {
		if word == "OR" || word == "AND" || word == "NOT" {
			operators++
		} else if strings.ContainsFunc(word, unicode.IsUpper) && !strings.HasPrefix(word, "-") {
			words++
		}
	}
	return operators > 0 && words > 1
}

// withoutMarks takes the question marks from the ends of words.
//
//	can you forgive her? => can you forgive her
func withoutMarks(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		bare := strings.TrimRight(piece, "?!")
		if !strings.HasSuffix(piece, "?") && !strings.HasSuffix(piece, "?!") || strings.ContainsAny(bare, "*?") {
			return piece, false
		}
		return bare, true
	})
}

// withOperators reads operators in small letters, and as programming languages write them.
func withOperators(pieces []string) []string {
	if len(pieces) < 2 {
		return nil
	}
	return each(pieces, func(piece string) (string, bool) {
		switch strings.ToLower(piece) {
		case "or", "||":
			return "OR", piece != "OR"
		case "and", "&&", "&":
			return "AND", piece != "AND"
		case "not", "without":
			return "NOT", piece != "NOT"
		}
		return piece, false
	})
}

// dashes reads the dashes and signs before a word that phones and word processors type for a minus.
//
//	film −h264, film –h264, film not:h264 => film -h264
func dashes(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		if len(piece) > 4 && strings.EqualFold(piece[:4], "not:") {
			return "-" + piece[4:], true
		}
		first, n := utf8.DecodeRuneInString(piece)
		next, _ := utf8.DecodeRuneInString(piece[n:])
		return "-" + piece[n:], strings.ContainsRune("−–—‐‑‒", first) && (unicode.IsLetter(next) || unicode.IsDigit(next))
	})
}

// withoutOperators reads operators as words.
func withoutOperators(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		return quote(piece), piece == "OR" || piece == "AND" || piece == "NOT"
	})
}

// partSigns are the signs between the parts of a word.
const partSigns = ".,;_+~&=–—−-"

// betweenParts matches them where there is no digit on one side at least.
var betweenParts = regexp.MustCompile(`(\D)[` + partSigns + `]+(.)|(.)[` + partSigns + `]+(\D)`)

// partsApart reads the parts of a word with signs between them as words: names may have other signs there. Numbers with
// a sign between stay together.
//
//	bad.boys, bad_boys => bad boys
//	wine-6.1           => wine 6.1
func partsApart(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		if fieldPrefix(piece) > 0 || strings.ContainsAny(piece, `*?()|:/\<>`) || piece[0] == '-' {
			return piece, false
		}
		parts := strings.Fields(betweenParts.ReplaceAllString(piece, "$1$3 $2$4"))
		for i := range parts {
			parts[i] = quote(strings.Trim(parts[i], partSigns))
		}
		return strings.Join(parts, " "), len(parts) > 1
	})
}

// words leaves quotes, fields and wildcards out, and takes what else means something for a sign.
func words(pieces []string) []string {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"()|*?\:<>=`, r) {
			return ' '
		}
		return r
	}, strings.Join(pieces, " "))
	var out []string
	for word := range strings.FieldsSeq(text) {
		if word = strings.TrimLeft(word, "-!+"); word != "" {
			out = append(out, quote(word))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return []string{strings.Join(out, " ")}
}
