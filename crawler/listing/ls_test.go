package listing

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest/needs"
)

// What the real ls and find of this machine write of a tree of wild names means what the
// file system says.
func TestRealLs(t *testing.T) {
	root := t.TempDir()
	old := time.Now().Add(-400 * 24 * time.Hour).Truncate(24 * time.Hour)
	for i, name := range []string{
		"plain", "with space", " leading", "  two leading", "trailing ", "a -> b", "ends with:", "./dir/x", "dir/caf\u00e9", "dir/caf\xe9",
		"dir/deep: er/y", "dir/back\\slash", "dir/quote\"s", "dir/tab\there", "May 12 2003", "2019-01-01 12:30", "12", ".hidden", "dir/empty dir/", "total 12",
	} {
		p := root + "/" + name
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(p, 0o750); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, bytes.Repeat([]byte("x"), i*i), 0o600); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if err := os.Chtimes(p, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink("with space", root+"/link -> link"); err != nil {
		t.Fatal(err)
	}
	want := onDisk(t, root)
	for _, command := range []string{
		"ls -lR", "ls -laR", "ls -lAR .", "ls -lisR", "ls -lnR", "ls -lARF", "ls -lAR --full-time", "ls -lAR --time-style=long-iso",
		"ls -lAR --time-style=iso", "find . -ls", "ls -lAR $PWD", "find $PWD -ls",
	} {
		t.Run(command, func(t *testing.T) {
			program, _, _ := strings.Cut(command, " ")
			needs.Program(t, program, map[string]string{"ls": "coreutils", "find": "findutils"}[program])
			cmd := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", command)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "LC_ALL=C", "TZ=UTC", "QUOTING_STYLE=literal")
			text, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			got := inListing(t, text, strings.Contains(command, "F"))
			hidden := command == "ls -lR" || command == "ls -lisR" || command == "ls -lnR"
			for _, w := range want {
				if hidden && strings.Contains(w, "/.hidden,") {
					continue
				}
				if !slices.Contains(got, w) {
					t.Errorf("lacks %s", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("has %s", g)
				}
			}
		})
	}
}

// onDisk lists a tree: path, kind, size, and the day of files.
func onDisk(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := index.Entry{Kind: index.File, Size: info.Size()}
		switch {
		case d.IsDir():
			e.Kind, e.Size = index.Dir, index.UnknownSize
		case info.Mode()&os.ModeSymlink != 0:
			e.Kind, e.Size = index.Link, index.UnknownSize
		}
		list = append(list, told("/pub"+strings.TrimPrefix(p, root), e, info.ModTime()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func inListing(t *testing.T, text []byte, classified bool) (list []string) {
	t.Helper()
	listings, err := collect(t, Options{Now: time.Now()}, bytes.NewReader(text), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listings {
		for _, line := range l.Unparsed {
			t.Errorf("not understood: %q", line)
		}
		for _, e := range l.Entries {
			if classified {
				e.Name = strings.TrimSuffix(e.Name, "@")
			}
			list = append(list, told(string(l.Dir.Join(e.Wire())), e, e.Time()))
		}
	}
	return list
}

func told(p string, e index.Entry, when time.Time) string {
	return fmt.Sprintf("%q is a %s of %d, %s, %s ", p, e.Kind, e.Size, p, when.UTC().Format(time.DateOnly))
}
