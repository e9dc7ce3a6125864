package tree

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxPath is the length of the longest path: that of Linux, less its NUL.
const maxPath = 4095

// clean reports whether p is a path that a View takes: absolute, without empty parts, . and .., without NUL.
func clean(p string) bool {
	if p == "/" {
		return true
	}
	if p == "" || p[0] != '/' || len(p) > maxPath || strings.IndexByte(p, 0) >= 0 {
		return false
	}
	for part := range strings.SplitSeq(p[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// aside is the name of the folder for files that are not whole yet. It is reserved everywhere.
const aside = ".trawl"

// CheckFolder refuses what is no path of a folder to which rules can give rights, or that a session can start in: it must begin with
// a slash and be clean, and files that are not whole are nobody's.
func CheckFolder(p string) error {
	switch {
	case !clean(p):
		return fmt.Errorf("%q is no path of a folder; write it as \"/incoming\"", p)
	case reserved(p):
		return fmt.Errorf("%q is for uploads that are not whole (%s), which no user sees; name another folder", p, aside)
	}
	return nil
}

// reserved reports whether a part of p is the name of the folder for files that are not whole yet, in any spelling by which
// a file system might take it for that.
func reserved(p string) bool {
	if !strings.ContainsAny(p, "tT") {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if reservedName(part) {
			return true
		}
	}
	return false
}

// reservedName reports whether a file system might take a name for the reserved one. Some ignore case, some ignore signs
// such as U+200D, some ignore dots and spaces at the end, and some have short names.
//
//	.trawl  .TRAWL  ".trawl ."  .tra<U+200D>wl  TRAWL~1  => true
//	trawl   .trawler                                     => false
func reservedName(name string) bool {
	if len(name) < len(aside) || name[0] != '.' && name[0] != 't' && name[0] != 'T' && name[0] < utf8.RuneSelf {
		return false
	}
	plain := strings.TrimRight(strings.Map(func(c rune) rune {
		if c >= utf8.RuneSelf {
			return -1
		}
		return c
	}, name), ". ")
	if plain, ok := cutPrefixFold(plain, "trawl~"); ok {
		return strings.Trim(plain, "0123456789") == ""
	}
	return strings.EqualFold(plain, aside)
}

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// parts returns the parts of a clean path: none for "/".
func parts(p string) []string {
	if p == "/" {
		return nil
	}
	return strings.Split(p[1:], "/")
}
