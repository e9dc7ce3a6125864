package gateway

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/index"
)

// maxName is the length of a file's name in bytes that filesystems take.
const maxName = 240

// disposition returns the header Content-Disposition (RFC 6266) of a file. A name beyond ASCII comes twice: in ASCII
// for old clients, and whole in the form of RFC 8187.
//
//	café.txt => inline; filename="caf_.txt"; filename*=UTF-8''caf%C3%A9.txt
func disposition(kind, name string) string {
	name = safeName(name)
	plain := asciiName(name)
	header := kind + `; filename="` + plain + `"`
	if plain == name {
		return header
	}
	return header + "; filename*=UTF-8''" + extended(name)
}

// safeName returns the name under which a file is kept: one element of a path, without characters that are not shown
// or that change the reading direction, and not too long. Its ending stays.
//
//	"a\r\nb" => "a__b", "a\u202egpj.exe" => "a_gpj.exe", "..\\x" => ".._x"
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '/', r == '\\', r == utf8.RuneError, unicode.Is(unicode.Cf, r), index.Visible(string(r)) != string(r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	switch name = strings.Trim(name, " "); name {
	case "", ".", "..":
		return "file"
	}
	if len(name) <= maxName {
		return name
	}
	ending := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 16 {
		ending = name[dot:]
	}
	cut := maxName - len(ending)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ending
}

// asciiName returns a name for clients that know no other charset. Quotes would end the header's text, and some
// clients decode percent signs.
func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
}

// extended percent-encodes all but the attr-char of RFC 8187 section 3.2.1.
func extended(name string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(name) {
		if c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0) {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
