package query

import (
	"regexp"
	"strings"
)

// compared is the name of a field with a sign of a comparison behind it and no colon.
var compared = regexp.MustCompile(`(?i)(^|\s)(size|time|ext|type|kind|host|places)\s*([<>]=?|=)\s*([^\s<>=])`)

// The comparisons that have no field before them: of a size with its unit, and of a date or an age.
var (
	comparedSize = regexp.MustCompile(`(?i)(^|\s)([<>]=?)\s*(\d[\d.,]*\s*(?:[kmgtp]i?b|[kgtp]|bytes?))($|\s)`)
	comparedTime = regexp.MustCompile(`(?i)(^|\s)([<>]=?)\s*((?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?|\d+[dwy])($|\s)`)
)

// comparisons reads comparisons as programming languages write them, also those of a size, a date or an age alone.
//
//	iso size > 1GB, ext=jpg => iso size:>1GB, ext:jpg
//	iso >1GB >2023          => iso size:>1GB time:>2023
func comparisons(pieces []string) []string {
	text := strings.Join(pieces, " ")
	if isQuoted(text) {
		return nil
	}
	other := strings.ReplaceAll(compared.ReplaceAllString(text, "$1$2:$3$4"), ":=", ":")
	for range 2 { // two beside each other share a blank
		other = comparedSize.ReplaceAllString(other, "${1}size:$2$3$4")
		other = comparedTime.ReplaceAllString(other, "${1}time:$2$3$4")
	}
	if other == text {
		return nil
	}
	return []string{other}
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
