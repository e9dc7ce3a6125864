package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"trawl/index/indextest/needs"
)

// The cases of search: those of the project, and those that people reported in public about other
// file searches, which lie beside the project.
const (
	ownCases    = "testdata/cases"
	publicCases = "../../../shared/cases/search"
)

// TestCases runs the cases of search: it imports the listings of each, asks its query on the
// command line, and compares what a person sees.
func TestCases(t *testing.T) {
	for _, dir := range []string{ownCases, publicCases} {
		files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			needs.Missing(t, "the folder "+dir)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				t.Parallel()
				runCase(t, file)
			})
		}
	}
}

func runCase(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := readCase(string(data))
	if c.class == "wish" && refusedWishes()[strings.TrimSuffix(filepath.Base(file), ".txt")] {
		return
	}
	seen := c.ask(t)
	var wrong []string
	for _, e := range c.expect {
		if problem := e.check(seen); problem != "" {
			wrong = append(wrong, problem)
		}
	}
	if len(wrong) == 0 || slices.ContainsFunc(c.or, func(e expectation) bool { return e.check(seen) == "" }) {
		return
	}
	t.Errorf("%s\n%q %q (%s)\n%s\nfound %q\nsaid %q", file, c.query, c.options, c.why, strings.Join(wrong, "\n"), seen.names, seen.said)
}

// refusedWishes returns the cases that are no musts and that Trawl does not follow. doc/query.md
// says why.
func refusedWishes() map[string]bool {
	return map[string]bool{"uni-hangul-initials": true}
}

// A searchCase is a file of sections:
//
//	[listing], [listing URL]   an ls -lR of ftp://files.example/, or of that host
//	[query], [complete]        what is typed, for all its results or to be completed
//	[options]                  flags beside it
//	[expect KIND], [or KIND]   what must hold: all that is expected, or else one of the others
//	[class], [source], [why]   words about it; a case of the class wish is no must
//
// \u{202A} stands for that character.
type searchCase struct {
	class, why string
	listings   [][2]string // URL and text
	query      string
	complete   bool
	options    []string
	expect, or []expectation
}

// expectation is a section of what must hold.
type expectation struct {
	kind  string
	lines []string
}

// heading is the first line of a section.
var heading = regexp.MustCompile(`^\[(source|class|why|listing|query|complete|options|expect|or)( [^\]]*)?\]$`)

// escaped is a character that is written as its number.
var escaped = regexp.MustCompile(`\\u\{([0-9A-Fa-f]+)\}`)

func readCase(text string) (c searchCase) {
	text = escaped.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[3:len(s)-1], 16, 32) // the expression allows nothing else
		return string(rune(n))
	})
	kind, argument := "", ""
	var lines []string
	finish := func() {
		body := strings.Join(lines, "\n")
		for len(lines) > 0 && lines[len(lines)-1] == "" {
			lines = lines[:len(lines)-1]
		}
		switch kind {
		case "class":
			c.class = strings.TrimSpace(body)
		case "why":
			c.why = strings.TrimSpace(body)
		case "listing":
			if argument == "" {
				argument = "ftp://files.example/"
			}
			c.listings = append(c.listings, [2]string{argument, body + "\n"})
		case "query", "complete":
			c.query, c.complete = strings.Join(lines, "\n"), kind == "complete"
		case "options":
			c.options = strings.Fields(body)
		case "expect":
			c.expect = append(c.expect, expectation{argument, lines})
		case "or":
			c.or = append(c.or, expectation{argument, lines})
		}
		lines = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := heading.FindStringSubmatch(line); m != nil {
			finish()
			kind, argument = m[1], strings.TrimSpace(m[2])
			continue
		}
		lines = append(lines, line)
	}
	finish()
	return c
}

// sight is what a person sees of an answer.
type sight struct {
	names []string // of the results, in order
	said  string   // what the command prints beside the results
	code  int
}

// A runner runs trawl with arguments and returns what it prints, and its exit code.
type runner func(args ...string) (stdout, stderr string, code int)

// inProcess returns trawl over a data directory, run without a process of its own.
func inProcess(t *testing.T, data string) runner {
	return func(args ...string) (stdout, stderr string, code int) {
		var out, errs bytes.Buffer
		a := &app{
			in: strings.NewReader(""), out: &terminal{Writer: &out}, err: &terminal{Writer: &errs},
			env: func(string) string { return "" }, now: time.Now, data: data,
		}
		code = a.run(t.Context(), append([]string{"--data", a.data}, args...))
		return out.String(), errs.String(), code
	}
}

// ask imports the listings and asks the query.
func (c *searchCase) ask(t *testing.T) (seen sight) {
	t.Helper()
	dir := t.TempDir()
	run := inProcess(t, filepath.Join(dir, "data"))
	for i, l := range c.listings {
		file := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(file, []byte(l[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, said, code := run("import", "--host", l[0], "--charset", "utf-8", file); code != 0 {
			t.Fatalf("import: %s", said)
		}
	}
	if c.complete {
		out, _, _ := run("__complete", "search", c.query)
		for line := range strings.Lines(out) {
			if word := strings.TrimSuffix(line, "\n"); !strings.HasPrefix(word, ":") {
				seen.names = append(seen.names, norm.NFC.String(word))
			}
		}
		return seen
	}
	command := append([]string{"search", "-n", "0"}, c.options...)
	out, _, _ := run(append(command, "--json", "--", c.query)...)
	for _, name := range namesOf(t, out) {
		seen.names = append(seen.names, norm.NFC.String(name))
	}
	_, seen.said, seen.code = run(append(command, "--", c.query)...)
	seen.said = norm.NFC.String(seen.said)
	return seen
}

// check returns what of an expectation does not hold, or "".
func (e *expectation) check(seen sight) string {
	want := make([]string, len(e.lines))
	for i, line := range e.lines {
		want[i] = norm.NFC.String(line)
	}
	kind, number, _ := strings.Cut(e.kind, " ")
	holds := false
	switch kind {
	case "order":
		holds = slices.Equal(seen.names, want)
	case "set":
		holds = slices.Equal(slices.Sorted(slices.Values(seen.names)), slices.Sorted(slices.Values(want)))
	case "first":
		holds = len(seen.names) >= len(want) && slices.Equal(seen.names[:len(want)], want)
	case "within":
		n, _ := strconv.Atoi(number) // 0 fails below
		holds = n > 0 && containsAll(seen.names[:min(n, len(seen.names))], want)
	case "has":
		holds = containsAll(seen.names, want)
	case "lacks":
		holds = !slices.ContainsFunc(want, func(name string) bool { return slices.Contains(seen.names, name) })
	case "none":
		holds = len(seen.names) == 0 && seen.code == exitSome
	case "error":
		holds = len(seen.names) == 0 && seen.code == exitBad && !slices.ContainsFunc(want, func(s string) bool { return !strings.Contains(seen.said, s) })
	case "nearest":
		holds = len(seen.names) == 0 && !slices.ContainsFunc(want, func(s string) bool { return !strings.Contains(seen.said, s) })
	case "unoffered":
		holds = !slices.ContainsFunc(want, func(s string) bool { return strings.Contains(seen.said, s) })
	case "told":
		holds = slices.ContainsFunc(want, func(s string) bool { return strings.Contains(seen.said, s) })
	default:
		return fmt.Sprintf("there is no expectation %q", e.kind)
	}
	if holds {
		return ""
	}
	return fmt.Sprintf("want %s %q", e.kind, want)
}

func containsAll(names, want []string) bool {
	return !slices.ContainsFunc(want, func(name string) bool { return !slices.Contains(names, name) })
}
