package main

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// toys are the names of the files in doc/contributing.md that do not exist: it shows how
// to make them.
func toys() []string {
	return []string{"toaster", "folder", "field_depth", "cond_depth", "types"}
}

// TestDocLinks checks that the documents lead to what exists: pages, headings, files and
// packages.
func TestDocLinks(t *testing.T) {
	root := os.DirFS("../..")
	pages := documents(t, root)
	if len(pages) < 12 {
		t.Errorf("found only the documents %v", pages)
	}
	for _, page := range pages {
		text := prose(t, root, page)
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			checkLink(t, root, page, m[1])
		}
		for _, m := range regexp.MustCompile("`([\\w.-]+/[\\w./-]*\\w)/?`").FindAllStringSubmatch(text, -1) {
			checkFile(t, root, page, m[1])
		}
	}
}

// documents returns the paths of the pages in the root and below doc.
func documents(t *testing.T, root fs.FS) []string {
	t.Helper()
	pages, err := fs.Glob(root, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(root, "doc", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// prose returns the text of a page without its indented examples.
func prose(t *testing.T, root fs.FS, page string) string {
	t.Helper()
	text, err := fs.ReadFile(root, page)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^    .*$`).ReplaceAllString(string(text), "")
}

// checkLink checks a link of a page: its file exists, and has the heading.
func checkLink(t *testing.T, root fs.FS, page, link string) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Errorf("%s: the link %s is none: %v", page, link, err)
		return
	}
	if u.IsAbs() {
		return
	}
	to := page
	if u.Path != "" {
		to = path.Join(path.Dir(page), u.Path)
	}
	if _, err := fs.Stat(root, to); err != nil {
		t.Errorf("%s: the link %s leads to nothing", page, link)
		return
	}
	if u.Fragment != "" && !slices.Contains(anchors(t, root, to), u.Fragment) {
		t.Errorf("%s: the link %s leads to no heading", page, link)
	}
}

// anchors returns the anchors of the headings of a page, as GitHub makes them.
//
//	## When does an answer say "at least"? => when-does-an-answer-say-at-least
func anchors(t *testing.T, root fs.FS, page string) (out []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(prose(t, root, page), -1) {
		anchor := regexp.MustCompile(`[^\pL\pN_ -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(anchor, " ", "-"))
	}
	return out
}

// checkFile checks a path that a page names: a Go file, or anything in a directory of the
// repository.
func checkFile(t *testing.T, root fs.FS, page, name string) {
	t.Helper()
	top, _, _ := strings.Cut(name, "/")
	if _, err := fs.Stat(root, top); err != nil && path.Ext(name) != ".go" {
		return
	}
	toy := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if strings.Contains(name, "NAME") || page == "doc/contributing.md" && (slices.Contains(toys(), toy) || strings.Contains(name, "/folder/")) {
		return
	}
	if _, err := fs.Stat(root, name); err != nil {
		t.Errorf("%s: there is no %s", page, name)
	}
}
