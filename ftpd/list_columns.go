package ftpd

import (
	"bufio"
	"strings"
	"unicode/utf8"
)

// The form of ls -C: names from top to bottom in columns as wide as the widest name, in lines that fit on a terminal.
const (
	lineWidth = 79
	tabWidth  = 8
)

// columns gathers the names of a directory.
type columns struct {
	memory *memory
	taken  int64
	cells  []string
}

// add adds a name. If there is no memory for it, the names before it are written as a block of their own.
func (c *columns) add(w *bufio.Writer, name []byte) error {
	n := int64(len(name)) + heldCosts
	if len(c.cells) >= heldFree {
		if !c.memory.take(n) {
			if err := c.flush(w); err != nil {
				return err
			}
		} else {
			c.taken += n
		}
	}
	c.cells = append(c.cells, string(name))
	return nil
}

// flush writes the names that were gathered.
func (c *columns) flush(w *bufio.Writer) error {
	widest := 0
	for _, name := range c.cells {
		widest = max(widest, utf8.RuneCountInString(name))
	}
	width := (widest/tabWidth + 1) * tabWidth
	across := max(1, lineWidth/width)
	down := (len(c.cells) + across - 1) / across
	for row := range down {
		for i := row; i < len(c.cells); i += down {
			_, _ = w.WriteString(c.cells[i]) // bufio keeps the error
			if i+down < len(c.cells) {
				_, _ = w.WriteString(strings.Repeat(" ", width-utf8.RuneCountInString(c.cells[i])))
			}
		}
		_, _ = w.WriteString("\r\n")
	}
	c.drop()
	return w.Flush()
}

// drop forgets the names that were gathered.
func (c *columns) drop() {
	c.memory.give(c.taken)
	c.taken, c.cells = 0, c.cells[:0]
}
