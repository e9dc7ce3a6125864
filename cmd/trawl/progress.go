package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// progress shows the crawls under way. On a terminal each has a line, which is redrawn in
// place. Elsewhere it prints a plain line when a crawl reaches another stage, and every
// ten seconds if the crawl has advanced.
type progress struct {
	out *terminal

	mu      sync.Mutex // guards the following
	order   []index.HostID
	lines   map[index.HostID]crawler.Progress
	printed map[index.HostID]crawler.Progress // in plain lines
	drawn   []int                             // columns of the lines on the terminal
	layout  progressLayout
}

const (
	progressLines = 20               // drawn at most
	progressPause = 10 * time.Second // between plain lines
)

func newProgress(out *terminal) *progress {
	return &progress{
		out:     out,
		lines:   map[index.HostID]crawler.Progress{},
		printed: map[index.HostID]crawler.Progress{},
	}
}

// show shows the state of a crawl.
func (b *progress) show(p crawler.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.lines[p.Host]; !known {
		b.order = append(b.order, p.Host)
	}
	b.lines[p.Host] = p
	last := b.printed[p.Host]
	further := p.Directories != last.Directories || p.Files != last.Files || p.Errors != last.Errors
	switch {
	case b.out.tty:
		b.redraw()
	case p.Stage == crawler.Done, p.Stage == crawler.Queued:
	case last.Stage != p.Stage || further && p.Elapsed-last.Elapsed >= progressPause:
		b.printed[p.Host] = p
		fmt.Fprintln(b.out, plainLine(p))
	}
}

// finish removes the line of a crawl and lets print write in its place.
func (b *progress) finish(id index.HostID, print func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.lines, id)
	b.clear()
	print()
	if b.out.tty {
		b.redraw()
	}
}

// clear takes the lines away.
func (b *progress) clear() {
	if len(b.drawn) > 0 {
		fmt.Fprint(b.out, b.up()+"\x1b[J")
		b.drawn = nil
	}
}

// up returns what brings the cursor to the first line. A terminal that was made narrower has broken lines.
func (b *progress) up() string {
	rows := 0
	for _, width := range b.drawn {
		rows++
		if b.out.width > 0 {
			rows += max(0, width-1) / b.out.width
		}
	}
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", rows)
}

// redraw draws all lines anew. The terminal breaks none of them, even if it takes a character for wider.
func (b *progress) redraw() {
	height := b.out.measure()
	most := progressLines
	if height > 0 {
		most = max(1, min(most, height-2))
	}
	var shown []crawler.Progress
	more := 0
	for _, id := range b.order {
		p, ok := b.lines[id]
		switch {
		case !ok || p.Stage == crawler.Queued:
		case len(shown) == most:
			more++
		default:
			shown = append(shown, p)
			b.layout.widen(p)
		}
	}
	layout, dir := b.layout.fit(b.out.width - 1)
	var lines strings.Builder
	var drawn []int
	draw := func(line string) {
		lines.WriteString("\x1b[K" + line + "\n")
		drawn = append(drawn, columns(line))
	}
	for _, p := range shown {
		draw(layout.line(p, dir))
	}
	if more > 0 {
		draw(cutTo(b.out, fmt.Sprintf("and %d more", more)))
	}
	fmt.Fprint(b.out, b.up()+"\x1b[?7l"+lines.String()+"\x1b[?7h\x1b[J")
	b.drawn = drawn
}
