package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"trawl/index/indextest/needs"
)

// TestLighthouse holds pages to 100 of accessibility and best practices, and those that search engines may keep
// to 100 of SEO. Its performance depends on how busy the machine is: TestStillness and TestFirstVisit hold what it is made of.
func TestLighthouse(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	modules := filepath.Dir(needs.Package(t, "lighthouse"))
	node, chromium := needs.Program(t, "node", "nodejs"), needs.Program(t, "chromium", "chromium")
	portal := httptest.NewServer(showroom(t, false))
	t.Cleanup(portal.Close)
	indexed := map[string]bool{} // addresses; those that search engines may keep
	for _, p := range shownPages() {
		switch p.name {
		case "front", "hosts", "help":
			indexed[portal.URL+p.target] = true
		case "results", "browse":
			indexed[portal.URL+p.target] = false
		}
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"testdata/lighthouse.mjs", modules, chromium, t.TempDir()}, slices.Sorted(maps.Keys(indexed))...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("lighthouse: %v", err)
	}
	for line := range bytes.Lines(out) {
		var got struct {
			Address                       string
			Accessibility, Practices, SEO int
			Failed                        []string
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		t.Logf("%s", line)
		if got.Accessibility < 100 || got.Practices < 100 || indexed[got.Address] && got.SEO < 100 {
			t.Errorf("%+v", got)
		}
	}
}
