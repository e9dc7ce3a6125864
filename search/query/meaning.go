package query

import (
	"cmp"
	"strings"
)

// alias returns the field that another file search or a search engine calls by a name, or "".
// The names are those of Everything, FSearch, Google, zoekt, GitHub, Windows and Spotlight.
func alias(name string) string {
	for field, names := range map[string]string{
		"ext":    "extension extensions exts filetype filetypes fileext suffix endwith endswith",
		"dir":    "folder folders directory parent infolder in under location ancestor nosubfolders",
		"host":   "site server domain hostname mirror machine",
		"size":   "filesize length bytes",
		"path":   "inurl url fullpath pathname filepath wholepath allinurl",
		"name":   "filename basename title intitle iname wfn nopath file allintitle ww wholeword wholewords word nocase ignorecase",
		"type":   "category mediatype format",
		"kind":   "is entry",
		"text":   "content contents intext description readme fulltext body",
		"case":   "exact casesensitive",
		"places": "copies mirrors dupe duplicates count",
	} {
		for other := range strings.FieldsSeq(names) {
			if other == name {
				return field
			}
		}
	}
	return ""
}

// aboutTime reports whether another program calls a time by a field of this name. Their values
// follow other rules than those of time:, so that they are not read but refused with the mend.
func aboutTime(name string) bool {
	for other := range strings.FieldsSeq("date datemodified datecreated dateaccessed modified modification mtime ctime atime btime dm dc da " +
		"changed created accessed newer older after before since until year month day when age recent daterange rc datetaken lastmodified") {
		if other == name {
			return true
		}
	}
	return false
}

// timeHint says how time: asks for what a field of another program does.
//
//	before:2020, older:1y => time:<2020, time:>1y
func (p *parser) timeHint(t token) string {
	sign := ""
	if !strings.HasPrefix(t.text, "<") && !strings.HasPrefix(t.text, ">") {
		ago := strings.TrimLeft(t.text, "-+")
		_, _, isAge := age(strings.ToLower(ago))
		switch t.field {
		case "before", "older":
			sign = "<"
			if isAge {
				sign = ">"
			}
		case "until":
			sign = "<="
		case "after", "newer", "since", "recent":
			sign = ">"
			if t.field == "since" {
				sign = ">="
			}
			if isAge {
				sign = "<"
			}
		}
		if isAge {
			t.text = ago
			sign = cmp.Or(sign, "<")
		}
	}
	mend := "time:" + sign + t.text
	if n, err := Parse(mend, p.now); err == nil && strings.HasPrefix(n.String(), "time:") {
		return "did you mean " + mend + "?"
	}
	return "the time of a file is asked for by time:, such as time:2024 or time:<30d"
}

// aboutOrder reports whether another program chooses the order of results by a
// field of this name.
func aboutOrder(name string) bool {
	switch name {
	case "sort", "sortby", "order", "orderby", "sorted":
		return true
	}
	return false
}

// aboutExpressions reports whether the values of another program's field of this name are regular
// expressions.
func aboutExpressions(name string) bool {
	switch name {
	case "regex", "regexp", "re", "rx", "grep":
		return true
	}
	return false
}

// typeAlias returns the type or the kind that people call by a word: "movie" => "video", "folder"
// => "dir". kind reports that it is a kind.
func typeAlias(word string) (value string, kind bool) {
	for typ, words := range map[string]string{
		"video":      "videos movie movies film films tv clip clips",
		"audio":      "music song songs sound sounds track tracks mp3s",
		"image":      "images picture pictures photo photos pic pics img graphic graphics",
		"archive":    "archives compressed zipped packed",
		"disk":       "disks iso isos diskimage cd dvd floppy rom",
		"document":   "documents docs book books ebook ebooks paper papers office spreadsheet presentation",
		"source":     "sources code sourcecode script scripts",
		"package":    "packages installer",
		"font":       "fonts typeface",
		"text":       "texts txt plain plaintext readme",
		"executable": "executables exe program programs app apps application applications binary binaries",
	} {
		for other := range strings.FieldsSeq(words) {
			if other == word {
				return typ, false
			}
		}
	}
	switch word {
	case "dir", "dirs", "folder", "folders", "directory", "directories", "d":
		return "dir", true
	case "file", "files", "f", "regular":
		return "file", true
	case "link", "links", "symlink", "symlinks", "l":
		return "link", true
	}
	return "", false
}
