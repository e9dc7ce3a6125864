package main

import (
	"fmt"
	"strings"
)

// table has rows of visible text under a heading. The first column gets the width that the
// others leave; numbers are aligned right.
type table struct {
	heading []string
	right   []bool // the columns that are aligned right
	spare   []int  // the columns that a narrow terminal leaves out, the first one first
	rows    [][]string
}

// narrow is the least width of the first column before others are left out.
const narrow = 24

// print writes the table to t.
func (b *table) print(t *terminal) {
	widths := b.widths(t.width)
	for _, row := range append([][]string{b.heading}, b.rows...) {
		var line strings.Builder
		for i, text := range row {
			if widths[i] == 0 {
				continue
			}
			text = cut(text, widths[i])
			pad := strings.Repeat(" ", widths[i]-columns(text))
			if b.right[i] {
				line.WriteString(pad + text + "  ")
			} else {
				line.WriteString(text + pad + "  ")
			}
		}
		fmt.Fprintln(t, strings.TrimRight(line.String(), " "))
	}
}

// widths returns how many columns of a terminal each column of the table takes,
// 0 for those that are left out; total is the width of the terminal, 0 no limit.
func (b *table) widths(total int) []int {
	widths := make([]int, len(b.heading))
	over := -2 - total
	for i := range widths {
		for _, row := range append([][]string{b.heading}, b.rows...) {
			widths[i] = max(widths[i], columns(row[i]))
		}
		over += widths[i] + 2
	}
	if total == 0 {
		return widths
	}
	for _, i := range b.spare {
		if over > 0 && widths[0]-over < narrow {
			over -= widths[i] + 2
			widths[i] = 0
		}
	}
	widths[0] = max(widths[0]-max(over, 0), min(widths[0], 12))
	return widths
}
