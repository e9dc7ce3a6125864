package sftp

import (
	"slices"
	"testing"

	"trawl/index"
)

// TestOwnNames shows what is left of names with directories.
func TestOwnNames(t *testing.T) {
	for _, test := range []struct {
		dir         index.Path
		names, want []string
	}{
		{"/", []string{"/a", "b", "./c", "/", "d/", "/x/y"}, []string{"a", "b", "c", "d", "/x/y"}},
		{"/pub", []string{"/pub/a", "pub/b", "/pub", "/", "/etc/e", "../f", "/pub/sub/g", "ub/h", "/pub/..", ""}, []string{"a", "b", "/etc/e", "../f", "/pub/sub/g", "ub/h", ""}},
		{"/pub/deep", []string{"/pub/deep//a", "pub/deep/b", "deep/c", "./deep/d/", "/pub", "/deep/e"}, []string{"a", "b", "c", "d", "/deep/e"}},
		{"/C:/pub", []string{"C:/pub/a", "/C:/pub/b"}, []string{"a", "b"}},
	} {
		var entries []attributes
		for _, name := range test.names {
			entries = append(entries, attributes{name: name})
		}
		var got []string
		for _, a := range ownNames(test.dir, entries) {
			got = append(got, a.name)
			if isDir := a.name == "d"; isDir != (a.kind == directory) {
				t.Errorf("%s in %s is of kind %d", a.name, test.dir, a.kind)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q => %q, want %q", test.dir, test.names, got, test.want)
		}
	}
}

// TestLetters shows which lines of ls show a kind.
func TestLetters(t *testing.T) {
	for line, want := range map[string]kind{
		"drwxr-xr-x    2 ftp ftp 4096 Jun 15 12:00 pub":  directory,
		"d---------    2 ftp ftp 4096 Jun 15 12:00 pub":  directory,
		"-rw-r--r--+   1 ftp ftp 4096 Jun 15 12:00 file": regular,
		"lrwxrwxrwx    1 ftp ftp    4 Jun 15 12:00 link": link,
		"crw-rw-rw-    1 ftp ftp 1, 3 Jun 15 12:00 null": special,
		"----------    1 ftp ftp 4096 Jun 15 12:00 pub":  unknown,
		"?---------    1 ftp ftp 4096 Jun 15 12:00 pub":  unknown,
		"drwxr-xr-x":            unknown,
		"directory of my files": unknown,
		"":                      unknown,
	} {
		if got, _ := ofLetters(line); got != want {
			t.Errorf("%q => %d, want %d", line, got, want)
		}
	}
}
