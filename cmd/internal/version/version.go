// Package version says from what a program was built: from a release, which the linker stamps, or from a clone of Git,
// which the Go tool records.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Release is the version that this tree is, or becomes.
const Release = "0.1.0"

// stamped is what a release says about itself, "VERSION,COMMIT,DATE". The linker sets it (Flag); in any other build it is
// empty.
var stamped string //nolint:gochecknoglobals // the linker sets variables alone

// Flag returns the flag of the linker that stamps a program. The date is RFC 3339.
func Flag(version, commit, date string) string {
	return "-X=trawl/cmd/internal/version.stamped=" + version + "," + commit + "," + date
}

// Build says from what a program was built, and by what. Its keys are a promise (doc/api.md).
type Build struct {
	Version  string `json:"version"`          // of semver.org, without the v
	Commit   string `json:"commit,omitempty"` // of Git, whole
	Date     string `json:"date,omitempty"`   // of the commit, RFC 3339
	Go       string `json:"go"`
	Platform string `json:"platform"` // linux/amd64
	Modified bool   `json:"modified"` // the tree held what the commit does not
}

// This says from what this program was built.
func This() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	b := read(stamped, info)
	b.Go, b.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	return b
}

// read takes what a stamp says, or else what the Go tool recorded of Git.
//
//	"0.1.0,3f2a91c...,2026-11-30T20:00:00Z" => 0.1.0
//	"", a clone at the tag v0.1.0           => 0.1.0
//	"", a clone with changes                => 0.1.0-dev+3f2a91c04d7e.modified
//	"", go run, or no clone                 => 0.1.0-dev
func read(stamp string, info *debug.BuildInfo) Build {
	if version, rest, ok := strings.Cut(stamp, ","); ok {
		commit, date, _ := strings.Cut(rest, ",")
		return Build{Version: version, Commit: commit, Date: date, Modified: strings.HasSuffix(version, ".modified")}
	}
	var b Build
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
	b.Version = Between(b.Commit, b.Modified)
	if info.Main.Version == "v"+Release && !b.Modified {
		b.Version = Release
	}
	return b
}

// Between returns the version of what is built between releases.
//
//	"3f2a91c04d7e...", false => 0.1.0-dev+3f2a91c04d7e
func Between(commit string, modified bool) string {
	v := Release + "-dev"
	if commit != "" {
		v += "+" + Short(commit)
	}
	if modified {
		v += ".modified"
	}
	return v
}

// Short returns the beginning of a commit's name, by which people call it.
func Short(commit string) string { return commit[:min(12, len(commit))] }

// String says all of it in one line: 0.1.0 (commit 3f2a91c04d7e of 2026-11-30, go1.26.8, linux/amd64).
func (b Build) String() string {
	day, _, _ := strings.Cut(b.Date, "T")
	origin := "commit unknown"
	if b.Commit != "" {
		origin = "commit " + Short(b.Commit) + " of " + cmp.Or(day, "an unknown day")
	}
	return fmt.Sprintf("%s (%s, %s, %s)", b.Version, origin, b.Go, b.Platform)
}
