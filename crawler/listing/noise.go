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
		"# file* # director*", "# file* # folder*", "# director* # file*", "# folder* # file*", "# byte* in # file*", "# file* # byte*", "sum # file* *",
		"# items", "226 * complete*", "226 closing *", "250 * complete*", "transfer complete", "150 opening *", "150 here comes *", "wall clock *", "listing complete", "end of listing", "end of list", "end of directory",
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
	first, rest := nextWord(line)
	if len(first) == 0 {
		return false
	}
	var second, behind []byte
	counted := (isDigit(first[0]) || first[0] == '-' || first[0] == '(') && aWord("#", first)
	if counted {
		second, behind = nextWord(rest)
	}
	for _, pattern := range n {
		if unit, number := strings.CutPrefix(pattern, "# "); number {
			if counted && alike(unit, second, behind) {
				return true
			}
			continue
		}
		if c := pattern[0]; (c == '*' || c == first[0]|0x20 || c == first[0]) && alike(pattern, first, rest) {
			return true
		}
	}
	return false
}

// nextWord returns the first word of a line, without marks at its end, and what follows it.
func nextWord(line []byte) (word, rest []byte) {
	line = bytes.TrimLeft(line, " \t")
	end := 0
	for end < len(line) && line[end] != ' ' && line[end] != '\t' {
		end++
	}
	word, rest = line[:end], line[end:]
	for n := end; n > 1 && (word[n-1] == '.' || word[n-1] == ':' || word[n-1] == ','); n-- {
		word = word[:n-1]
	}
	return word, rest
}

// alike reports whether a line, whose first word is given, is as a pattern says.
func alike(pattern string, word, rest []byte) bool {
	for {
		p, more, several := strings.Cut(pattern, " ")
		if p == "*" {
			if !several {
				return true
			}
			for len(word) > 0 {
				if alike(more, word, rest) {
					return true
				}
				word, rest = nextWord(rest)
			}
			return false
		}
		if len(word) == 0 || !aWord(p, word) {
			return false
		}
		word, rest = nextWord(rest)
		if !several {
			return len(word) == 0
		}
		pattern = more
	}
}

// aWord reports whether a word is as that of a pattern says.
func aWord(p string, word []byte) bool {
	if p == "#" {
		word = bytes.TrimLeft(word, "-(")
		_, ok := dosSize(word)
		return len(word) > 0 && ok || isFraction(word)
	}
	if stem, open := strings.CutSuffix(p, "*"); open {
		return hasFold(word, stem)
	}
	return equalFold(word, p)
}

// isFraction reports whether b is two numbers, "122/134".
func isFraction(b []byte) bool {
	used, all, ok := bytes.Cut(b, []byte{'/'})
	return ok && allDigits(used) && allDigits(all)
}
