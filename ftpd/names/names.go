// Package names gives every file name a form in UTF-8 that can be sent on one line, and takes it back.
//
// File names are bytes. Protocols want UTF-8 (RFC 2640 section 2.2), and a line ends at CR or LF. One name that is neither
// spoils a whole session in some clients. So each byte that cannot stand is sent as one character of a range of Unicode
// that is set aside for private use, U+EF00 to U+EFFF:
//
//	byte            character       sent as
//	0x00 NUL        U+EF00          EE BC 80
//	0x0A LF         U+EF0A          EE BC 8A
//	0x0D CR         U+EF0D          EE BC 8D
//	0x80 ... 0xFF   U+EF80 ... EFFF EE BE 80 ... EE BF BF
//
//	caf<E9>.txt      => caf<U+EFE9>.txt       (a name in ISO 8859-1)
//	two<LF>lines     => two<U+EF0A>lines
//	café.txt         => café.txt              (UTF-8 stays)
//	<U+EFE9>         => <U+EFEE><U+EFBF><U+EFA9>
//
// The last line is what makes the form reversible: a name that holds a character of the range itself is sent with each of
// its three bytes replaced.
package names

import (
	"strings"
	"unicode/utf8"
)

// The range that stands for bytes.
const (
	first = 0xEF00
	last  = first + 0xFF
)

// cannot reports whether a byte that is no part of a character cannot be sent.
func cannot(b byte) bool { return b == 0 || b == '\n' || b == '\r' || b >= utf8.RuneSelf }

// Encode returns the form of a name, or of a path, that can be sent: valid UTF-8 without CR, LF and NUL. Different names
// have different forms. Valid UTF-8 that holds none of these and nothing of the range stays as it is.
func Encode(raw string) string {
	at := foreign(raw)
	if at == len(raw) {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw) + 16)
	b.WriteString(raw[:at])
	for at < len(raw) {
		r, n := utf8.DecodeRuneInString(raw[at:])
		switch {
		case n > 1 && (r < first || r > last), n == 1 && !cannot(raw[at]):
			b.WriteString(raw[at : at+n])
		default:
			for _, c := range []byte(raw[at : at+n]) {
				b.WriteRune(first + rune(c))
			}
		}
		at += n
	}
	return b.String()
}

// foreign returns where the first byte is that Encode replaces, or the length.
func foreign(raw string) int {
	for at := 0; at < len(raw); {
		if c := raw[at]; c < utf8.RuneSelf {
			if cannot(c) {
				return at
			}
			at++
			continue
		}
		r, n := utf8.DecodeRuneInString(raw[at:])
		if n == 1 || r >= first && r <= last {
			return at
		}
		at += n
	}
	return len(raw)
}

// Decode returns the name that Encode was given. It changes only the characters that Encode makes: no other character
// becomes a byte, least of all a slash or a dot. Bytes that are no UTF-8 stay, so that Decode also takes a name in its raw
// form. It also takes the control characters that Line makes.
func Decode(sent string) string {
	if !strings.Contains(sent, "\xEE\xBC") && !strings.Contains(sent, "\xEE\xBD") && !strings.Contains(sent, "\xEE\xBE") && !strings.Contains(sent, "\xEE\xBF") {
		return sent
	}
	b := make([]byte, 0, len(sent))
	for at := 0; at < len(sent); {
		r, n := utf8.DecodeRuneInString(sent[at:])
		if c := byte(r - first); r >= first && r <= last && (cannot(c) || control(rune(c))) {
			b = append(b, byte(r-first))
		} else {
			b = append(b, sent[at:at+n]...)
		}
		at += n
	}
	return string(b)
}

// control reports whether a character drives a terminal: those of ASCII and of ISO 8859-1 that have no shape.
func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// Line returns a text in which no character ends a line, drives a terminal or is no UTF-8: each byte of such a one has the
// form of Encode, and Decode takes it back. Bytes that have that form already stay, so Line is for texts in which names were
// encoded.
//
//	<ESC>[2J         => <U+EF1B>[2J
//	caf<U+EFE9>.txt  => caf<U+EFE9>.txt
func Line(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return control(r) || r == utf8.RuneError })
	if at < 0 {
		return text
	}
	b := []byte(text[:at])
	for at < len(text) {
		r, n := utf8.DecodeRuneInString(text[at:])
		if control(r) || r == utf8.RuneError && n == 1 {
			for _, c := range []byte(text[at : at+n]) {
				b = utf8.AppendRune(b, first+rune(c))
			}
		} else {
			b = append(b, text[at:at+n]...)
		}
		at += n
	}
	return string(b)
}

// Find returns the raw name of what a client means. A client may send the form of Encode, as listings show it, or the raw
// bytes. Both are one name, except where the raw bytes hold characters of the range: then Find prefers the form of Encode,
// and takes the bytes as they are if exists knows only these.
func Find(sent string, exists func(raw string) bool) string {
	raw := Decode(sent)
	if raw != sent && !exists(raw) && exists(sent) {
		return sent
	}
	return raw
}
