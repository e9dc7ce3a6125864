package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trawl/crawler/listing"
	"trawl/index"
	"trawl/web/wire"
)

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
			if err := a.out.json(wire.NewListed(&l.Entries[i])); err != nil {
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
