package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
)

// hostile are names that servers and visitors chose.
func hostile() []string {
	return []string{
		"a\nlevel=ERROR msg=forged", "a\r\n<0>forged", "\x1b[2J\x1b]0;title\x07", "\u202egpj.exe", "\u009b31m", "\x7f\x00", "\xff\xfe", "\u2028\u2029\u0085",
		`"quoted" \ and = more`, "<3>", "\ufeff", strings.Repeat("ä\n", 40_000), "🜁\U000e0001",
	}
}

type broken struct{ text *string }

func (b broken) Error() string { return *b.text } // panics

// TestHostile holds each line to being one line of printable characters, in all formats, whatever a name holds and wherever it
// stands.
func TestHostile(t *testing.T) {
	for _, format := range []Format{Auto, Text, JSON} {
		for _, journal := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, journal %t", format, journal), func(t *testing.T) {
				for _, name := range append(hostile(), "plain") {
					var b bytes.Buffer
					log := New(&b, Options{Format: format, Journal: journal})
					log.With("peer", name).WithGroup("in").Warn("was "+name, "path", name, "err", errors.New(name), "wrapped", fmt.Errorf("x: %w", errors.New(name)),
						"any", []string{name}, "bytes", []byte(name), "broken", broken{}, slog.Group("g", "x", name))
					line, ended := strings.CutSuffix(b.String(), "\n")
					if !ended || len(line) > 48<<10 {
						t.Errorf("%.40q: %d bytes, ended %t", name, len(line), ended)
					}
					for _, r := range line {
						if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
							t.Errorf("%.40q: the line holds %q", name, r)
							break
						}
					}
					line, prioritized := strings.CutPrefix(line, "<4>")
					if prioritized != journal {
						t.Errorf("%.40q: the line begins %.40q", name, line)
					}
					if format == JSON {
						if err := json.Unmarshal([]byte(line), new(map[string]any)); err != nil {
							t.Errorf("%.40q: %v in %.200s", name, err, line)
						}
					} else if strings.HasPrefix(line, "time=") == journal {
						t.Errorf("%.40q: the line begins %.40q", name, line)
					}
				}
			})
		}
	}
}

// TestLevels holds levels to their words, and a change of the level to counting at once.
func TestLevels(t *testing.T) {
	var b bytes.Buffer
	var level Level
	log := New(&b, Options{Level: &level, Journal: true})
	for i, name := range Levels() {
		if err := level.Set(name); err != nil || level.String() != name {
			t.Errorf("%s: %v, %s", name, err, &level)
		}
		b.Reset()
		log.Debug("x")
		log.Info("x")
		log.Warn("x")
		log.Error("x")
		if got, want := b.String(), strings.Join([]string{"<7>level=DEBUG msg=x\n", "<6>level=INFO msg=x\n", "<4>level=WARN msg=x\n", "<3>level=ERROR msg=x\n"}[i:], ""); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var format Format
	if level.Set("loud") == nil || format.Set("xml") == nil {
		t.Error("words that are none are taken")
	}
}

// TestDuration shows how durations are written.
func TestDuration(t *testing.T) {
	for format, want := range map[Format]string{Text: "took=1.5s", JSON: `"took":1.5`} {
		var b bytes.Buffer
		New(&b, Options{Format: format}).Info("x", "took", 1500*time.Millisecond)
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s: %s lacks %s", format, &b, want)
		}
	}
}
