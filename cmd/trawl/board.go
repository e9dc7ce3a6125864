package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// board shows the crawls under way: on a terminal a line each, redrawn in place;
// elsewhere a plain line when a crawl has come to another stage, and every ten
// seconds if it has come further.
type board struct {
	out *terminal

	mu    sync.Mutex // guards what follows
	order []index.HostID
	lines map[index.HostID]crawler.Progress
	told  map[index.HostID]crawler.Progress // in plain lines
	drawn int                               // lines on the terminal
}

// The lines that a board draws at most, and how often it prints plain ones.
const (
	boardLines = 20
	boardPause = 10 * time.Second
)

func newBoard(out *terminal) *board {
	return &board{
		out:   out,
		lines: map[index.HostID]crawler.Progress{},
		told:  map[index.HostID]crawler.Progress{},
	}
}

// show takes up how far a crawl has come.
func (b *board) show(p crawler.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.lines[p.Host]; !known {
		b.order = append(b.order, p.Host)
	}
	b.lines[p.Host] = p
	told := b.told[p.Host]
	further := p.Directories != told.Directories || p.Files != told.Files || p.Errors != told.Errors
	switch {
	case b.out.tty:
		b.redraw()
	case p.Stage == crawler.Done, p.Stage == crawler.Queued:
	case told.Stage != p.Stage || further && p.Elapsed-told.Elapsed >= boardPause:
		b.told[p.Host] = p
		fmt.Fprintln(b.out, progressLine(b.out, p))
	}
}

// finish takes a crawl off the board and lets tell print in its place.
func (b *board) finish(id index.HostID, tell func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.lines, id)
	b.clear()
	tell()
	if b.out.tty {
		b.redraw()
	}
}

func (b *board) clear() {
	if b.drawn > 0 {
		fmt.Fprintf(b.out, "\x1b[%dA\r\x1b[J", b.drawn)
		b.drawn = 0
	}
}

func (b *board) redraw() {
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
		case drawn == boardLines:
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
