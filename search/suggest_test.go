package search

import (
	"slices"
	"testing"
	"time"

	"trawl/search/query"
)

func TestSuggest(t *testing.T) {
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	hosts := []string{"ftp.debian.org", "h:2121", "debian.example"}
	for text, want := range map[string][]string{
		"linux si":       {"linux size:"},
		"vi":             {"type:video"},
		"-type:v":        {"-type:video"},
		"(mp3 | TYPE:au": {"(mp3 | type:audio"},
		"host:deb":       {"host:debian.example", "host:ftp.debian.org"},
		"deb":            {"host:debian.example", "host:ftp.debian.org"},
		"kind:":          {"kind:file", "kind:dir", "kind:link"},
		"time:202":       {"time:2026", "time:2025"},
		`"two si`:        nil,
		"/si":            nil,
		"s":              nil,
		"":               nil,
		"type:video":     nil,
		"nosuch:x":       nil,
	} {
		var got []string
		for _, s := range Suggest(text, hosts, now, 8) {
			got = append(got, s.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q goes on as %q, want %q", text, got, want)
		}
	}
}

// TestSuggestValues holds each value to being one that the language reads, and the fields to be those that there are.
func TestSuggestValues(t *testing.T) {
	now := time.Now()
	for _, field := range fieldWords() {
		for _, value := range append(valuesOf(field, []string{"h:2121"}, now), "1") {
			if value == "1" && field != "name" && field != "path" && field != "places" {
				continue
			}
			if r, err := query.Read(field+":"+value, now); err != nil || r.Note != "" {
				t.Errorf("%s:%s: %v %s", field, value, err, r.Note)
			}
		}
	}
}
