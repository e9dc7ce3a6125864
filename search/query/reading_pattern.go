package query

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// middles lets patterns match in the middle of names.
//
//	kernel-?.? => *kernel-?.?*
func middles(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		field := fieldPrefix(piece)
		if !strings.ContainsAny(piece, "*?") || strings.Contains(piece, "/") || field > 0 && !strings.EqualFold(piece[:field], "name") {
			return piece, false
		}
		prefix := ""
		if strings.HasPrefix(piece, "-") {
			return piece, false
		}
		if field > 0 {
			prefix, piece = piece[:field+1], piece[field+1:]
		}
		other := "*" + strings.Trim(piece, "*") + "*"
		return prefix + other, other != piece && strings.Trim(piece, "*?") != ""
	})
}

// inParentheses is what stands in parentheses within a word, with | between.
var inParentheses = regexp.MustCompile(`\(([^()|]+(?:\|[^()|]+)+)\)`)

// allBraces reads braces in words, too, as alternatives, and parentheses within patterns.
//
//	{debian,ubuntu}.iso => (debian.iso | ubuntu.iso)
//	*.(jpg|png)         => (*.jpg | *.png)
func allBraces(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		if strings.Contains(piece, "*") && !strings.HasPrefix(piece, "(") {
			piece = inParentheses.ReplaceAllStringFunc(piece, func(s string) string { return "{" + strings.ReplaceAll(s[1:len(s)-1], "|", ",") + "}" })
		}
		texts := expandBraces(piece)
		return "(" + strings.Join(texts, " | ") + ")", texts != nil && !strings.ContainsAny(piece, "()|")
	})
}

// class is a set of characters as shells write it.
var class = regexp.MustCompile(`\[[!^]?\]?[^\]\s]+\]`)

// classes reads patterns and words with sets of characters, as shells write them, as expressions:
// as the whole name, and in the middle.
//
//	img[0-9].jpg => /^img[0-9]\.jpg$/, /img[0-9]\.jpg/
//	[!a]*.txt    => /^[^a].*\.txt$/
func classes(pieces []string) []string {
	read := func(before, after string) []string {
		return each(pieces, func(piece string) (string, bool) {
			expr, ok := ofClasses(piece)
			return "/" + before + expr + after + "/", ok
		})
	}
	return append(read("^", "$"), read("", "")...)
}

// ofClasses makes an expression of a pattern with sets of characters; ok is false if it has none.
func ofClasses(piece string) (expr string, ok bool) {
	sets := class.FindAllStringIndex(piece, -1)
	if sets == nil || strings.Contains(piece, "/") {
		return "", false
	}
	literal := func(s string) string {
		s = regexp.QuoteMeta(strings.ReplaceAll(s, `\`, ""))
		return strings.ReplaceAll(strings.ReplaceAll(s, `\*`, ".*"), `\?`, ".")
	}
	var b strings.Builder
	at := 0
	for _, set := range sets {
		b.WriteString(literal(piece[at:set[0]]))
		inner := piece[set[0]+1 : set[1]-1]
		if strings.HasPrefix(inner, "!") {
			inner = "^" + inner[1:]
		}
		b.WriteString("[" + inner + "]")
		at = set[1]
	}
	b.WriteString(literal(piece[at:]))
	if _, err := syntax.Parse(b.String(), syntax.Perl); err != nil {
		return "", false
	}
	return b.String(), true
}

// exprSigns is what texts have that are meant as expressions.
var exprSigns = regexp.MustCompile(`\\[dwsDWSb.]|\.[*+]|\][*+?{]|\)[*+?{]|\[[^\]]+\]|^\^|\$$|\([^()]*\|[^()]*\)|\{\d+(,\d*)?\}|[a-z]\?[a-z]`)

// expressions reads a text that looks like a regular expression as one: as a whole, or else by its
// words.
//
//	kernel-[0-9]+ => /kernel-[0-9]+/
func expressions(pieces []string) []string {
	ok := func(text string) bool {
		if !exprSigns.MatchString(text) || strings.Contains(text, "/") || isQuoted(text) {
			return false
		}
		_, err := syntax.Parse(text, syntax.Perl)
		return err == nil
	}
	var out []string
	if text := strings.Join(pieces, " "); ok(text) {
		out = append(out, "/"+text+"/")
	}
	return append(out, each(pieces, func(piece string) (string, bool) { return "/" + piece + "/", ok(piece) })...)
}

// anyPattern reads patterns of whole names beside each other as alternatives: no name matches both.
// Commas may be between them, and blanks in their braces.
//
//	*.jpg, *.png x => (*.jpg | *.png) x
//	*.{jpg, png}   => (*.jpg | *.png)
//	*.jpg;*.png    => (*.jpg | *.png)
func anyPattern(pieces []string) []string {
	var patterns, rest []string
	text := inBraces.ReplaceAllStringFunc(strings.Join(pieces, " "), func(s string) string { return strings.ReplaceAll(s, " ", "") })
	for _, piece := range cut(text) {
		if !strings.Contains(piece, "*") || strings.ContainsAny(piece, `"()|/`) || fieldPrefix(piece) > 0 || piece[0] == '-' {
			rest = append(rest, piece)
			continue
		}
		patterns = append(patterns, apartPatterns(strings.TrimRight(piece, ",;"))...)
	}
	if len(patterns) < 2 {
		return nil
	}
	return []string{strings.Join(append([]string{"(" + strings.Join(patterns, " | ") + ")"}, rest...), " ")}
}

// apartPatterns returns the patterns of a piece that has several, in braces or with commas or semicolons between.
//
//	*.{jpg,png}, *.jpg;*.png => *.jpg, *.png
func apartPatterns(piece string) []string {
	if texts := expandBraces(piece); texts != nil {
		return texts
	}
	parts := strings.FieldsFunc(piece, func(r rune) bool { return r == ',' || r == ';' })
	if slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(part, "*") }) {
		return []string{piece}
	}
	return parts
}

// inBraces is what stands in braces.
var inBraces = regexp.MustCompile(`\{[^{}]*\}`)

// flagged is an expression with the flags that other languages write behind it.
var flagged = regexp.MustCompile(`^(/.+/)[gimsux]+$`)

// withoutFlags leaves out the flags behind expressions.
//
//	/^lib.*\.so/i => /^lib.*\.so/
func withoutFlags(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		found := flagged.FindStringSubmatch(piece)
		if found == nil || !isExpression(found[1]) {
			return piece, false
		}
		return found[1], true
	})
}
