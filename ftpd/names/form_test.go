package names_test

import (
	"testing"

	"trawl/ftpd/names"
)

// TestFormsOfClients shows what each form replaces.
func TestFormsOfClients(t *testing.T) {
	for _, test := range []struct{ raw, utf8, bytes string }{
		{"a\u00e9", "a\u00e9", "a\u00e9"},
		{"a\xe9\xfe", "a\uefe9\ueffe", "a\xe9\xfe"},
		{"a\r\n\x00", "a\uef0d\uef0a\uef00", "a\uef0d\uef0a\uef00"},
		{"\x1b\x9b", "\x1b\uef9b", "\x1b\x9b"},
		{"\uefe9", "\uefee\uefbf\uefa9", "\uefe9"},
	} {
		if got := names.UTF8.Encode(test.raw); got != test.utf8 {
			t.Errorf("%q in UTF-8 => %q", test.raw, got)
		}
		if got := names.Bytes.Encode(test.raw); got != test.bytes {
			t.Errorf("%q in bytes => %q", test.raw, got)
		}
	}
}
