package web

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"trawl/index/indextest/needs"
)

// TestAPIExamples runs the commands that doc/api.md shows, and compares what they print.
func TestAPIExamples(t *testing.T) {
	needs.Program(t, "curl", "curl")
	data, err := os.ReadFile("../doc/api.md")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newPortal(t))
	defer server.Close()
	examples := regexp.MustCompile(`(?m)^\$ (curl .*)\n(.*)\n`).FindAllStringSubmatch(string(data), -1)
	if len(examples) < 3 {
		t.Fatalf("doc/api.md shows %d commands; has its form changed?", len(examples))
	}
	for _, m := range examples {
		command := strings.ReplaceAll(m[1], "http://localhost:8080", server.URL)
		got, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
		if err != nil || strings.TrimSpace(string(got)) != m[2] {
			t.Errorf("%s prints %s, %v; want %s", m[1], got, err, m[2])
		}
	}
}
