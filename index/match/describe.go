package match

import (
	"path"
	"regexp"
	"strings"
	"unicode"
)

// maxAbout bounds a description, in bytes.
const maxAbout = 400

// facts is a size, a date, a time or a rule between a name and its description.
var facts = regexp.MustCompile(`^(?:\[?\d+\]?[kKmMgG]?(?:\s+bytes)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d{2}|[-:=.|*]+)(?:\s+|$)`)

// Describe reads the descriptions of files that an INDEX text holds, a name and
// then words a line, and calls found with each. It leaves out sizes and dates between
// them. A line that begins with a space continues the description before.
//
//	pkz204g.exe   202574 02-01-93 PKWARE's archiver   => pkz204g.exe, PKWARE's archiver
//	"long name.txt" a long story                      => long name.txt, a long story
//	xv-3.10.tar.gz - picture viewer                   => xv-3.10.tar.gz, picture viewer
func Describe(body string, found func(name, about string)) {
	name, about := "", ""
	flush := func() {
		if name != "" && strings.ContainsFunc(about, unicode.IsLetter) {
			found(name, about)
		}
		name = ""
	}
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n\t ")
		rest := strings.TrimLeft(line, " \t")
		if rest != line || line == "" {
			if name != "" && rest != "" {
				about = shorten(about + " " + strings.TrimLeft(rest, "| "))
			} else {
				flush()
			}
			continue
		}
		flush()
		name, rest = firstName(line)
		for facts.MatchString(rest) {
			rest = facts.ReplaceAllString(rest, "")
		}
		about = shorten(rest)
	}
	flush()
}

// firstName cuts the name off a line of an INDEX; "" if there is none.
func firstName(line string) (name, rest string) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		name, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", ""
		}
	} else {
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return line, ""
		}
		name, rest = line[:i], line[i:]
	}
	if strings.ContainsAny(name, "/\x00") || len(name) > 255 {
		return "", ""
	}
	return name, strings.TrimLeft(rest, " \t")
}

// shorten joins the words of a description and cuts it at maxAbout.
func shorten(about string) string {
	about = strings.Join(strings.Fields(about), " ")
	if len(about) > maxAbout {
		about = strings.ToValidUTF8(about[:maxAbout], "")
	}
	return about
}

// IsIndex reports whether a text of this name describes the files beside it:
// INDEX, 00INDEX.txt, 00_index.txt, files.bbs, descript.ion and the like.
func IsIndex(name string) bool {
	name = strings.ToLower(name)
	name = strings.TrimLeft(strings.TrimSuffix(name, path.Ext(name)), "0!-_ ") + path.Ext(name)
	switch name {
	case "files.bbs", "descript.ion", "index", "index.txt", "ls-index", "contents", "contents.txt", "dir.txt", "files.txt":
		return true
	}
	return strings.HasPrefix(name, "index.") && !strings.HasPrefix(name, "index.htm") && !strings.HasPrefix(name, "index.ph")
}
