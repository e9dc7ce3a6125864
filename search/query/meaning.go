package query

import "strings"

// alias returns the field that another file search or a search engine calls by a name, or "".
// The names are those of Everything, FSearch, Google, zoekt, GitHub, Windows and Spotlight.
func alias(name string) string {
	for field, names := range map[string]string{
		"ext":    "extension extensions exts filetype filetypes fileext suffix endwith endswith",
		"dir":    "folder folders directory parent infolder in under location ancestor nosubfolders",
		"host":   "site server domain hostname mirror machine",
		"size":   "filesize length bytes",
		"path":   "inurl url fullpath pathname filepath wholepath allinurl",
		"name":   "filename basename title intitle iname wfn nopath file allintitle",
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
