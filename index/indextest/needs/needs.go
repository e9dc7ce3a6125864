// Package needs finds the programs that tests need beside Go, git and coreutils: real
// servers, clients, packers, a browser. A test asks for each by [Program], [Unpacked] or [Package];
// where one is missing, [Missing] skips the test with a line that names the package of Debian
// or npm, and fails it if TRAWL_CI=1. Only tests import this package.
package needs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program returns the path of a program of a Debian package, or ends the test. It is
// looked for in PATH, and in each sbin beside a bin of PATH: servers are there, and the
// PATH of a user who is not root lacks it.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.Base(dir) != "bin" {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(dir), "sbin", name)); err == nil {
			return path
		}
	}
	Missing(t, "the Debian package "+debian)
	return ""
}

// Unpacked returns the path of a file of a Debian package that .ci/install unpacks
// below TRAWL_PEERS (default /opt/trawl-peers), or ends the test.
func Unpacked(t testing.TB, name, debian string) string {
	t.Helper()
	path := filepath.Join(Dir(), name)
	if _, err := os.Stat(path); err != nil {
		Missing(t, "the Debian package "+debian+" unpacked in "+Dir()+" (see .ci/install)")
	}
	return path
}

// Package returns the path of a file of an npm package that .ci/install installs below
// TRAWL_PEERS (default /opt/trawl-peers), or ends the test: "axe-core/axe.min.js".
func Package(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Dir(), "npm", "node_modules", name)
	if _, err := os.Stat(path); err != nil {
		pack, _, _ := strings.Cut(name, "/")
		Missing(t, "the npm package "+pack+" installed in "+filepath.Join(Dir(), "npm")+" (see .ci/install)")
	}
	return path
}

// Dir returns the directory of the packages that are unpacked and not installed.
func Dir() string {
	if dir := os.Getenv("TRAWL_PEERS"); dir != "" {
		return dir
	}
	return "/opt/trawl-peers"
}

// Root ends the test unless it runs as root.
func Root(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		Missing(t, "to run as root")
	}
}

// Missing skips a test that needs what is not there: "the Debian package lz4". If
// TRAWL_CI=1, all must be there, and the test fails.
func Missing(t testing.TB, what string) {
	t.Helper()
	if Demanded() {
		t.Fatal("needs " + what)
	}
	t.Skip("needs " + what)
}

// Demanded reports whether all peers must be there: TRAWL_CI=1.
func Demanded() bool { return os.Getenv("TRAWL_CI") == "1" }
