package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// copied is a catalogue that is these bytes.
type copied []byte

func (c copied) Copy(_ context.Context, begin func(size int64) (io.Writer, error)) error {
	w, err := begin(int64(len(c)))
	if err == nil {
		_, err = w.Write(c)
	}
	return err
}

// sample returns a backup of a directory with some files, and the directory.
func sample(t *testing.T) (packed []byte, dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"a.json": "{}", "news/1.log": strings.Repeat("line\n", 500), "keys/host": "secret", "skipped": "no", "empty": ""} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.json", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	files, err := Open(dir, func(name string) bool { return name == "skipped" })
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if left := files.Left(); len(left) != 1 || left[0] != "link" {
		t.Errorf("left out: %q", left)
	}
	catalogue := make([]byte, 200<<10)
	for i := range 100 << 10 {
		catalogue[i] = byte(rand.IntN(256))
	}
	var out bytes.Buffer
	m := &Manifest{Made: time.Unix(1e9, 0), Trawl: "test", Hosts: 1, Entries: 2}
	if err := Write(t.Context(), &out, m, "trawl.db", copied(catalogue), files, func(*Manifest) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), dir
}

// restore restores a backup into a directory, as the command does.
func restore(t *testing.T, packed []byte, dir string) error {
	t.Helper()
	p, err := Prepare(dir)
	if err != nil {
		return err
	}
	if err = Read(t.Context(), bytes.NewReader(packed), p.Begin, p.Put); err == nil {
		err = p.Commit("trawl.db")
	}
	if err != nil {
		err = errors.Join(err, p.Drop())
	}
	return err
}

// nothing holds a folder to be empty.
func nothing(t *testing.T, dir string) {
	t.Helper()
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

func TestRoundTrip(t *testing.T) {
	packed, from := sample(t)
	for _, there := range []bool{false, true} {
		to := filepath.Join(t.TempDir(), "data")
		if there {
			if err := os.Mkdir(to, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := restore(t, packed, to); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a.json", "news/1.log", "keys/host", "empty"} {
			want, err := os.ReadFile(filepath.Join(from, name))
			got, failed := os.ReadFile(filepath.Join(to, name))
			if err != nil || failed != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %q, %v", name, got, failed)
			}
		}
		if info, err := os.Stat(filepath.Join(to, "trawl.db")); err != nil || info.Size() != 200<<10 || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if list, err := os.ReadDir(to); err != nil || len(list) != 5 {
			t.Errorf("%v, %v", list, err)
		}
		if err := restore(t, packed, to); err == nil || !strings.Contains(err.Error(), "is not empty; move it away") {
			t.Errorf("a second time: %v", err)
		}
	}
}

// TestDamage cuts a backup off and flips its bits.
func TestDamage(t *testing.T) {
	packed, _ := sample(t)
	above, whole := t.TempDir(), unpacked(packed)
	refused := func(what string, data []byte) {
		err := restore(t, data, filepath.Join(above, "data"))
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s: %v", what, err)
		}
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrCut) && !errors.Is(err, ErrNoBackup) {
			t.Fatalf("%s: %v", what, err)
		}
		nothing(t, above)
	}
	for n := 0; n < len(packed); n += 1 + len(packed)/60 {
		refused(fmt.Sprintf("cut at %d of %d", n, len(packed)), packed[:n])
	}
	refused("cut at the last byte", packed[:len(packed)-1])
	for range 200 {
		flipped := bytes.Clone(packed)
		at, bit := rand.IntN(len(flipped)), rand.IntN(8)
		flipped[at] ^= 1 << bit
		if bytes.Equal(unpacked(flipped), whole) {
			continue // zstd has bits that mean nothing
		}
		refused(fmt.Sprintf("byte %d of %d, bit %d", at, len(packed), bit), flipped)
	}
	refused("something else", []byte("total 4\n-rw-r--r-- 1 0 0 1 Jan 1 2020 a\n"))
	refused("nothing", nil)
	refused("more behind it", append(bytes.Clone(packed), "more"...))
}

// unpacked returns what a frame of zstd holds, or nil if it is damaged.
func unpacked(packed []byte) []byte {
	r, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	defer r.Close()
	out, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return out
}

// member is a file of an archive that somebody else made.
type member struct {
	head tar.Header
	text string
}

