package tree_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// TestUpload runs what a client may do to one path, and looks at what is there in the end.
func TestUpload(t *testing.T) {
	for _, c := range []struct {
		name, there string // "": nothing
		rights      tree.Rights
		kept        string // left aside before
		how         tree.Put
		err         error
		text, want  string
	}{
		{"new", "", tree.Write, "", tree.Put{}, nil, "text", "text"},
		{"replace", "old", tree.Write | tree.Read, "", tree.Put{}, nil, "text", "text"},
		{"replace in a drop box", "old", tree.Write, "", tree.Put{}, fs.ErrExist, "", "old"},
		{"continue", "", tree.Write, "half", tree.Put{Offset: 4}, nil, "text", "halftext"},
		{"continue earlier", "", tree.Write, "half", tree.Put{Offset: 2}, nil, "text", "hatext"},
		{"continue behind the end", "", tree.Write, "half", tree.Put{Offset: 5}, tree.ErrOffset, "", "nothing"},
		{"continue nothing", "", tree.Write, "", tree.Put{Offset: 1}, tree.ErrOffset, "", "nothing"},
		{"continue what is there", "older", tree.All, "", tree.Put{Offset: 3}, nil, "text", "oldtext"},
		{"continue at its end", "older", tree.All, "", tree.Put{Offset: 5}, nil, "text", "oldertext"},
		{"continue behind its end", "older", tree.All, "", tree.Put{Offset: 6}, tree.ErrOffset, "", "older"},
		{"continue what is there, with less aside", "older", tree.All, "ab", tree.Put{Offset: 3}, nil, "text", "oldtext"},
		{"continue aside, before what is there", "older", tree.All, "abcd", tree.Put{Offset: 3}, nil, "text", "abctext"},
		{"continue what is there in a drop box", "older", tree.Write, "", tree.Put{Offset: 3}, fs.ErrExist, "", "older"},
		{"begin anew", "", tree.Write, "half", tree.Put{}, nil, "text", "text"},
		{"append", "old", tree.Append, "", tree.Put{Append: true}, nil, "text", "oldtext"},
		{"append without the right", "old", tree.All &^ tree.Append, "", tree.Put{Append: true}, fs.ErrPermission, "", "old"},
		{"append to nothing", "", tree.Write | tree.Append, "", tree.Put{Append: true}, nil, "text", "text"},
		{"append to nothing without write", "", tree.Append, "", tree.Put{Append: true}, fs.ErrPermission, "", "nothing"},
		{"append at an offset", "old", tree.All, "", tree.Put{Append: true, Offset: 1}, tree.ErrOffset, "", "old"},
		{"unique", "", tree.Write, "", tree.Put{Unique: true}, nil, "text", "text"},
		{"empty", "", tree.Write, "", tree.Put{}, nil, "", ""},
		{"sized", "", tree.Write, "", tree.Put{Size: 4}, nil, "text", "text"},
		{"more than can be", "", tree.Write, "", tree.Put{Size: 1 << 60}, tree.ErrFull, "", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := folder(t)
			v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": c.rights}})
			if c.kept != "" {
				keep(t, put(t, v, "/a", tree.Put{}, c.kept))
			}
			if c.there != "" {
				write(t, dir, map[string]string{"a": c.there})
			}
			if n, ok := v.Partial("/a"); c.rights.Has(tree.Write) && (n != int64(len(c.kept)) || ok != (c.kept != "")) {
				t.Errorf("%d bytes are kept, %v", n, ok)
			}
			u, err := v.Put("/a", c.how)
			if !errors.Is(err, c.err) {
				t.Fatalf("%v, not %v", err, c.err)
			}
			if err == nil {
				if _, err := u.ReadFrom(strings.NewReader(c.text)); err != nil {
					t.Fatal(err)
				}
				before := c.there
				if before == "" {
					before = "nothing"
				}
				if got := content(t, dir, "a"); got != before {
					t.Errorf("before the end there is %q", got)
				}
				commit(t, u)
			}
			if got := content(t, dir, "a"); got != c.want {
				t.Errorf("there is %q, not %q", got, c.want)
			}
			if bytes, files := s.Reserved(); bytes != 0 || files != 0 {
				t.Errorf("%d bytes and %d files stay reserved", bytes, files)
			}
		})
	}
}

