package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	builds "trawl/cmd/internal/version"
)

// version returns the version of this program, such as 0.1.0, or 0.1.0-dev+3f2a91c04d7e between releases.
func version() string { return thisBuild().Version }

// thisBuild says from what this program was built.
func thisBuild() builds.Build { return builds.This() }

func newVersion(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which build this is",
		Example: `  trawl version
  trawl version --json`,
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return json.NewEncoder(a.out).Encode(thisBuild())
			}
			_, err := fmt.Fprintln(a.out, "trawl", thisBuild())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}
