package httpd_test

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/ftpdtest"
	"trawl/index/indextest/needs"
)

// run runs a client in a folder and returns what it prints.
func run(t testing.TB, dir, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(program), args, err, out)
	}
	return string(out)
}

// plant writes a tree with names that are hard to link, and returns it.
func (h *host) plant(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{
		"README": "hello", "pub/a b.txt": "blank", "pub/100%.txt": "percent", "pub/a#1?x=y&z.txt": "query", "pub/caf\u00e9/\u65e5\u672c.txt": "unicode",
		"pub/it's \"quoted\"": "quotes", "pub/a:b": "colon", "pub/;semi,+plus=": "signs", "pub/.hidden/.file": "dots", "pub/[x]{y}~|^`": "brackets",
		"pub/back\\slash": "backslash", "pub/deep/er/and/deeper/file.bin": strings.Repeat("deep", 10_000), "big.iso": noise(3 << 20), "pub/empty": "",
	}
	h.write(t, files)
	return files
}

// noise returns n bytes that are not the same anywhere.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}

// same compares what lies in a folder with some files.
func same(t testing.TB, what, dir string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		got[name] = string(b)
		return err
	}))
	for name, text := range want {
		if b, ok := got[name]; !ok || b != text {
			t.Errorf("%s: %q is there: %v, %d bytes of %d", what, name, ok, len(b), len(text))
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s: %q should not be there", what, name)
	}
}

// TestCurl gets parts and resumes.
func TestCurl(t *testing.T) {
	t.Parallel()
	curl := needs.Program(t, "curl", "curl")
	h := serve(t)
	files := h.plant(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "big.iso"), []byte(files["big.iso"][:1<<20]), 0o600))
	run(t, dir, "", curl, "-sSf", "-C", "-", "-O", "http://"+h.addr+"/big.iso")
	same(t, "curl", dir, map[string]string{"big.iso": files["big.iso"]})
	if got := run(t, dir, "", curl, "-sSf", "-r", "2-3,0-1", "http://"+h.addr+"/README"); !strings.Contains(got, "\r\n\r\nll\r\n") || !strings.Contains(got, "\r\n\r\nhe\r\n") {
		t.Errorf("two parts: %q", got)
	}
	if got := run(t, dir, "", curl, "-sSfk", "-u", "ann:secret", "https://"+h.secure+"/README"); got != "hello" {
		t.Errorf("by a user: %q", got)
	}
	if got := run(t, dir, "", curl, "-sSf", "-z", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), "http://"+h.addr+"/README"); got != "" {
		t.Errorf("if it is newer: %q", got)
	}
}

// TestWget mirrors the tree.
func TestWget(t *testing.T) {
	t.Parallel()
	wget := needs.Program(t, "wget", "wget")
	h := serve(t)
	files := h.plant(t)
	h.write(t, map[string]string{"pub/latin/caf\xe9.txt": "latin", "pub/latin/new\nline": "lines"})
	files["pub/latin/caf\xe9.txt"] = "latin"
	files["pub/latin/new\nline"] = "lines"
	dir := t.TempDir()
	run(t, dir, "", wget, "-q", "-m", "-np", "-nH", "-R", "index.html*", "--restrict-file-names=nocontrol", "http://"+h.addr+"/")
	same(t, "wget", dir, files)
}

// TestAria gets a file in segments and checks it by SHA256SUMS.
func TestAria(t *testing.T) {
	t.Parallel()
	aria := needs.Program(t, "aria2c", "aria2")
	h := serve(t)
	files := h.plant(t)
	_, sums := h.get(t, "/SHA256SUMS")
	sum := ""
	for line := range strings.Lines(sums) {
		if of, ok := strings.CutSuffix(line, "  big.iso\n"); ok {
			sum = of
		}
	}
	dir := t.TempDir()
	run(t, dir, "", aria, "-q", "--no-conf", "-x4", "-s4", "-k1M", "--checksum=sha-256="+sum, "http://"+h.addr+"/big.iso")
	same(t, "aria2c", dir, map[string]string{"big.iso": files["big.iso"]})
	parts := 0
	for _, e := range h.events.Of(ftpd.Sent) {
		if e.Path == "/big.iso" {
			parts++
		}
	}
	if parts < 2 {
		t.Errorf("it came in %d parts", parts)
	}
}

