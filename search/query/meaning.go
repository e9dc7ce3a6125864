package query

import (
	"cmp"
	"slices"
	"strings"
)

// alias returns the field that another file search or a search engine calls by a name, or "".
// The names are those of Everything, FSearch, Google, zoekt, GitHub, Windows and Spotlight.
func alias(name string) string {
	return keyOf(name, map[string]string{
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
	})
}

// keyOf returns the key of the list that has a word, or "". The words of a list have blanks between
// them, and none is in two lists.
func keyOf(word string, lists map[string]string) string {
	for key, list := range lists {
		if among(word, list) {
			return key
		}
	}
	return ""
}

// among reports whether a word is in a list with blanks between its words.
func among(word, list string) bool { return slices.Contains(strings.Fields(list), word) }

// aboutTime reports whether another program calls a time by a field of this name. Their values
// follow other rules than those of time:, so that they are not read but refused with the mend.
func aboutTime(name string) bool {
	return among(name, "date datemodified datecreated dateaccessed modified modification mtime ctime atime btime dm dc da "+
		"changed created accessed newer older after before since until year month day when age recent daterange rc datetaken lastmodified")
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

// sizeSign returns the sign of the comparison of sizes that another program, such as Gmail, calls by a name, or "".
func sizeSign(name string) string {
	return keyOf(name, map[string]string{">": "larger bigger largerthan minsize", "<": "smaller smallerthan maxsize"})
}

// aboutOrder reports whether another program chooses the order of results by a
// field of this name.
func aboutOrder(name string) bool {
	return among(name, "sort sortby order orderby sorted")
}

// aboutExpressions reports whether the values of another program's field of this name are regular
// expressions.
func aboutExpressions(name string) bool {
	return among(name, "regex regexp re rx grep")
}

// typeAlias returns the type or the kind that people call by a word: "movie" => "video", "folder"
// => "dir". kind reports that it is a kind.
func typeAlias(word string) (value string, kind bool) {
	typ := keyOf(word, map[string]string{
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
	})
	if typ != "" {
		return typ, false
	}
	kindOf := keyOf(word, map[string]string{
		"dir":  "dir dirs folder folders directory directories d",
		"file": "file files f regular",
		"link": "link links symlink symlinks l",
	})
	return kindOf, kindOf != ""
}
