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
// seconds.
type board struct {
	out *terminal
	now func() time.Time

	mu    sync.Mutex // guards what follows
	order []index.HostID
	lines map[index.HostID]crawler.Progress
	told  map[index.HostID]time.Time // when a plain line was printed
	drawn int                        // lines on the terminal
}

// The lines that a board draws at most, and how often it prints plain ones.
const (
	boardLines = 20
	boardPause = 10 * time.Second
)

func newBoard(out *terminal, now func() time.Time) *board {
	return &board{
		out: out, now: now,
		lines: map[index.HostID]crawler.Progress{},
		told:  map[index.HostID]time.Time{},
	}
}

// show takes up how far a crawl has come.
func (b *board) show(p crawler.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, known := b.lines[p.Host]
	if !known {
		b.order = append(b.order, p.Host)
	}
	b.lines[p.Host] = p
	switch {
	case b.out.tty:
		b.redraw()
	case p.Stage == crawler.Done, p.Stage == crawler.Queued:
	case before.Stage != p.Stage || b.now().Sub(b.told[p.Host]) >= boardPause:
		b.told[p.Host] = b.now()
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
	drawn := 0
	for _, id := range b.order {
		p, ok := b.lines[id]
		if !ok || p.Stage == crawler.Queued || drawn == boardLines {
			continue
		}
		line := progressLine(b.out, p)
		if b.out.width > 0 {
			line = cut(line, b.out.width-1)
		}
		lines.WriteString("\x1b[K" + line + "\n")
		drawn++
	}
	up := ""
	if b.drawn > 0 {
		up = fmt.Sprintf("\x1b[%dA\r", b.drawn)
	}
	fmt.Fprint(b.out, up+lines.String()+"\x1b[J")
	b.drawn = drawn
}