// TestRclone copies the tree by the page, and by WebDAV.
func TestRclone(t *testing.T) {
	t.Parallel()
	rclone := needs.Program(t, "rclone", "rclone")
	h := serve(t)
	files := h.plant(t)
	var want []string
	for name := range files {
		want = append(want, name)
	}
	for what, backend := range map[string][]string{
		"http": {":http:", "--http-url", "http://" + h.addr + "/"}, "webdav": {":webdav:", "--webdav-url", "http://" + h.addr + "/"},
	} {
		dir := t.TempDir()
		common := append(backend[1:], "--config", "", "-q")
		run(t, dir, "", rclone, append([]string{"copy", backend[0], dir}, common...)...)
		same(t, "rclone "+what, dir, files)
		if listed := run(t, dir, "", rclone, append([]string{"lsf", "-R", "--files-only", backend[0]}, common...)...); strings.Count(listed, "\n") != len(want) {
			t.Errorf("rclone %s lists %s", what, listed)
		}
	}
}

// TestCadaver lists and gets by WebDAV, and is refused what would change something.
func TestCadaver(t *testing.T) {
	t.Parallel()
	cadaver := needs.Program(t, "cadaver", "cadaver")
	h := serve(t)
	files := h.plant(t)
	dir := t.TempDir()
	out := run(t, dir, "ls\ncd pub\nls\nget empty\ncd deep/er/and/deeper\nget file.bin\nput file.bin\nmkcol x\ndelete file.bin\nquit\n", cadaver, "http://"+h.addr+"/")
	for _, part := range []string{"Coll:   pub", "big.iso", "a b.txt", "Uploading file.bin", "failed:", "405 Method Not Allowed"} {
		if !strings.Contains(out, part) {
			t.Errorf("cadaver does not say %q:\n%s", part, out)
		}
	}
	same(t, "cadaver", dir, map[string]string{"empty": "", "file.bin": files["pub/deep/er/and/deeper/file.bin"]})
}

// TestNginx compares JSON with that of nginx, byte for byte.
func TestNginx(t *testing.T) {
	t.Parallel()
	nginx := needs.Unpacked(t, "usr/sbin/nginx", "nginx")
	h := serve(t)
	h.plant(t)
	h.write(t, map[string]string{"pub/sub/": "", "none/": "", "pub/tab\tin": "", "pub/sub/x": "1234567"})
	must(t, os.Symlink("empty", filepath.Join(h.dir, "pub/to-file")))
	must(t, os.Symlink("sub", filepath.Join(h.dir, "pub/to-folder")))
	addr := startNginx(t, nginx, h.dir)
	for _, path := range []string{"/", "/pub/", "/pub/sub/", "/pub/deep/", "/none/"} {
		res, err := http.Get("http://" + addr + path)
		must(t, err)
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		must(t, err)
		_, header, got := h.ask(t, asked{path: path, header: map[string]string{"Accept": "application/json"}})
		want := withoutHidden(string(b))
		if got = withoutHidden(got); got != want {
			t.Errorf("%s:\n%s\nnginx:\n%s", path, got, want)
		}
		if kind := header.Get("Content-Type"); kind != res.Header.Get("Content-Type") {
			t.Errorf("%s, and nginx has %s", kind, res.Header.Get("Content-Type"))
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is no JSON", got)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// withoutHidden leaves out what nginx never lists: names that begin with a dot.
func withoutHidden(list string) string {
	lines := strings.Split(list, "\r\n")
	kept := lines[:0]
	for _, line := range lines {
		if !strings.HasPrefix(line, `{ "name":".`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\r\n")
}

// startNginx serves a folder by nginx until the test ends.
func startNginx(t testing.TB, nginx, dir string) (addr string) {
	t.Helper()
	addr = needs.Port(t)
	at := t.TempDir()
	must(t, os.Chmod(at, 0o755))
	conf := filepath.Join(at, "nginx.conf")
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	must(t, os.WriteFile(conf, fmt.Appendf(nil, `%s
daemon off; worker_processes 1; pid %[2]s/pid; error_log %[2]s/error.log;
events { }
http {
  access_log off; sendfile on; default_type application/octet-stream;
  client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/f; uwsgi_temp_path %[2]s/u; scgi_temp_path %[2]s/s;
  server { listen %[3]s; root %[4]s; autoindex on; autoindex_format json; autoindex_exact_size on; }
}
`, user, at, addr, dir), 0o600))
	cmd := exec.CommandContext(t.Context(), nginx, "-e", filepath.Join(at, "error.log"), "-c", conf, "-p", at)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	ftpdtest.Await(t, "nginx", func() bool {
		res, err := http.Get("http://" + addr + "/")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	return addr
}
