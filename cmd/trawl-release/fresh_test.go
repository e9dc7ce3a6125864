package main

import (
	_ "embed"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

//go:embed testdata/fresh.sh
var fresh string

// TestFresh installs Trawl on a fresh system and lives with it until it is purged and restored: testdata/fresh.sh. The
// settings of a test that runs as root are real here: systemd starts the unit in its sandbox, hears READY and feeds the watchdog.
func TestFresh(t *testing.T) {
	container(t)
	needs.Program(t, "curl", "curl")
	needs.Unpacked(t, "usr/bin/prometheus", "prometheus")
	b := published(t)
	_, first := b.debian(t, "0.1.0-a")
	_, second := b.debian(t, "0.1.0-b")
	inContainer(t, "PEERS="+needs.Dir()+"\n"+fresh, map[string][]byte{"a.deb": first, "b.deb": second}, 10*time.Minute)
}

// TestInstallingDoc compares doc/installing.md with what fresh.sh does: each line behind "#:" stands there.
func TestInstallingDoc(t *testing.T) {
	doc, err := os.ReadFile("../../doc/installing.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)#: (.*)$`).FindAllStringSubmatch(fresh, -1)
	if len(lines) < 10 {
		t.Errorf("fresh.sh shows only %d lines of the page", len(lines))
	}
	for _, m := range lines {
		if !strings.Contains(string(doc), "\n    "+m[1]+"\n") {
			t.Errorf("doc/installing.md lacks the line that is shown to work: %s", m[1])
		}
	}
}
