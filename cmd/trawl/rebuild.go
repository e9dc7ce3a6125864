package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newRebuild(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Build all indexes again from the crawled listings",
		Long: `Rebuild builds the postings, the dictionary of repeated names and the index of texts
again, while searches go on.`,
		Example: `  trawl rebuild`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				start := time.Now()
				if err := e.Rebuild(ctx); err != nil {
					return fmt.Errorf("rebuild: %w", err)
				}
				fmt.Fprintf(a.out, "rebuilt in %s\n", time.Since(start).Round(time.Millisecond))
				return nil
			})
		},
	}
}
