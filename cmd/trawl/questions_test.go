package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The questions over a realistic catalogue, paths of Debian's Contents lists, and how many of them
// must be answered well.
const (
	questions   = "testdata/questions"
	mustBeFirst = 36
	mustBeNear  = 39
	nearFirst   = 5
)

// TestQuestions asks what people type for files of Debian: the right file comes first, or among
// the first results.
func TestQuestions(t *testing.T) {
	run := debianCatalogue(t)
	first, near := 0, 0
	lines := tabbed(t, filepath.Join(questions, "questions.txt"))
	for _, line := range lines {
		out, _, _ := run("search", "-n", "5", "--json", "--", line[0])
		names := namesOf(t, out)
		at := slices.IndexFunc(names, func(name string) bool { return slices.Contains(line[1:], name) })
		switch {
		case at == 0:
			first++
			near++
		case at > 0 && at < nearFirst:
			near++
			t.Logf("%q: place %d of %q", line[0], at+1, names)
		default:
			t.Logf("%q: want %q, found %q", line[0], line[1:], names)
		}
	}
	t.Logf("of %d questions, %d have the right file first, %d among the first %d", len(lines), first, near, nearFirst)
	if len(lines) != 40 || first < mustBeFirst || near < mustBeNear {
		t.Errorf("want 40 questions, %d first, %d among the first %d", mustBeFirst, mustBeNear, nearFirst)
	}
}

// TestQuestionsTold asks for what no path has: the command says which word is too much, or offers
// another one.
func TestQuestionsTold(t *testing.T) {
	run := debianCatalogue(t)
	for _, line := range tabbed(t, filepath.Join(questions, "told.txt")) {
		out, said, code := run("search", "--budget", "0", "--", line[0])
		if out != "" || code != exitSome || !strings.Contains(said, line[1]) {
			t.Errorf("%q: want %q, said %q, found %q", line[0], line[1], said, out)
		}
	}
}

// debianCatalogue imports the paths and returns trawl over them.
func debianCatalogue(t *testing.T) runner {
	t.Helper()
	run := inProcess(t, filepath.Join(t.TempDir(), "data"))
	if _, said, code := run("import", "--host", "ftp://files.example/", "--charset", "utf-8", "--paths", filepath.Join(questions, "debian.xz")); code != 0 {
		t.Fatalf("import: %s", said)
	}
	return run
}

// tabbed returns the lines of a file, parted at tabs. A line that begins with # is left out.
func tabbed(t *testing.T, file string) (lines [][]string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.Split(line, "\t"))
		}
	}
	return lines
}

// namesOf returns the names of results that are printed as JSON.
func namesOf(t *testing.T, out string) (names []string) {
	t.Helper()
	for line := range strings.Lines(out) {
		var r struct{ Name string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("search prints %q: %v", line, err)
		}
		names = append(names, r.Name)
	}
	return names
}
