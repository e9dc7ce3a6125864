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
				fmt.Fprint(g.err, "\r\x1b[K"+b.line(now))
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
	var s strings.Builder
	if size > 0 {
		full := int(done * barWidth / size)
		fmt.Fprintf(&s, "%3d%% [%s%s] %s of %s", done*100/size, strings.Repeat("=", full), strings.Repeat(" ", barWidth-full),
			humanize.IBytes(uint64(done)), humanize.IBytes(uint64(size)))
	} else {
		s.WriteString(humanize.IBytes(uint64(done)))
	}
	fmt.Fprintf(&s, ", %s/s", humanize.IBytes(uint64(speed)))
	if left := float64(size-done) / speed; size > 0 && speed > 0 && left < float64(99*time.Hour/time.Second) {
		fmt.Fprintf(&s, ", %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
	}
	s.WriteString(", " + index.Visible(place.Host.Name()))
	if connections > 1 {
		fmt.Fprintf(&s, " ×%d", connections)
	}
	room := max(12, b.out.width-1-2-columns(s.String()))
	if b.out.width == 0 {
		room = columns(b.name)
	}
	return cutTo(b.out, cut(b.name, room)+"  "+s.String())
}

// cutTo cuts a line to the width of a terminal.
func cutTo(t *terminal, line string) string {
	if t.width > 0 {
		return cut(line, t.width-1)
	}
	return line
}
