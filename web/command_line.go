package web

import (
	"cmp"
	"strings"

	"trawl/index"
)

// shellQuoted returns a word for a POSIX shell.
//
//	it's => 'it'\''s'
func shellQuoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// curlLine returns a command that fetches a file, and goes on where it was cut off. The file is kept under its name, in
// which what is not shown becomes an underscore.
func curlLine(from, name string) string {
	kept := cmp.Or(index.KeptName(name), "file")
	if strings.HasSuffix(from, "/"+name) && kept == name {
		return "curl -C - -O " + shellQuoted(from)
	}
	return "curl -C - -o " + shellQuoted("./"+kept) + " " + shellQuoted(from)
}
