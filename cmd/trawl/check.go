package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trawl/index"
)

func newCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Prove that blocks, indexes and counts agree",
		Long: `Check reads the whole data directory, with the dictionary of repeated names and the
index of texts, and prints a line about each disagreement.

The exit code is 0 if all is well and 1 if something is wrong.`,
		Example: `  trawl check || trawl rebuild`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				return check(ctx, e, a)
			})
		},
	}
}

// check prints each problem in a line.
func check(ctx context.Context, keeper index.Keeper, a *app) error {
	problems := 0
	err := keeper.Check(ctx, func(problem string) {
		problems++
		fmt.Fprintln(a.out, index.Visible(problem))
	})
	switch {
	case err != nil:
		return fmt.Errorf("check: %w", err)
	case problems > 0:
		fmt.Fprintf(a.err, "trawl: check: %d problems; trawl rebuild builds the indexes again, trawl crawl --full the blocks\n", problems)
		return exitCode(exitSome)
	}
	fmt.Fprintln(a.out, "all is well")
	return nil
}