// TestKeep: what is left belongs to one user and path, is seen by nobody, and to one session at a time.
func TestKeep(t *testing.T) {
	s, dir := folder(t)
	v, other := owner(s), s.View(tree.Options{User: "other", Rules: tree.Rules{"/": tree.All}})
	keep(t, put(t, v, "/a", tree.Put{}, "half"))
	keep(t, put(t, v, "/empty", tree.Put{}, ""))
	if _, ok := other.Partial("/a"); ok {
		t.Error("another user has it")
	}
	for _, p := range []string{"/b", "/empty"} {
		if _, ok := v.Partial(p); ok {
			t.Errorf("%s has it", p)
		}
	}
	if got := list(t, v, "/"); len(got) > 0 {
		t.Errorf("there is %v", got)
	}
	u := put(t, v, "/a", tree.Put{Offset: 4}, "+")
	if _, err := v.Put("/a", tree.Put{Offset: 4}); !errors.Is(err, tree.ErrBusy) {
		t.Errorf("a second session continues it: %v", err)
	}
	second := put(t, v, "/a", tree.Put{}, "second")
	keep(t, u)
	keep(t, second)
	if n, _ := v.Partial("/a"); n != 6 {
		t.Errorf("%d bytes are kept", n)
	}
	commit(t, put(t, v, "/a", tree.Put{Offset: 6}, " whole"))
	if got := content(t, dir, "a"); got != "second whole" {
		t.Errorf("there is %q", got)
	}
	if left, err := os.ReadDir(filepath.Join(dir, ".trawl")); err != nil || len(left) > 0 {
		t.Errorf("left aside: %v, %v", left, err)
	}
}

// TestTogether: of many uploads and appends at once all are whole, readers see whole files alone, and no bytes mix.
func TestTogether(t *testing.T) {
	s, dir := folder(t)
	v := owner(s)
	commit(t, put(t, v, "/a", tree.Put{}, strings.Repeat("-", 5000)))
	write(t, dir, map[string]string{"log": ""})
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			text := strings.Repeat(string(rune('a'+n)), 5000)
			for range 10 {
				commit(t, put(t, v, "/a", tree.Put{}, text))
				commit(t, put(t, v, "/log", tree.Put{Append: true}, text[:100]))
			}
		})
		all.Go(func() {
			for range 20 {
				b, err := (direct{v}).read("/a")
				if err != nil || b != strings.Repeat(b[:1], 5000) {
					t.Errorf("read %d bytes, %v", len(b), err)
				}
			}
		})
	}
	all.Wait()
	log := content(t, dir, "log")
	for ; len(log) >= 100; log = log[100:] {
		if log[:100] != strings.Repeat(log[:1], 100) {
			t.Fatal("the pieces mix")
		}
	}
	if i, err := v.Stat("/log"); err != nil || i.Size() != 16*10*100 {
		t.Errorf("the log has %d bytes, %v", i.Size(), err)
	}
}

func TestUnique(t *testing.T) {
	s, dir := folder(t)
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.Write}})
	write(t, dir, map[string]string{"a": "old", "a.2": "-> nowhere"})
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			u := put(t, v, "/a", tree.Put{Unique: true}, "x")
			commit(t, u)
			mu.Lock()
			defer mu.Unlock()
			if seen[u.Path()] {
				t.Errorf("%s twice", u.Path())
			}
			seen[u.Path()] = true
		})
	}
	all.Wait()
	if got := content(t, dir, "a"); got != "old" || seen["/a"] || seen["/a.2"] || !seen["/a.1"] {
		t.Errorf("%q, %v", got, seen)
	}
}

