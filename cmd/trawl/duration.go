package main

import (
	"time"

	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/settings"
)

// span is a flag of a duration that may be days and weeks: "12h", "1d", "2w", "1d12h".
type span time.Duration

var _ pflag.Value = (*span)(nil)

// String returns "0" for none, which help does not print as a default.
func (s *span) String() string {
	if *s == 0 {
		return "0"
	}
	return time.Duration(*s).String()
}

// Type returns the type of other durations, so that errors read alike.
func (s *span) Type() string { return "duration" }

// Set reads a span.
func (s *span) Set(text string) error {
	d, err := settings.ParseDuration(text)
	if err != nil {
		return err
	}
	*s = span(d)
	return nil
}
