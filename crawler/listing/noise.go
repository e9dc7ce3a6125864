package listing

import (
	"bytes"
	"strings"
)

// noise is the heads, sums, remarks and error lines of a dialect, which are no entries and no
// loss. A pattern is words in lower case: "#" stands for a number, perhaps with separators or a
// unit, "*" for any words or none, "x*" for a word that begins with x.
type noise []string

// remarks are what servers of any kind say in place of entries.
func remarks() noise {
	return noise{
		"no files found", "no file found", "no files", "no such files", "file not found", "no entries", "no entries found", "directory is empty",
		"directory empty", "(empty)", "empty directory", "(no files)", "no files in directory", "no files or directories found", "# files found",
		"bytes available *", "# bytes available *", "available bytes *", "# bytes free", "bytes free *",
		"wall clock *", "* wall clock", "listing complete", "end of listing", "end of list", "end of directory",
	}
}

// isRemark reports whether a line is a remark of any dialect.
func isRemark(line []byte) bool { return remarks().has(line) }

// maxNoise bounds the lines that are compared with patterns, in bytes.
const maxNoise = 300

// has reports whether a line is like a pattern. A dot, colon or comma at the end of a word does not
// matter.
func (n noise) has(line []byte) bool {
	if len(line) > maxNoise {
		return false
	}
	words := bytes.Fields(bytes.ToLower(line))
	for i, w := range words {
		if short := bytes.TrimRight(w, ".:,"); len(short) > 0 {
			words[i] = short
		}
	}
	for _, pattern := range n {
		if alike(strings.Fields(pattern), words) {
			return true
		}
	}
	return false
}

// alike reports whether words are as a pattern says.
func alike(pattern []string, words [][]byte) bool {
	for i, p := range pattern {
		if p == "*" {
			for skip := range len(words) + 1 {
				if alike(pattern[i+1:], words[skip:]) {
					return true
				}
			}
			return false
		}
		if len(words) == 0 || !aWord(p, words[0]) {
			return false
		}
		words = words[1:]
	}
	return len(words) == 0
}

// aWord reports whether a word is as that of a pattern says.
func aWord(p string, word []byte) bool {
	if p == "#" {
		_, ok := dosSize(bytes.TrimLeft(word, "-("))
		return ok || isFraction(word)
	}
	if stem, open := strings.CutSuffix(p, "*"); open {
		return bytes.HasPrefix(word, []byte(stem))
	}
	return string(word) == p
}

// isFraction reports whether b is two numbers, "122/134".
func isFraction(b []byte) bool {
	used, all, ok := bytes.Cut(b, []byte{'/'})
	return ok && allDigits(used) && allDigits(all)
}
