package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/crawler"
	"trawl/index"
)

// The columns of the crawls under way on a terminal. Each keeps the greatest width that it had, so that nothing jumps.
const (
	colHost = iota
	colWay
	colDirectories
	colFiles
	colBytes
	colErrors
	colWaiting
	colElapsed
	colCount
)

const (
	leastHost = 14 // columns of a host, before others are left out
	leastDir  = 12 // columns of the directory, else it is left out
)

// spareColumns are left out where the terminal is narrow, the first one first.
func spareColumns() []int { return []int{colWaiting, colWay, colBytes, colDirectories, colErrors} }

// progressCells returns the cells of a crawl:
//
//	ftp.example.org | MLSD | 1,234 dirs | 56,789 files | 6.4 GiB | 1 error | 12 waiting | 1m5s
func progressCells(p crawler.Progress) [colCount]string {
	var c [colCount]string
	c[colHost] = strings.TrimSuffix(string(p.Host), "/")
	if p.Stage == crawler.Queued || p.Stage == crawler.Connecting {
		c[colWay] = string(p.Stage)
		return c
	}
	c[colWay] = index.Visible(p.Way)
	if p.Stage != crawler.Listing {
		c[colWay] = string(p.Stage)
	}
	c[colDirectories] = count(p.Directories, "dir", "dirs")
	c[colFiles] = count(p.Files, "file", "files")
	c[colBytes] = humanize.IBytes(uint64(p.Bytes))
	if p.Errors > 0 {
		c[colErrors] = count(p.Errors, "error", "errors")
	}
	if p.Waiting > 0 {
		c[colWaiting] = humanize.Comma(p.Waiting) + " waiting"
	}
	c[colElapsed] = p.Elapsed.Round(time.Second).String()
	return c
}

// progressLayout is the widths of the columns.
type progressLayout [colCount]int

// widen makes room for a crawl.
func (l *progressLayout) widen(p crawler.Progress) {
	for i, text := range progressCells(p) {
		l[i] = max(l[i], columns(text))
	}
}

// fit returns the widths for a terminal of a width, 0 for columns that are left out, and the room for the directory.
func (l progressLayout) fit(total int) (fitted progressLayout, dir int) {
	if total <= 0 {
		return l, 1 << 16
	}
	used := func() int {
		n := 0
		for _, width := range l {
			if width > 0 {
				n += width + 2
			}
		}
		return n - 2
	}
	host := l[colHost]
	l[colHost] = min(host, leastHost)
	for _, i := range spareColumns() {
		if used() > total {
			l[i] = 0
		}
	}
	l[colHost] = host
	l[colHost] = max(1, host-max(0, used()-total))
	if dir = total - used() - 2; dir < leastDir {
		dir = 0
	}
	return l, dir
}

// line returns the line of a crawl. What does not fit of a directory is missing at its beginning.
func (l progressLayout) line(p crawler.Progress, dir int) string {
	var b strings.Builder
	for i, text := range progressCells(p) {
		if l[i] == 0 {
			continue
		}
		text = cut(text, l[i])
		pad := strings.Repeat(" ", l[i]-columns(text))
		if i == colHost || i == colWay {
			b.WriteString(text + pad + "  ")
		} else {
			b.WriteString(pad + text + "  ")
		}
	}
	if dir > 0 {
		b.WriteString(cutLeft(index.Visible(p.Dir), dir))
	}
	return strings.TrimRight(b.String(), " ")
}

// plainLine returns the line of a crawl where it is no terminal.
func plainLine(p crawler.Progress) string {
	line := fmt.Sprintf("%s: %s", p.Host, p.Stage)
	if p.Stage == crawler.Queued || p.Stage == crawler.Connecting {
		return line
	}
	line += fmt.Sprintf(" by %s: %s, %s, %s bytes", index.Visible(p.Way),
		count(p.Directories, "directory", "directories"), count(p.Files, "file", "files"), humanize.Comma(p.Bytes))
	if p.Errors > 0 {
		line += ", " + count(p.Errors, "error", "errors")
	}
	if p.Waiting > 0 {
		line += fmt.Sprintf(", %s waiting", humanize.Comma(p.Waiting))
	}
	return line + fmt.Sprintf(", %s  %s", p.Elapsed.Round(time.Second), index.Visible(p.Dir))
}