// TestLateName: a drop box replaces nothing, not even what has come since the upload began.
func TestLateName(t *testing.T) {
	s, dir := folder(t)
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.Write}})
	for _, how := range []tree.Put{{}, {Unique: true}} {
		u := put(t, v, "/a", how, "late")
		write(t, dir, map[string]string{"a": "first"})
		if err := u.Commit(); !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
		keep(t, u) // once more: nothing happens
		if bytes, files := s.Reserved(); bytes != 0 || files != 0 {
			t.Errorf("%d bytes and %d files stay reserved", bytes, files)
		}
		if got := content(t, dir, "a"); got != "first" {
			t.Errorf("there is %q", got)
		}
		if err := os.Remove(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweep(t *testing.T) {
	s, dir := folder(t)
	v := owner(s)
	keep(t, put(t, v, "/kept", tree.Put{}, "kept"))
	put(t, v, "/killed", tree.Put{}, "killed").Die()
	going := put(t, v, "/going", tree.Put{}, "go")
	sweep := func(age time.Duration, want int) {
		t.Helper()
		if n, err := s.Sweep(t.Context(), age); n != want || err != nil {
			t.Errorf("%d are swept, %v", n, err)
		}
	}
	sweep(time.Hour, 0)
	commit(t, put(t, v, "/killed", tree.Put{Offset: 4}, "er"))
	if got := content(t, dir, "killed"); got != "killer" {
		t.Errorf("there is %q", got)
	}
	put(t, v, "/killed", tree.Put{}, "killed").Die()
	sweep(-time.Hour, 2)
	if _, ok := v.Partial("/kept"); ok {
		t.Error("it is still there")
	}
	commit(t, going)
	if got := content(t, dir, "going"); got != "go" {
		t.Errorf("there is %q", got)
	}
}

// TestFullDisk: nothing half is seen, and an append leaves the file as it was.
func TestFullDisk(t *testing.T) {
	s, dir := folder(t)
	smallDisk(t, filepath.Join(dir, "disk"), "1m")
	v := owner(s)
	u, err := v.Put("/disk/a", tree.Put{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.ReadFrom(io.LimitReader(rand.NewChaCha8([32]byte{}), 2<<20)); !errors.Is(err, tree.ErrFull) {
		t.Errorf("two of one megabytes: %v", err)
	}
	keep(t, u)
	if n, ok := v.Partial("/disk/a"); ok {
		t.Errorf("%d bytes fill the disk", n)
	}
	commit(t, put(t, v, "/disk/log", tree.Put{}, strings.Repeat("a", 300<<10)))
	u = put(t, v, "/disk/log", tree.Put{Append: true}, strings.Repeat("b", 400<<10))
	if err := u.Commit(); !errors.Is(err, tree.ErrFull) {
		t.Errorf("appended: %v", err)
	}
	if got := content(t, dir, "disk/log"); got != strings.Repeat("a", 300<<10) {
		t.Errorf("the log has %d bytes", len(got))
	}
	if free, err := v.Free("/disk"); err != nil || free < 500<<10 || free > 1<<20 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if got := list(t, v, "/disk"); len(got) != 1 {
		t.Errorf("there is %v", got)
	}
	if bytes, files := s.Reserved(); bytes != 0 || files != 0 {
		t.Errorf("%d bytes and %d files stay reserved", bytes, files)
	}
}

// TestMounts: an upload lies aside on the mount where it will be, of a folder that is mounted twice too.
func TestMounts(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"disk/": "", "bound/": "", "plain/deep/": ""})
	smallDisk(t, filepath.Join(dir, "disk"), "1m")
	if err := needs.Mount(filepath.Join(dir, "plain"), filepath.Join(dir, "bound"), "", needs.Bind, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = needs.Unmount(filepath.Join(dir, "bound")) })
	v := owner(s)
	if err := v.Mkdir("/disk/sub"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/disk/a", "/disk/sub/a", "/bound/a", "/bound/deep/a", "/plain/deep/b"} {
		keep(t, put(t, v, p, tree.Put{}, "ha"))
		commit(t, put(t, v, p, tree.Put{Offset: 2}, "lf"))
		if got := content(t, dir, p); got != "half" {
			t.Errorf("%s is %q", p, got)
		}
		keep(t, put(t, v, p, tree.Put{}, "left"))
	}
	for _, p := range []string{"/disk", "/bound", "/plain", "/disk/sub"} {
		if got := strings.Join(list(t, v, p), " "); strings.Contains(got, "trawl") {
			t.Errorf("%s shows %s", p, got)
		}
	}
	if n, err := s.Sweep(t.Context(), -time.Hour); n != 5 || err != nil {
		t.Errorf("%d are swept, %v", n, err)
	}
}

// TestSplice: bytes of a connection go through the kernel.
func TestSplice(t *testing.T) {
	s, dir := folder(t)
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 3 << 20}})
	want := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	for _, over := range []int{0, 1} {
		from := dialed(t, append(want, make([]byte, over)...))
		u, err := v.Put("/a", tree.Put{})
		if err != nil {
			t.Fatal(err)
		}
		n, err := u.ReadFrom(from)
		if n != int64(len(want)) || (over == 0) != (err == nil) || over > 0 && !errors.Is(err, tree.ErrQuota) {
			t.Errorf("%d bytes over: %d, %v", over, n, err)
		}
		if over == 0 {
			commit(t, u)
		} else {
			keep(t, u)
		}
	}
	if got := content(t, dir, "a"); got != string(want) {
		t.Errorf("%d bytes differ", len(got))
	}
}

// dialed returns a connection that gives some bytes.
func dialed(t testing.TB, b []byte) *net.TCPConn {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A listener that is closed resets what it has not accepted: it is closed behind that.
		c, err := ln.Accept()
		ln.Close()
		if err == nil {
			_, _ = c.Write(b)
			c.Close()
		}
	}()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		ln.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); <-done })
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		t.Fatal("no TCP")
	}
	return tcp
}

