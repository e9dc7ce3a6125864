package locale

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// TestTexts holds every language to the texts of English.
func TestTexts(t *testing.T) {
	languages, err := New()
	if err != nil {
		t.Fatal(err)
	}
	read := func(tag string) map[string]any {
		b, err := files.ReadFile("texts/" + tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	english := slices.Sorted(maps.Keys(read("en")))
	for _, l := range languages.All() {
		if got := slices.Sorted(maps.Keys(read(l.Tag))); !slices.Equal(got, english) {
			t.Errorf("%s has not the texts of English:\n%q\n%q", l.Tag, got, english)
		}
	}
}

func TestChoose(t *testing.T) {
	languages, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		asked, accept, want string
		kept                bool
	}{
		{"", "", "en", false},
		{"es", "en", "es", true},
		{"xx", "es-MX,es;q=0.9", "es", false},
		{"", "de,fr;q=0.5", "en", false},
		{"", "\xff;;", "en", false},
	} {
		if got, kept := languages.Choose(tt.asked, tt.accept); got.Tag != tt.want || kept != tt.kept {
			t.Errorf("Choose(%q, %q) = %s, %t", tt.asked, tt.accept, got.Tag, kept)
		}
	}
	if got := languages.All()[1].Number(1140140); got != "1.140.140" {
		t.Errorf("es: %s", got)
	}
}
