package index

import (
	"path"
	"strings"
	"unicode/utf8"
)

// LongestName bounds what KeptName returns, in bytes: most disks allow 255, and a program may add to it.
const LongestName = 240

// KeptName returns a name for this machine of the one that a server gives: a single name, never a
// path, without characters that a terminal obeys. It is "" if nothing is left. "-", which programs take for
// their output, becomes another name.
//
//	"../../etc/passwd" => "passwd", "a\x1b[2J" => "a_[2J", "-" => "_", ".." => ""
func KeptName(foreign string) string {
	name := path.Base("/" + strings.ReplaceAll(foreign, `\`, "_"))
	if name == "/" || name == "." || name == ".." {
		return ""
	}
	if name == "-" {
		return "_"
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "_") {
		if Visible(string(r)) != string(r) {
			r = '_'
		}
		b.WriteRune(r)
	}
	return shorten(b.String())
}

// shorten cuts a name that is too long for a disk, before its extension.
func shorten(name string) string {
	if len(name) <= LongestName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	end := LongestName - len(ext)
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + ext
}
