package scan

import (
	"slices"
	"testing"
)

// TestSlips holds the slips of a word to all that one letter makes of it.
func TestSlips(t *testing.T) {
	got := slips("heder")
	for _, want := range []string{"header", "ehder", "heer", "hader", "hederx", "xheder"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is no slip of heder", want)
		}
	}
	for _, word := range []string{"abc", "thirteenlette", "e-mail", "привет"} {
		if len(slips(word)) > 0 {
			t.Errorf("%s has slips", word)
		}
	}
}
