package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"trawl/crawler/listing"
	"trawl/index"
)

// entryJSON is an entry as `trawl listing` prints it.
type entryJSON struct {
	Name      string     `json:"name"`      // decoded
	Raw       string     `json:"raw"`       // the bytes of the wire, percent-encoded as in a URL
	Kind      string     `json:"kind"`      // "file", "dir" or "link"
	Size      *int64     `json:"size"`      // in bytes; null if unknown
	Time      *time.Time `json:"time"`      // RFC 3339, UTC; null if unknown
	Precision string     `json:"precision"` // of time: "second", "minute", "day" or "unknown"
	Target    *string    `json:"target"`    // of a link; null if it is none or has none
}

func newEntryJSON(e *index.Entry) entryJSON {
	out := entryJSON{
		Name: e.Name, Raw: url.PathEscape(e.Wire()), Kind: e.Kind.String(), Precision: e.Precision.String(),
	}
	if e.Size != index.UnknownSize {
		out.Size = &e.Size
	}
	if t := e.Time(); !t.IsZero() {
		out.Time = &t
	}
	if e.Target != "" {
		out.Target = &e.Target
	}
	return out
}

func newListing(a *app) *cobra.Command {
	var now, charset string
	cmd := &cobra.Command{
		Use:   "listing FILE",
		Short: "Parse the answer of LIST",
		Long: `Listing reads the answer of LIST or MLSD in any dialect and prints a JSON object for
each entry. Lines that are not understood go to the standard error, with their
numbers, and make the exit code 1. "-" is the standard input.`,
		Example: `  curl -s ftp://ftp.example.org/pub/ | trawl listing -
  trawl listing --now 2024-06-01 --charset koi8-r saved.txt`,
		Args: exactly("the file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printListing(cmd.Context(), args[0], now, charset)
		},
	}
	cmd.Flags().StringVar(&now, "now", "", "`time` of the listing; else the present")
	cmd.Flags().StringVar(&charset, "charset", "", "`charset` of the names; else it is detected")
	return cmd
}

// printListing prints the entries in a file that holds the answer of LIST.
func (a *app) printListing(ctx context.Context, name, now, charset string) error {
	made, err := parseTime(now)
	if err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	in, _, err := a.openInput(ctx, name, now)
	if err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	defer in.Close()
	lost := 0
	parser, err := listing.New(listing.Options{Now: made, Charset: charset, Shown: true, Lost: func(number int, line []byte) {
		lost++
		fmt.Fprintf(a.err, "line %d: not understood: %s\n", number, index.Visible(string(line)))
	}})
	if err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	err = parser.List(in, "/", "LIST", func(l index.Listing) error {
		for i := range l.Entries {
			if err := a.out.json(newEntryJSON(&l.Entries[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing %s: %w", name, err)
	}
	if lost > 0 {
		return exitCode(exitSome)
	}
	return nil
}
