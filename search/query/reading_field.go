package query

import (
	"regexp"
	"strings"
)

// compared is the name of a field with a sign of a comparison behind it and no colon.
var compared = regexp.MustCompile(`(?i)(^|\s)(size|time|ext|type|kind|host|places)\s*([<>]=?|=)\s*([^\s<>=])`)

// comparisons reads comparisons as programming languages write them.
//
//	iso size > 1GB, ext=jpg => iso size:>1GB, ext:jpg
func comparisons(pieces []string) []string {
	text := strings.Join(pieces, " ")
	if isQuoted(text) || !compared.MatchString(text) {
		return nil
	}
	return []string{strings.ReplaceAll(compared.ReplaceAllString(text, "$1$2:$3$4"), ":=", ":")}
}

// angles reads angle brackets as the parentheses that they are in Everything.
//
//	<debian | ubuntu> iso => (debian | ubuntu) iso
func angles(pieces []string) []string {
	text := strings.Join(pieces, " ")
	if isQuoted(text) || !strings.HasPrefix(text, "<") && !strings.Contains(text, " <") || strings.Count(text, "<") != strings.Count(text, ">") {
		return nil
	}
	return []string{strings.NewReplacer("<", "(", ">", ")").Replace(text)}
}

// typed reads an extension that is the name of a type as that type.
//
//	filetype:movie => type:video
func typed(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		field, text, ok := strings.Cut(strings.ToLower(piece), ":")
		value, kind := typeAlias(text)
		return "type:" + value, ok && (field == "ext" || alias(field) == "ext") && value != "" && !kind
	})
}
