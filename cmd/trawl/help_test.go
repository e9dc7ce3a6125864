package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
	"trawl/search/query"
)

// TestMan has groff and mandoc read all pages of the manual: neither warns about any.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	quiet := &terminal{Writer: io.Discard}
	a := &app{out: quiet, err: quiet, now: time.Now, env: func(string) string { return "" }}
	if code := a.run(t.Context(), []string{"man", dir}); code != 0 {
		t.Fatalf("exit %d", code)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.[1-8]"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range []string{"trawl.1", "trawl-search.1", "trawl-query.7"} {
		if _, err := os.Stat(filepath.Join(dir, page)); err != nil {
			t.Error(err)
		}
	}
	lint := exec.CommandContext(t.Context(), needs.Program(t, "mandoc", "mandoc"), append([]string{"-Tlint", "-W", "warning"}, pages...)...)
	if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
	groff := exec.CommandContext(t.Context(), needs.Program(t, "groff", "groff"), append([]string{"-man", "-Tutf8", "-ww", "-z"}, pages...)...)
	if out, err := groff.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

// TestHelpQuery holds the topic query to the language: each field of doc/query.md is there, and each query can be read.
func TestHelpQuery(t *testing.T) {
	text := embeddedTopic("query", "", 7).Text
	for _, asked := range examples(t) {
		field, _, is := strings.Cut(asked, ":")
		if is && !strings.ContainsAny(field, " \"()-") && !strings.Contains(text, "\n  "+field+":") {
			t.Errorf("help query does not speak of %s:", field)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "   ") || !strings.HasPrefix(line, "  ") {
			continue
		}
		asked, _, _ := strings.Cut(strings.TrimSpace(line), "   ")
		if _, err := query.Parse(asked, time.Now()); err != nil {
			t.Errorf("%s: %v", asked, err)
		}
	}
}
