package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

func newCompact(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "compact",
		Short:   "Give unused space back to the disk",
		Example: `  trawl compact`,
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := a.existing()
			if err != nil {
				return err
			}
			before := diskUse(dir)
			err = a.with(cmd.Context(), dir, func(ctx context.Context, e engine) error {
				return e.Compact(ctx)
			})
			if err != nil {
				return fmt.Errorf("compact: %w", err)
			}
			fmt.Fprintf(a.out, "compacted from %s to %s\n", humanize.IBytes(before), humanize.IBytes(diskUse(dir)))
			return nil
		},
	}
}

// diskUse sums the lengths of the files in dir, as far as they can be seen.
func diskUse(dir string) (sum uint64) {
	fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error { //nolint:errcheck // a file that goes meanwhile
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				sum += uint64(info.Size())
			}
		}
		return nil
	})
	return sum
}
