package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/crawler/download"
	"trawl/index"
)

const (
	barPause = 200 * time.Millisecond // between two pictures of a download
	barWidth = 20                     // columns
	barSpan  = 5 * time.Second        // over which the speed is measured
)

// showProgress draws a line about a download on the terminal until stop is called, which takes it
// away. Where there is no terminal nothing is drawn.
func (g *getter) showProgress(name string, meter *download.Meter) (stop func()) {
	if !g.err.tty || g.opts.output == "-" && g.out.tty {
		return func() {}
	}
	ended := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		tick := time.NewTicker(barPause)
		defer tick.Stop()
		b := bar{name: index.Visible(name), meter: meter, out: g.err}
		for {
			select {
			case <-ended:
				fmt.Fprint(g.err, "\r\x1b[K")
				return
			case now := <-tick.C:
				fmt.Fprint(g.err, b.redraw(now))
			}
		}
	})
	return func() {
		close(ended)
		drawing.Wait()
	}
}

// bar is the line about a download.
type bar struct {
	name  string // visible
	meter *download.Meter
	out   *terminal
	marks []mark // of the last barSpan
	drawn int    // columns of the line that is there
}

// redraw returns what draws the line anew, also where it has been broken, since the terminal was made narrower.
func (b *bar) redraw(now time.Time) string {
	b.out.measure()
	up := ""
	if b.out.width > 0 && b.drawn > b.out.width {
		up = fmt.Sprintf("\x1b[%dA", (b.drawn-1)/b.out.width)
	}
	line := b.line(now)
	b.drawn = columns(line)
	return up + "\r\x1b[?7l\x1b[J" + line + "\x1b[?7h"
}

// mark is how far a download was at a time.
type mark struct {
	at   time.Time
	done int64
}

// line returns the line; ×2 is said of two connections:
//
//	a.iso  45% [=========           ] 300 MiB of 663 MiB, 12 MiB/s, 30s left, ftp.example.org ×2
func (b *bar) line(now time.Time) string {
	done, size := b.meter.Done()
	place, connections := b.meter.Place()
	if place.Host == "" {
		return cutTo(b.out, b.name+"  connecting")
	}
	b.marks = append(b.marks, mark{now, done})
	for len(b.marks) > 2 && now.Sub(b.marks[0].at) > barSpan {
		b.marks = b.marks[1:]
	}
	speed := 0.0
	if first := b.marks[0]; now.After(first.at) {
		speed = float64(done-first.done) / now.Sub(first.at).Seconds()
	}
	state := barState{done: done, size: size, speed: speed, host: index.Visible(place.Host.Name())}
	if connections > 1 {
		state.host += fmt.Sprintf(" ×%d", connections)
	}
	for _, look := range looks() {
		text := state.text(look)
		room := b.out.width - 1 - 2 - columns(text)
		if b.out.width == 0 || room >= min(columns(b.name), leastName) {
			return cutTo(b.out, cut(b.name, max(room, leastName))+"  "+text)
		}
	}
	return cutTo(b.out, b.name)
}

// leastName is how many columns of a name are shown, before other things are left out.
const leastName = 14

// barState is how far a download is.
type barState struct {
	done, size int64   // size is 0 if it is unknown
	speed      float64 // bytes a second
	host       string  // visible
}

// barLook is what is shown of a download.
type barLook struct {
	bar            int // columns; 0 is none
	of, left, host bool
}

// looks returns what to show on terminals of all widths, the most first.
func looks() []barLook {
	return []barLook{
		{barWidth, true, true, true},
		{barWidth, true, true, false},
		{barWidth / 2, true, true, false},
		{barWidth / 2, false, true, false},
		{0, false, true, false},
		{0, false, false, false},
	}
}

// text returns the text behind the name.
func (s *barState) text(look barLook) string {
	var b strings.Builder
	if s.size > 0 {
		fmt.Fprintf(&b, "%3d%% ", s.done*100/s.size)
		if look.bar > 0 {
			full := int(s.done * int64(look.bar) / s.size)
			b.WriteString("[" + strings.Repeat("=", full) + strings.Repeat(" ", look.bar-full) + "] ")
		}
	}
	b.WriteString(humanize.IBytes(uint64(s.done)))
	if s.size > 0 && look.of {
		b.WriteString(" of " + humanize.IBytes(uint64(s.size)))
	}
	fmt.Fprintf(&b, ", %s/s", humanize.IBytes(uint64(s.speed)))
	if left := float64(s.size-s.done) / s.speed; look.left && s.size > 0 && s.speed > 0 && left < float64(99*time.Hour/time.Second) {
		fmt.Fprintf(&b, ", %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
	}
	if look.host {
		b.WriteString(", " + s.host)
	}
	return b.String()
}

// cutTo cuts a line to the width of a terminal.
func cutTo(t *terminal, line string) string {
	if t.width > 0 {
		return cut(line, t.width-1)
	}
	return line
}
