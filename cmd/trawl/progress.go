package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

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
	drawn   int                               // lines on the terminal
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
		fmt.Fprintln(b.out, progressLine(b.out, p))
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

func (b *progress) clear() {
	if b.drawn > 0 {
		fmt.Fprintf(b.out, "\x1b[%dA\r\x1b[J", b.drawn)
		b.drawn = 0
	}
}

func (b *progress) redraw() {
	var lines strings.Builder
	drawn, more := 0, 0
	draw := func(line string) {
		if b.out.width > 0 {
			line = cut(line, b.out.width-1)
		}
		lines.WriteString("\x1b[K" + line + "\n")
		drawn++
	}
	for _, id := range b.order {
		p, ok := b.lines[id]
		switch {
		case !ok || p.Stage == crawler.Queued:
		case drawn == progressLines:
			more++
		default:
			draw(progressLine(b.out, p))
		}
	}
	if more > 0 {
		draw(fmt.Sprintf("and %d more", more))
	}
	up := ""
	if b.drawn > 0 {
		up = fmt.Sprintf("\x1b[%dA\r", b.drawn)
	}
	fmt.Fprint(b.out, up+lines.String()+"\x1b[J")
	b.drawn = drawn
}

// progressLine returns the line of a crawl under way.
func progressLine(t *terminal, p crawler.Progress) string {
	line := fmt.Sprintf("%s: %s", p.Host, p.Stage)
	if p.Stage == crawler.Queued || p.Stage == crawler.Connecting {
		return line
	}
	line += fmt.Sprintf(" by %s: %s, %s, %s", index.Visible(p.Way),
		count(p.Directories, "directory", "directories"), count(p.Files, "file", "files"), t.size(p.Bytes))
	if !t.tty {
		line += " bytes"
	}
	if p.Errors > 0 {
		line += ", " + count(p.Errors, "error", "errors")
	}
	if p.Waiting > 0 {
		line += fmt.Sprintf(", %s waiting", humanize.Comma(p.Waiting))
	}
	return line + fmt.Sprintf(", %s  %s", p.Elapsed.Round(time.Second), index.Visible(p.Dir))
}
