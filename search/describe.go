package search

// Describe reads the descriptions of files that an INDEX text holds, a name and
// then words a line, and calls take with each. Lines that are not such are
// passed over.
func Describe(body string, take func(name, about string)) {}

// IsIndex tells whether a text of this name describes the files beside it:
// INDEX*, 00INDEX*, 00_index.txt, files.bbs, descript.ion and the like.
func IsIndex(name string) bool { return false }
