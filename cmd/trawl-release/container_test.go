package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// trialUnit runs a script as the only service of a container, which then ends with the script's exit code.
const trialUnit = `[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh -eux /trial/script
StandardOutput=file:/trial/output
StandardError=file:/trial/output
TimeoutStartSec=%TIME%
Environment=LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
`

// boot mounts what the container writes over this machine's root, in memory, and boots systemd there. The mounts are seen
// by these processes alone and end with them. The container has no network but its own loopback.
const boot = `
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
cp -a "$1.in/." "$1/upper/"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$1/root" --bind="$1.out:/trial/out" --boot -- systemd.unit=trial.service >"$1.out/boot" 2>&1
`

// container ends the test where no container can be booted.
func container(t *testing.T) {
	t.Helper()
	needs.Root(t)
	needs.Program(t, "systemd-nspawn", "systemd-container")
}

// inContainer runs a shell script as root of a fresh system: systemd runs as on a machine of its own, over this machine's
// files, and what is written is forgotten. The script finds files in /trial/. It fails the test where the script fails.
func inContainer(t *testing.T, script string, files map[string][]byte, limit time.Duration) {
	t.Helper()
	container(t)
	dir := filepath.Join(t.TempDir(), "box")
	for _, d := range []string{dir, dir + ".out", dir + ".in/trial/out", dir + ".in/etc/systemd/system"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir+".in", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		write("trial/"+name, data)
	}
	write("trial/script", []byte(script))
	unit := strings.ReplaceAll(trialUnit, "/trial/output", "/trial/out/output")
	write("etc/systemd/system/trial.service", []byte(strings.ReplaceAll(unit, "%TIME%", limit.String())))
	ctx, cancel := context.WithTimeout(t.Context(), limit+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "private", "sh", "-euc", boot, "sh", dir)
	cmd.WaitDelay = 10 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	said, err := cmd.CombinedOutput()
	if err != nil {
		for _, name := range []string{"boot", "output"} {
			log, _ := os.ReadFile(filepath.Join(dir+".out", name))
			t.Logf("%s:\n%s", name, last(log, 6000))
		}
		t.Fatalf("run in a container: %v\n%s", err, said)
	}
}

// last returns the last bytes of a text, from the beginning of a line.
func last(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	_, rest, _ := strings.Cut(string(text[len(text)-n:]), "\n")
	return []byte(rest)
}