// TestQuota: whatever is done at once, what lies there is never over the quota, and the count stays exact.
func TestQuota(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, _ := folder(t)
		quota := &tree.Quota{Bytes: 100, Files: 8}
		var all sync.WaitGroup
		for n := range 4 {
			steps := rapid.SliceOfN(rapid.IntRange(0, 1<<20), 1, 12).Draw(rt, fmt.Sprint("steps of ", n))
			v := s.View(tree.Options{User: fmt.Sprint(n % 2), Rules: tree.Rules{"/": tree.All}, Quota: quota})
			all.Go(func() {
				for _, step := range steps {
					act(v, step)
					if used := s.Used(); used.Bytes > quota.Bytes || used.Files > quota.Files {
						rt.Errorf("used are %+v", used)
					}
				}
			})
		}
		all.Wait()
		used := s.Used()
		if err := s.Count(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if counted := s.Used(); counted != used {
			rt.Fatalf("used are %+v, counted %+v", used, counted)
		}
		if bytes, files := s.Reserved(); bytes != 0 || files != 0 {
			rt.Fatalf("%d bytes and %d files stay reserved", bytes, files)
		}
	})
}

// act does one of many things to one of few paths.
func act(v *tree.View, step int) {
	p := []string{"/a", "/b", "/c", "/dir", "/dir/a", "/dir/b"}[step>>4%6]
	other := []string{"/a", "/b", "/dir/b", "/dir"}[step>>8%4]
	size := step >> 12 % 60
	how := tree.Put{}
	switch step % 10 {
	case 0:
		_ = v.Mkdir(p)
		return
	case 1:
		_ = v.Remove(p)
		return
	case 2:
		_ = v.Rename(p, other)
		return
	case 3:
		_ = v.Rmdir(p)
		return
	case 4:
		how.Append = true
	case 5:
		how.Unique = true
	case 6:
		how.Offset, _ = v.Partial(p)
	case 7:
		how.Size = int64(size)
	}
	u, err := v.Put(p, how)
	if err != nil {
		return
	}
	_, err = io.CopyN(u, zeros{}, int64(size))
	if err == nil && step>>10%3 > 0 {
		_ = u.Commit()
	} else {
		_ = u.Keep()
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestOneFolder: where the process may write in one folder alone, uploads lie aside there.
func TestOneFolder(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"in/deep/": "", "shared/": ""})
	const nobody = 65534
	for _, p := range []string{"in", "in/deep", "shared"} {
		if err := os.Chown(filepath.Join(dir, p), nobody, nobody); err != nil {
			needs.Missing(t, "the right to give files away (root)")
		}
	}
	if err := os.Chown(filepath.Join(dir, "shared"), nobody, 4242); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "shared"), 0o700|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.ReadOnly, "/in": tree.All, "/shared": tree.All}})
	commit(t, put(t, v, "/shared/a", tree.Put{}, "x"))
	if i, err := os.Stat(filepath.Join(dir, "shared/a")); err != nil || i.Sys().(*syscall.Stat_t).Gid != 4242 {
		t.Errorf("the group is not handed down: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".trawl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	as(nobody, func() {
		keep(t, put(t, v, "/in/deep/a", tree.Put{}, "ha"))
		commit(t, put(t, v, "/in/deep/a", tree.Put{Offset: 2}, "lf"))
		keep(t, put(t, v, "/in/b", tree.Put{}, "left"))
		if n, ok := v.Partial("/in/b"); n != 4 || !ok {
			t.Errorf("%d bytes are kept, %v", n, ok)
		}
		if got := strings.Join(list(t, v, "/in"), " "); got != "deep" {
			t.Errorf("there is %s", got)
		}
		if _, err := v.Put("/new", tree.Put{}); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
	})
	if got := content(t, dir, "in/deep/a"); got != "half" {
		t.Errorf("there is %q", got)
	}
	s = tree.Folder(openRoot(t, dir)) // another process sweeps
	s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.ReadOnly, "/in": tree.All}})
	if n, err := s.Sweep(t.Context(), -time.Hour); n != 1 || err != nil {
		t.Errorf("%d are swept, %v", n, err)
	}
}

// TestEnterClosed: a folder that the system does not let the process enter is refused, as is what lies in it.
func TestEnterClosed(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"open/": "", "closed/in/": ""})
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "open"), 0o711), os.Chmod(filepath.Join(dir, "closed"), 0)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		needs.Missing(t, "the right to act for others (root)")
	}
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All}})
	as(65534, func() {
		for p, want := range map[string]error{"/open": nil, "/closed": fs.ErrPermission, "/closed/in": fs.ErrPermission, "/": nil} {
			if err := v.Enter(p); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", p, err, want)
			}
		}
	})
}
