package version

import (
	"runtime/debug"
	"testing"
)

func TestVersionRead(t *testing.T) {
	const commit = "3f2a91c04d7eaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	clone := func(version, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{
			Main: debug.Module{Version: version},
			Settings: []debug.BuildSetting{
				{Key: "vcs.revision", Value: commit},
				{Key: "vcs.time", Value: "2026-11-30T20:00:00Z"},
				{Key: "vcs.modified", Value: modified},
			},
		}
	}
	for _, c := range []struct {
		name, stamp string
		info        *debug.BuildInfo
		want        string
	}{
		{"stamped", "0.2.0~a," + commit + ",2026-11-30T20:00:00Z", new(debug.BuildInfo), "0.2.0~a (commit 3f2a91c04d7e of 2026-11-30, , )"},
		{"tagged", "", clone("v"+Release, "false"), Release + " (commit 3f2a91c04d7e of 2026-11-30, , )"},
		{"behind a tag", "", clone("v0.0.0-20261130200000-3f2a91c04d7e", "false"), Release + "-dev+3f2a91c04d7e (commit 3f2a91c04d7e of 2026-11-30, , )"},
		{"tagged and changed", "", clone("v"+Release, "true"), Release + "-dev+3f2a91c04d7e.modified (commit 3f2a91c04d7e of 2026-11-30, , )"},
		{"no clone", "", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, Release + "-dev (commit unknown, , )"},
		{"nothing known", "", new(debug.BuildInfo), Release + "-dev (commit unknown, , )"},
	} {
		if got := read(c.stamp, c.info).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
