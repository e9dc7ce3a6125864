package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// release is the version that this tree is, or becomes.
const release = "0.1.0"

// stamped is what a release says about itself, "VERSION,COMMIT,DATE". The linker sets it (cmd/trawl-release); in any other
// build it is empty, and the Go tool's own record counts.
var stamped string //nolint:gochecknoglobals // the linker sets variables alone

// built says from what a program was built, and by what. Its keys are a promise (doc/api.md).
type built struct {
	Version  string `json:"version"`          // of semver.org, without the v
	Commit   string `json:"commit,omitempty"` // of Git, whole
	Date     string `json:"date,omitempty"`   // of the commit, RFC 3339
	Go       string `json:"go"`
	Platform string `json:"platform"` // linux/amd64
	Modified bool   `json:"modified"` // the tree held what the commit does not
}

// version returns the version of this program, such as 0.1.0, or 0.1.0-dev+3f2a91c04d7e between releases.
func version() string { return thisBuild().Version }

// thisBuild says from what this program was built.
func thisBuild() built {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	b := readBuild(stamped, info)
	b.Go, b.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	return b
}

// readBuild takes what a stamp says, or else what the Go tool recorded of Git.
//
//	"0.1.0,3f2a91c...,2026-11-30T20:00:00Z" => 0.1.0
//	"", a clone at the tag v0.1.0           => 0.1.0
//	"", a clone with changes                => 0.1.0-dev+3f2a91c04d7e.modified
//	"", go run, or no clone                 => 0.1.0-dev
func readBuild(stamp string, info *debug.BuildInfo) built {
	if version, rest, ok := strings.Cut(stamp, ","); ok {
		commit, date, _ := strings.Cut(rest, ",")
		return built{Version: version, Commit: commit, Date: date}
	}
	var b built
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	b.Version = release
	if info.Main.Version != "v"+release || b.Modified {
		b.Version += "-dev"
		if b.Commit != "" {
			b.Version += "+" + shortCommit(b.Commit)
		}
		if b.Modified {
			b.Version += ".modified"
		}
	}
	return b
}

// shortCommit returns the beginning of a commit's name, by which people call it.
func shortCommit(commit string) string { return commit[:min(12, len(commit))] }

// String says all of it in one line: 0.1.0 (commit 3f2a91c04d7e of 2026-11-30, go1.26.8, linux/amd64).
func (b built) String() string {
	day, _, _ := strings.Cut(b.Date, "T")
	origin := "commit unknown"
	if b.Commit != "" {
		origin = "commit " + shortCommit(b.Commit) + " of " + cmp.Or(day, "an unknown day")
	}
	return fmt.Sprintf("%s (%s, %s, %s)", b.Version, origin, b.Go, b.Platform)
}

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
