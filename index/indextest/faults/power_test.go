package faults_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trawl/index/indextest/faults"
)

// TestCut cuts the power often after some operations, and holds the directories that it leaves to
// be all that may be.
func TestCut(t *testing.T) {
	t.Parallel()
	const a, b = "/d/a", "/d/b"
	open := faults.Op{Kind: faults.Create, Handle: 1, Path: a}
	write := faults.Op{Kind: faults.Write, Handle: 1, Path: a, Size: 3, Data: []byte("abc")}
	sync := faults.Op{Kind: faults.Sync, Handle: 1, Path: a}
	rename := faults.Op{Kind: faults.Rename, Path: a, To: b}
	openDir := faults.Op{Kind: faults.Open, Handle: 2, Path: "/d/."}
	syncDir := faults.Op{Kind: faults.Sync, Handle: 2, Path: "/d/."}
	for name, tt := range map[string]struct {
		ops  []faults.Op
		want []string // files and their bytes
	}{
		"nothing is synced":     {[]faults.Op{open, write}, []string{"", "a=", "a=abc", "a=000"}},
		"the bytes are":         {[]faults.Op{open, write, sync}, []string{"", "a=abc"}},
		"the name is":           {[]faults.Op{open, openDir, syncDir, write}, []string{"a=", "a=abc", "a=000"}},
		"both are":              {[]faults.Op{open, write, sync, openDir, syncDir}, []string{"a=abc"}},
		"a renaming is not":     {[]faults.Op{open, write, sync, openDir, syncDir, rename}, []string{"a=abc", "b=abc"}},
		"two names are not":     {[]faults.Op{open, write, sync, rename}, []string{"", "a=abc", "b=abc"}},
		"a renaming is":         {[]faults.Op{open, write, sync, rename, openDir, syncDir}, []string{"b=abc"}},
		"a removal is not":      {[]faults.Op{open, write, sync, openDir, syncDir, {Kind: faults.Remove, Path: a}}, []string{"", "a=abc"}},
		"a cut is not":          {[]faults.Op{open, write, sync, openDir, syncDir, {Kind: faults.Truncate, Handle: 1, Path: a, Size: 1}}, []string{"a=abc", "a=a", "a=a00"}},
		"a second write is not": {[]faults.Op{open, write, sync, openDir, syncDir, {Kind: faults.Write, Handle: 1, Path: a, Off: 2, Size: 2, Data: []byte("xy")}}, []string{"a=abc", "a=abc0", "a=abxy", "a=abx"}},
		"a failed write":        {[]faults.Op{open, openDir, syncDir, {Kind: faults.Write, Handle: 1, Path: a, Errno: 5}}, []string{"a="}},
		"another process":       {[]faults.Op{open, {Kind: faults.Begin}, {Kind: faults.Open, Handle: 1, Path: a}, write, sync, openDir, syncDir}, []string{"a=abc"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := faults.ReadDisk("/d")
			if err != nil {
				t.Fatal(err)
			}
			for _, op := range tt.ops {
				if err := d.Apply(op); err != nil {
					t.Fatal(err)
				}
			}
			left := map[string]bool{}
			for seed := range uint64(150) {
				to := filepath.Join(t.TempDir(), "d")
				if err := d.Cut(rand.New(rand.NewPCG(seed, 1)), to); err != nil {
					t.Fatal(err)
				}
				left[contents(t, to)] = true
			}
			slices.Sort(tt.want)
			if got := slices.Sorted(maps.Keys(left)); !slices.Equal(got, tt.want) {
				t.Errorf("it leaves %q, want %q", got, tt.want)
			}
		})
	}
}

// contents returns the files of a directory with their bytes, NULs as zeros.
func contents(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := make([]string, len(entries))
	for i, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = fmt.Sprintf("%s=%s", e.Name(), bytes.ReplaceAll(data, []byte{0}, []byte("0")))
	}
	return strings.Join(files, " ")
}