// archive packs members, and sums of them.
func archive(t *testing.T, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	packer, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(packer)
	sums := ""
	add := func(m member) {
		m.head.Size, m.head.Mode = int64(len(m.text)), 0o600
		if err := w.WriteHeader(&m.head); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, m.text)
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(m.text)), m.head.Name)
	}
	for _, m := range members {
		add(m)
	}
	add(member{head: tar.Header{Name: sumsName}, text: sums})
	if err := errors.Join(w.Close(), packer.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestHostile restores what nobody but an attacker writes.
func TestHostile(t *testing.T) {
	manifest := func(text string) member { return member{head: tar.Header{Name: manifestName}, text: text} }
	file := func(name, text string) member { return member{head: tar.Header{Name: name}, text: text} }
	one := func(name string, size int) member {
		return manifest(fmt.Sprintf(`{"format":1,"parts":[{"name":%q,"size":%d}]}`, name, size))
	}
	for name, c := range map[string]struct {
		packed []byte
		want   string
	}{
		"above":         {archive(t, one("../evil", 1), file("../evil", "x")), "is not one that Trawl makes"},
		"absolute":      {archive(t, one("/evil", 1), file("/evil", "x")), "is not one that Trawl makes"},
		"dots within":   {archive(t, one("a/../../evil", 1), file("a/../../evil", "x")), "is not one that Trawl makes"},
		"backslash":     {archive(t, one(`..\evil`, 1), file(`..\evil`, "x")), "is not one that Trawl makes"},
		"the manifest":  {archive(t, one(manifestName, 1), file(manifestName, "x")), "is not one that Trawl makes"},
		"the lock":      {archive(t, one(lockName, 1), file(lockName, "x")), "its parts are not those"},
		"another":       {archive(t, one("a", 1), file("b", "x")), "its parts are not those"},
		"longer":        {archive(t, one("a", 1), file("a", "xx")), "its parts are not those"},
		"shorter":       {archive(t, one("a", 2), file("a", "x")), "its parts are not those"},
		"one too many":  {archive(t, one("a", 1), file("a", "x"), file("b", "x")), "its parts are not those"},
		"a link":        {archive(t, one("a", 0), member{head: tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}), "its parts are not those"},
		"a file in one": {archive(t, manifest(`{"format":1,"parts":[{"name":"a","size":1},{"name":"a/b","size":1}]}`), file("a", "x"), file("a/b", "x")), "a"},
		"a petabyte":    {archive(t, one("a", 1<<50), file("a", "x")), "make room"},
		"overflow":      {archive(t, manifest(`{"format":1,"parts":[{"name":"a","size":9223372036854775807},{"name":"b","size":9}]}`)), "it is damaged"},
		"newer":         {archive(t, manifest(`{"format":2,"trawl":"9.9"}`)), `it was made by a newer Trawl ("9.9")`},
		"no format":     {archive(t, manifest(`{}`)), "it is no backup"},
		"no manifest":   {archive(t, file("a", "x")), "it is no backup"},
	} {
		t.Run(name, func(t *testing.T) {
			above := t.TempDir()
			err := restore(t, c.packed, filepath.Join(above, "data"))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
			nothing(t, above)
		})
	}
}

// TestWithin restores where the directory above may not be written, and takes up what a kill left there.
func TestWithin(t *testing.T) {
	packed, _ := sample(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, within, "news"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := &Place{Dir: filepath.Join(dir, within), dir: dir}
	if err := p.make(); err != nil {
		t.Fatal(err)
	}
	if err := Read(t.Context(), bytes.NewReader(packed), p.Begin, p.Put); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit("trawl.db"); err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 5 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestTwoAtOnce: two backups to one file, and two restores into one directory, do not mix.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(dir, "b")); err == nil || !strings.Contains(err.Error(), "another trawl is writing it") {
		t.Errorf("a second backup: %v", err)
	}
	if err := f.Drop(); err != nil {
		t.Fatal(err)
	}
	p, err := Prepare(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(filepath.Join(dir, "data")); err == nil || !strings.Contains(err.Error(), "another trawl restores into") {
		t.Errorf("a second restore: %v", err)
	}
	if err := p.Drop(); err != nil {
		t.Fatal(err)
	}
	nothing(t, dir)
}
