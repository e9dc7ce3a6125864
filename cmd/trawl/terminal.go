package main

import (
	"io"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"trawl/index"
	"trawl/web/wire"
)

// terminal is an output stream that people or programs read.
type terminal struct {
	io.Writer
	tty   bool // people read it: sizes are rounded, matches are bold
	bold  bool // the escape sequences for bold may be written
	width int  // columns; 0 is no limit
}

// newTerminal returns the terminal of f.
func newTerminal(f *os.File, env func(string) string) *terminal {
	t := &terminal{Writer: f, tty: term.IsTerminal(int(f.Fd()))}
	t.bold = colored(t.tty, env)
	if t.tty {
		t.width, _, _ = term.GetSize(int(f.Fd()))
	}
	return t
}

// measure reads the size of a terminal anew, which may have changed, and returns its height; 0 is not known.
func (t *terminal) measure() (height int) {
	if f, ok := t.Writer.(*os.File); ok && t.tty {
		if width, rows, err := term.GetSize(int(f.Fd())); err == nil {
			t.width, height = width, rows
		}
	}
	return height
}

// size prints a size: rounded for people, in bytes for programs, "-" if unknown.
func (t *terminal) size(n int64) string {
	switch {
	case n < 0:
		return "-"
	case t.tty:
		return humanize.IBytes(uint64(n))
	}
	return humanize.Comma(n)
}

// json prints v as a line of JSON.
func (t *terminal) json(v any) error {
	line, err := wire.Encode(v)
	if err == nil {
		_, err = t.Write(line)
	}
	return err
}

// count prints a number of things.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(n) + " " + many
}

// date prints the day and minute of a time, "-" if unknown.
func date(at time.Time, precision index.Precision) string {
	switch {
	case at.IsZero():
		return "-"
	case precision == index.Day:
		return at.UTC().Format(time.DateOnly)
	}
	return at.UTC().Format("2006-01-02 15:04")
}

// mark makes s visible, with the ranges in bold where the terminal has that.
func (t *terminal) mark(s string, ranges []index.Range) string {
	return t.markAs(index.Visible, s, ranges)
}

// markAs is mark with show in place of index.Visible, for each piece of s.
func (t *terminal) markAs(show func(string) string, s string, ranges []index.Range) string {
	if !t.bold {
		return show(s)
	}
	var b strings.Builder
	end := 0
	for _, r := range ranges {
		if r.Start < end || r.End > len(s) || r.End <= r.Start {
			continue
		}
		b.WriteString(show(s[end:r.Start]))
		b.WriteString("\x1b[1m" + show(s[r.Start:r.End]) + "\x1b[0m")
		end = r.End
	}
	b.WriteString(show(s[end:]))
	return b.String()
}

// linkable writes a path as links have it, save that letters of all scripts stay readable.
//
//	/Музыка/100% live.mp3 => /Музыка/100%25%20live.mp3
func linkable(path string) string {
	var b strings.Builder
	for _, r := range path {
		s := string(r)
		if r < utf8.RuneSelf || index.Visible(s) != s {
			s = (&url.URL{Path: s}).EscapedPath()
		}
		b.WriteString(s)
	}
	return b.String()
}

// columns returns the number of columns that s takes on a terminal.
func columns(s string) int { return uniseg.StringWidth(s) }

// cut shortens s to at most n columns; the last is "…" if something is missing. It parts no letter from its accents.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	var b strings.Builder
	left := n - 1
	for letters := uniseg.NewGraphemes(s); letters.Next(); {
		if left -= letters.Width(); left < 0 {
			break
		}
		b.WriteString(letters.Str())
	}
	return b.String() + "…"
}

// cutLeft is cut, but what is missing is missing at the beginning.
func cutLeft(s string, n int) string {
	over := columns(s) - n
	if over <= 0 {
		return s
	}
	letters := uniseg.NewGraphemes(s)
	for over++; over > 0 && letters.Next(); { // and the room of the sign
		over -= letters.Width()
	}
	_, end := letters.Positions()
	return "…" + s[end:]
}
