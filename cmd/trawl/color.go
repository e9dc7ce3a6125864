package main

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// colorFlag is --color: auto, always or never. It sets the streams of the command at once.
type colorFlag struct {
	app   *app
	value string
}

var _ pflag.Value = (*colorFlag)(nil)

// colors returns the values of --color.
func colors() []string { return []string{"auto", "always", "never"} }

func (c *colorFlag) String() string { return c.value }

func (c *colorFlag) Type() string { return "when" }

func (c *colorFlag) Set(text string) error {
	if !slices.Contains(colors(), text) {
		return fmt.Errorf("%q is none of auto, always and never", text)
	}
	c.value = text
	for _, t := range []*terminal{c.app.out, c.app.err} {
		if t != nil {
			t.bold = text == "always" || text == "auto" && colored(t.tty, c.app.env)
		}
	}
	return nil
}

// colored reports whether a stream is coloured if no flag says so: NO_COLOR (no-color.org) stands above CLICOLOR_FORCE, and
// that above CLICOLOR (bixense.com/clicolors) and TERM.
func colored(tty bool, env func(string) string) bool {
	force := env("CLICOLOR_FORCE")
	switch {
	case env("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return tty && env("CLICOLOR") != "0" && env("TERM") != "dumb"
}
