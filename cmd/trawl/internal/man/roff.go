package man

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// escape makes one line of text safe: roff obeys none of its characters, and prints those that it would turn
// into typographic ones as they are.
//
//	.so 'x' --all => \&.so \(aqx\(aq \-\-all
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case i == 0 && r == '.':
			b.WriteString(`\&.`)
		case r == '\\':
			b.WriteString(`\(rs`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > unicode.MaxASCII:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quoted makes text an argument of a macro.
func quoted(s string) string { return `"` + strings.ReplaceAll(escape(s), `"`, `\(dq`) + `"` }

// heading begins a section.
func heading(b *bytes.Buffer, title string) { fmt.Fprintf(b, ".SH %s\n", quoted(title)) }

// text writes lines as a terminal shows them, with headings by a macro: see Topic.
func text(b *bytes.Buffer, lines, headings string) {
	fresh := true // a heading has just begun
	for block := range strings.SplitSeq(strings.Trim(lines, "\n"), "\n\n") {
		block = strings.Trim(block, "\n")
		if block == "" {
			continue
		}
		first, rest, _ := strings.Cut(block, "\n")
		if isHeading(first) {
			fmt.Fprintf(b, "%s %s\n", headings, quoted(first))
			if block, fresh = rest, true; rest == "" {
				continue
			}
		}
		paragraph(b, block, fresh)
		fresh = false
	}
}

// paragraph writes lines without an empty one among them: those that are indented as they are, the others filled.
func paragraph(b *bytes.Buffer, block string, fresh bool) {
	if !fresh {
		b.WriteString(".PP\n")
	}
	var plain, indented []string
	flush := func() {
		fill(b, strings.Join(plain, " "))
		if len(indented) > 0 {
			fmt.Fprintf(b, ".RS 2\n.EX\n%s\n.EE\n.RE\n", strings.Join(indented, "\n"))
		}
		plain, indented = nil, nil
	}
	for line := range strings.SplitSeq(block, "\n") {
		if as, is := strings.CutPrefix(line, "  "); is {
			indented = append(indented, escape(as))
			continue
		}
		if len(indented) > 0 {
			flush()
		}
		plain = append(plain, line)
	}
	flush()
}

// fill writes text in short lines.
func fill(b *bytes.Buffer, text string) {
	column := 0
	for word := range strings.FieldsSeq(text) {
		word = escape(word)
		switch {
		case column == 0:
		case column+1+len(word) > lineLength:
			b.WriteString("\n")
			column = 0
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	if column > 0 {
		b.WriteString("\n")
	}
}

// lineLength is the most bytes of a line of text.
const lineLength = 78

// isHeading reports whether a line is a heading: it begins with a letter and has only capitals.
func isHeading(line string) bool {
	return len(line) > 2 && unicode.IsUpper(rune(line[0])) && line == strings.ToUpper(line) &&
		!strings.ContainsAny(line, ".:")
}
