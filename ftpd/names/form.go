package names

import "strings"

// Form is how the names of listings are sent to one client.
type Form uint8

// The forms.
const (
	UTF8  Form = iota // as Encode writes them
	Bytes             // as they are, for clients that make names of such bytes
)

// Encode returns the form of a name, or of a path, that can be sent. In Bytes only those that end a line are replaced: CR, LF
// and NUL.
func (f Form) Encode(raw string) string {
	if f == UTF8 {
		return Encode(raw)
	}
	var b strings.Builder
	for _, c := range []byte(raw) {
		if c == 0 || c == '\n' || c == '\r' {
			b.WriteRune(first + rune(c))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
