package main

import (
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/pflag"
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
	whole, sum := text, time.Duration(0)
	for _, u := range []struct {
		name string
		long time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		m := regexp.MustCompile(`^(\d{1,4})` + u.name).FindStringSubmatch(text)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return err
		}
		sum += time.Duration(n) * u.long
		text = text[len(m[0]):]
	}
	if whole == "" {
		return errors.New("no duration")
	}
	if text != "" {
		rest, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		sum += rest
	}
	*s = span(sum)
	return nil
}
