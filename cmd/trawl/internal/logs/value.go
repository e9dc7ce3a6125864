package logs

import (
	"fmt"
	"log/slog"
	"unicode/utf8"

	"trawl/index"
)

// mostOfValue is how many bytes of one value are logged. The journal breaks lines of more than 48 KiB.
const mostOfValue = 1 << 10

// printable returns a value in which nothing can break a line, move a cursor or turn the direction of reading. Programs that read
// JSON get durations in seconds.
func printable(v slog.Value, asText bool) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(line(v.String()))
	case slog.KindAny:
		if level, ok := v.Any().(slog.Level); ok {
			return slog.StringValue(level.String())
		}
		return slog.StringValue(line(fmt.Sprint(v.Any())))
	case slog.KindDuration:
		if !asText {
			return slog.Float64Value(v.Duration().Seconds())
		}
	default:
	}
	return v
}

// line returns a string as one line that is not too long.
func line(s string) string {
	cut := ""
	if len(s) > mostOfValue {
		end := mostOfValue
		for !utf8.RuneStart(s[end]) && end > mostOfValue-utf8.UTFMax {
			end--
		}
		s, cut = s[:end], "…"
	}
	return index.Visible(s) + cut
}
