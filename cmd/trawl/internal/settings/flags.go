package settings

import (
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"
)

// DurationVar adds a flag of a duration: "30s", "12h", "7d". It is never negative.
func DurationVar(flags *pflag.FlagSet, p *time.Duration, name string, value time.Duration, usage string) {
	*p = value
	flags.Var((*durationFlag)(p), name, usage)
}

// SizeVar adds a flag of a number of bytes: "10MiB", "700MB", "1024".
func SizeVar[N int | int64](flags *pflag.FlagSet, p *N, name string, value N, usage string) {
	*p = value
	flags.Var(&bytesFlag[N]{p, ParseSize, "size", ""}, name, usage)
}

// RateVar adds a flag of bytes a second: "2MiB/s", "50000".
func RateVar[N int | int64](flags *pflag.FlagSet, p *N, name string, value N, usage string) {
	*p = value
	flags.Var(&bytesFlag[N]{p, ParseRate, "rate", "/s"}, name, usage)
}

var (
	_ pflag.Value = (*durationFlag)(nil)
	_ pflag.Value = (*bytesFlag[int])(nil)
)

type durationFlag time.Duration

// String returns "0" for none, which help does not print as a default.
func (d *durationFlag) String() string { return FormatDuration(time.Duration(*d)) }

// Type returns the type that errors go by.
func (d *durationFlag) Type() string { return "duration" }

// Set reads a duration.
func (d *durationFlag) Set(text string) error {
	v, err := ParseDuration(text)
	if err == nil {
		*d = durationFlag(v)
	}
	return err
}

// FormatDuration writes a duration as ParseDuration reads it, without parts that are none: "24h", "1h30m", "0".
func FormatDuration(d time.Duration) string {
	text := d.String()
	if d == 0 {
		return "0"
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// bytesFlag is a number of bytes, or of bytes a second.
type bytesFlag[N int | int64] struct {
	p     *N
	parse func(string) (int64, error)
	kind  string
	unit  string // behind the size
}

// String returns "0" for none, which help does not print as a default.
func (b *bytesFlag[N]) String() string {
	if b.p == nil || *b.p <= 0 {
		return "0"
	}
	return FormatSize(int64(*b.p)) + b.unit
}

// Type returns the type that errors go by.
func (b *bytesFlag[N]) Type() string { return b.kind }

// Set reads the bytes.
func (b *bytesFlag[N]) Set(text string) error {
	v, err := b.parse(text)
	if err == nil {
		*b.p = N(v)
	}
	return err
}

// FormatSize writes a size as ParseSize reads it, to the last byte: "10MiB", "700MB", "1025".
func FormatSize(n int64) string {
	for _, text := range []string{humanize.IBytes(uint64(max(0, n))), humanize.Bytes(uint64(max(0, n)))} {
		text = strings.NewReplacer(".0 ", "", " ", "").Replace(text)
		if v, err := humanize.ParseBytes(text); err == nil && int64(v) == n && n >= 1000 {
			return text
		}
	}
	return strconv.FormatInt(n, 10)
}
