package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/format"
	"trawl/index"
)

// recordFlags are the flags of commands that print records for programs: see help/output.txt.
type recordFlags struct {
	template string
	null     bool
	pretty   bool // for people, into a pipe, too
}

// bind adds the flags. The template may have these fields.
func (o *recordFlags) bind(cmd *cobra.Command, fields []string) {
	flags := cmd.Flags()
	flags.StringVar(&o.template, "format", "", "print each record by this `template`, such as '%{url}\\n'; fields: "+strings.Join(fields, " "))
	flags.BoolVarP(&o.null, "null", "0", false, "end each record with a NUL, not a line feed, for xargs -0")
}

// bindPretty adds the flag of commands that print something else for people.
func (o *recordFlags) bindPretty(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.pretty, "pretty", false, "print for people, as on a terminal, into a pipe, too")
}

// plain reports whether records are printed, not what people read.
func (o *recordFlags) plain(t *terminal) bool {
	return o.template != "" || o.null || !t.tty && !o.pretty
}

// check returns an error about flags that do not go together, and about the template.
func (o *recordFlags) check(fields []string, asJSON bool) error {
	switch {
	case asJSON && (o.null || o.template != "" || o.pretty):
		return errors.New("--json stands alone: it excludes --format, --null and --pretty")
	case o.pretty && (o.null || o.template != ""):
		return errors.New("--pretty is for people; it excludes --format and --null")
	case o.template != "":
		if _, err := format.Parse(o.template, fields); err != nil {
			return fmt.Errorf("--format: %w", err)
		}
	}
	return nil
}

// people returns the terminal for what people read.
func (o *recordFlags) people(t *terminal) *terminal {
	if !o.pretty || t.tty {
		return t
	}
	shown := *t
	shown.tty = true
	return &shown
}

// printer returns a printer of records, by the template that was given, else by another one.
func (o *recordFlags) printer(t *terminal, usual string, fields []string) (*records, error) {
	template := o.template
	if template == "" {
		template = usual
	}
	f, err := format.Parse(template, fields)
	if err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	r := &records{out: t, format: f, exact: o.null && !t.tty}
	switch {
	case o.null:
		r.end = "\x00"
	case !f.Ended():
		r.end = "\n"
	}
	return r, nil
}

// records prints records for programs.
type records struct {
	out    *terminal
	format format.Format
	end    string // of a record
	exact  bool   // names stay as they are: a NUL ends each record, and no terminal shows them
	buffer []byte
}

// add adds a record to those that flush prints. What a value holds of a server is made visible, unless a program
// reads it that knows where it ends.
func (r *records) add(value func(field string) string) {
	r.buffer = r.format.Append(r.buffer, func(field string) string {
		text := value(field)
		if r.exact && !strings.Contains(text, "\x00") {
			return text
		}
		return index.Visible(text)
	})
	r.buffer = append(r.buffer, r.end...)
}

// flush prints the records that were added.
func (r *records) flush() error {
	_, err := r.out.Write(r.buffer)
	r.buffer = r.buffer[:0]
	return err
}

// unknown stands for a size, a time or another value that is not known. It is not empty: shells, and awk by default, take several
// tabs for one.
const unknown = "-"

// sizeField returns a size in bytes.
func sizeField(n int64) string {
	if n < 0 {
		return unknown
	}
	return strconv.FormatInt(n, 10)
}

// timeField returns a time by RFC 3339 in UTC.
func timeField(at time.Time) string {
	if at.IsZero() {
		return unknown
	}
	return at.UTC().Format(time.RFC3339)
}

// textField returns a text that may be empty.
func textField(s string) string {
	if s == "" {
		return unknown
	}
	return s
}
