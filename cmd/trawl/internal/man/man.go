// Package man writes pages of the manual, in the macros man(7), from a tree of commands and from texts.
//
// A page is made by page.go; roff.go makes text safe for groff and mandoc, which both read the pages. Cobra's own package
// for this makes Markdown first and needs a translator of that; it knows no sections beside those of a command.
package man

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Topic is a text about a program. Its lines are as a terminal shows them: a line of capitals is a heading,
// indented lines stay as they are, and other lines make paragraphs.
type Topic struct {
	Name    string // exit-codes
	Heading string // in the page of the program: EXIT STATUS; "" if the topic has a page of its own
	Section int    // of its own page
	Short   string // one line
	Text    string
}

// Manual is the manual of a program.
type Manual struct {
	Source string    // the program and its version
	Date   time.Time // of the pages
	Topics []Topic
}

// Write writes the page of the program, one of each command that is not hidden, and those of the topics that have
// one, into a directory, which it makes:
//
//	trawl.1 trawl-search.1 trawl-query.7
func (m Manual) Write(dir string, root *cobra.Command) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // everybody reads a manual
		return fmt.Errorf("make the directory of the manual: %w", err)
	}
	pages := map[string][]byte{fileName(root.Name(), 1): m.program(root)}
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			pages[fileName(pageName(cmd), 1)] = m.command(cmd)
		}
	}
	for _, t := range m.Topics {
		if t.Heading == "" {
			pages[fileName(root.Name()+"-"+t.Name, t.Section)] = m.topic(root, t)
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil { //nolint:gosec // as above
			return fmt.Errorf("write a page of the manual: %w", err)
		}
	}
	return nil
}

// fileName returns the name of the file of a page.
func fileName(page string, section int) string { return fmt.Sprintf("%s.%d", page, section) }

// pageName returns the name of a command's page.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// begin begins a page.
func (m Manual) begin(b *bytes.Buffer, name string, section int, short string) {
	fmt.Fprintf(b, ".TH %s %d %s %s\n", quoted(strings.ToUpper(name)), section, m.Date.UTC().Format(time.DateOnly), quoted(m.Source))
	heading(b, "NAME")
	fmt.Fprintf(b, "%s \\- %s\n", escape(name), escape(short))
}
