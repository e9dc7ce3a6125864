package man

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// program returns the page of the program.
func (m Manual) program(root *cobra.Command) []byte {
	var b bytes.Buffer
	m.begin(&b, root.Name(), 1, root.Short)
	heading(&b, "SYNOPSIS")
	fmt.Fprintf(&b, ".B %s\n.I COMMAND\n[\\fIflags\\fP] [\\fIarguments\\fP]\n", escape(root.Name()))
	heading(&b, "DESCRIPTION")
	text(&b, root.Long, ".SS")
	heading(&b, "COMMANDS")
	var pages []string
	for _, cmd := range root.Commands() {
		if cmd.Hidden {
			continue
		}
		item(&b, `\fB`+escape(cmd.Name())+`\fP`, cmd.Short)
		pages = append(pages, reference(pageName(cmd), 1))
	}
	flags(&b, "OPTIONS", root.PersistentFlags())
	for _, t := range m.Topics {
		if t.Heading != "" {
			heading(&b, t.Heading)
			text(&b, t.Text, ".SS")
			continue
		}
		pages = append(pages, reference(root.Name()+"-"+t.Name, t.Section))
	}
	examples(&b, root.Example)
	also(&b, pages)
	return b.Bytes()
}

// command returns the page of a command, with the commands below it.
func (m Manual) command(cmd *cobra.Command) []byte {
	var b bytes.Buffer
	m.begin(&b, pageName(cmd), 1, cmd.Short)
	heading(&b, "SYNOPSIS")
	begun := false
	for _, c := range append([]*cobra.Command{cmd}, visible(cmd)...) {
		if !c.Runnable() {
			continue
		}
		if begun {
			fmt.Fprintln(&b, ".br")
		}
		synopsis(&b, c)
		begun = true
	}
	heading(&b, "DESCRIPTION")
	if cmd.Long == "" {
		text(&b, cmd.Short+".", ".SS")
	} else {
		text(&b, cmd.Long, ".SS")
	}
	flags(&b, "OPTIONS", cmd.NonInheritedFlags())
	for _, sub := range visible(cmd) {
		heading(&b, strings.ToUpper(sub.CommandPath()))
		if sub.Long == "" {
			text(&b, sub.Short+".", ".SS")
		} else {
			text(&b, sub.Long, ".SS")
		}
		sub.NonInheritedFlags().VisitAll(func(f *pflag.Flag) { flag(&b, f) })
	}
	flags(&b, "GLOBAL OPTIONS", cmd.InheritedFlags())
	examples(&b, exampleOf(cmd))
	also(&b, append([]string{reference(cmd.Root().Name(), 1)}, m.references(cmd.Root().Name())...))
	return b.Bytes()
}

// topic returns the page of a topic.
func (m Manual) topic(root *cobra.Command, t Topic) []byte {
	var b bytes.Buffer
	m.begin(&b, root.Name()+"-"+t.Name, t.Section, t.Short)
	heading(&b, "DESCRIPTION")
	text(&b, t.Text, ".SH")
	also(&b, []string{reference(root.Name(), 1)})
	return b.Bytes()
}

// references returns the pages of the topics.
func (m Manual) references(program string) (pages []string) {
	for _, t := range m.Topics {
		if t.Heading == "" {
			pages = append(pages, reference(program+"-"+t.Name, t.Section))
		}
	}
	return pages
}

// visible returns the commands below one that are not hidden.
func visible(cmd *cobra.Command) (below []*cobra.Command) {
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			below = append(below, c)
		}
	}
	return below
}

// exampleOf returns the examples of a command and of those below it.
func exampleOf(cmd *cobra.Command) string {
	all := cmd.Example
	for _, sub := range visible(cmd) {
		if sub.Example != "" && !strings.Contains(all, sub.Example) {
			all = strings.Trim(all+"\n"+sub.Example, "\n")
		}
	}
	return all
}

// synopsis writes how a command is called.
//
//	trawl search QUERY... [flags]
func synopsis(b *bytes.Buffer, cmd *cobra.Command) {
	_, arguments, _ := strings.Cut(cmd.Use, " ")
	line := `.B ` + escape(cmd.CommandPath())
	if arguments != "" {
		line += "\n" + escape(arguments)
	}
	if cmd.NonInheritedFlags().HasAvailableFlags() {
		line += "\n[\\fIflags\\fP]"
	}
	fmt.Fprintln(b, line)
}

// flags writes a section of flags, if there are any.
func flags(b *bytes.Buffer, title string, set *pflag.FlagSet) {
	if set.HasAvailableFlags() {
		heading(b, title)
		set.VisitAll(func(f *pflag.Flag) { flag(b, f) })
	}
}

// flag writes a flag, unless it is hidden.
//
//	-n, --limit=int
//	       most results to print; 0 is all (default 20)
func flag(b *bytes.Buffer, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	value, about := pflag.UnquoteUsage(f)
	name := `\fB\-\-` + escape(f.Name) + `\fP`
	if f.Shorthand != "" {
		name = `\fB\-` + escape(f.Shorthand) + `\fP, ` + name
	}
	if value != "" {
		name += `=\fI` + escape(value) + `\fP`
	}
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
	default:
		about += " (default " + f.DefValue + ")"
	}
	item(b, name, about)
}

// item writes an item of a list, whose name is escaped.
func item(b *bytes.Buffer, name, about string) {
	fmt.Fprintf(b, ".TP\n%s\n", name)
	fill(b, about)
}

// examples writes the section of the examples, if there are any.
func examples(b *bytes.Buffer, lines string) {
	if lines != "" {
		heading(b, "EXAMPLES")
		text(b, lines, ".SS")
	}
}

// also writes the last section: the pages that belong to this one.
func also(b *bytes.Buffer, pages []string) {
	heading(b, "SEE ALSO")
	fmt.Fprintln(b, strings.Join(pages, ",\n"))
}

// reference names a page.
func reference(page string, section int) string {
	return fmt.Sprintf(`\fB%s\fP(%d)`, escape(page), section)
}
