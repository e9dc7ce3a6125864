package query

import (
	"errors"
	"testing"
	"time"
)

func TestMended(t *testing.T) {
	for text, want := range map[string]string{
		"debian siez:>1G":    "debian size:>1G",
		"a type:vidoe b":     "a type:video b",
		"ext:is?":            "*.is?",
		"name:pub/a":         "path:pub/a",
		"type:xyz linux":     "ext:xyz linux",
		`say "two words`:     `say "two words"`,
		"(mp3 | flac":        "(mp3 | flac)",
		"mp3) live":          "mp3 live",
		"size:4GiB..1GiB a":  "size:1GiB..4GiB a",
		"time:2024..2023":    "time:2023..2024",
		"time:30d":           "time:<30d",
		"places:5..2":        "places:2..5",
		"size:big":           "",
		"":                   "",
		"a |":                "a",
		"debian size:big":    "debian",
		"a  size:big\tb":     "a b",
		"size:big time:no a": "",
		"((a":                "",
	} {
		_, err := Read(text, time.Now())
		wrong := (*Error)(nil)
		if !errors.As(err, &wrong) {
			t.Errorf("%q is read", text)
			continue
		}
		if wrong.Mended != want {
			t.Errorf("%q is mended to %q, want %q (%v)", text, wrong.Mended, want, err)
		}
	}
}
