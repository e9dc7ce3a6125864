package ssh_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPaths sends paths that lead out of the root by every request that has one, those of extensions as well: nothing comes
// out, and nothing outside is changed.
func TestPaths(t *testing.T) {
	h := serve(t)
	outside := filepath.Join(filepath.Dir(h.dir), "outside")
	must(t, os.MkdirAll(filepath.Join(outside, "folder"), 0o755))
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("it is a secret"), 0o600))
	plantLinks(t, h.dir, outside)
	want := describe(t, outside)
	b := open(t, h.connect(t))
	for _, p := range ways(outside) {
		for name, request := range pathRequests(p) {
			kind, content := b.ask(request.kind, request.fields...)
			text := string(content)
			if kind == 102 { // a handle
				text += h.useHandle(b, text[4:])
			}
			if strings.Contains(text, "it is a secret") || strings.Contains(text, "folder") && !strings.Contains(p, "folder") {
				t.Errorf("%s %q gives %q", name, p, text)
			}
			if got := describe(t, outside); got != want {
				t.Fatalf("%s %q changes what is outside: %s", name, p, got)
			}
			plantLinks(t, h.dir, outside)
		}
	}
}

// plantLinks makes a folder with links that lead out, unless they are there.
func plantLinks(t testing.TB, dir, outside string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, "dir"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "plain"), []byte("plain"), 0o600))
	for name, to := range map[string]string{"link": outside, "rel": "../outside", "dir/up": "../..", "proc": "/proc/self/root", "self": "/proc/self/cwd", "file": outside + "/secret"} {
		at := filepath.Join(dir, name)
		if got, err := os.Readlink(at); err == nil && got == to {
			continue
		}
		must(t, os.RemoveAll(at))
		must(t, os.Symlink(to, at))
	}
}

// ways returns spellings of paths outside.
func ways(outside string) []string {
	return []string{
		"..", "../outside/secret", "/../outside/secret", "dir/../../outside/secret", "//../outside", "/./../outside/secret", "/dir/..//../outside/folder",
		"/link", "/link/secret", "/link/folder", "/link/new", "/rel/secret", "/rel/new", "/dir/up/outside/secret", "/dir/up/outside/new", "/file", "/file/x",
		"/link/../outside/secret", "/proc" + outside + "/secret", "/self", outside + "/secret", outside, "/proc/self/root" + outside + "/secret",
		"..\\outside\\secret", "%2e%2e/outside/secret", "~/../outside/secret", "/link\x00/secret", "/plain/../../outside/secret",
		strings.Repeat("../", 300) + outside[1:] + "/secret", "/link/./././secret", "/.trawl", "/.trawl/../../outside/secret",
	}
}

// pathRequest is a request that has a path.
type pathRequest struct {
	kind   byte
	fields []any
}

// pathRequests returns every request that has a path, with this one.
func pathRequests(p string) map[string]pathRequest {
	r := func(kind byte, fields ...any) pathRequest { return pathRequest{kind, fields} }
	none := uint32(0)
	return map[string]pathRequest{
		"open to read": r(3, p, uint32(1), none), "open to write": r(3, p, uint32(2|8|16), none), "open to append": r(3, p, uint32(2|4|8), none),
		"open to edit": r(3, p, uint32(1|2), none), "open a new one": r(3, p, uint32(2|8|32), none),
		"lstat": r(7, p), "setstat size": r(9, p, uint32(1), uint64(1)), "setstat mode": r(9, p, uint32(4), uint32(0o777)),
		"setstat times": r(9, p, uint32(8), uint32(1), uint32(1)), "opendir": r(11, p), "remove": r(13, p), "mkdir": r(14, p, none), "rmdir": r(15, p),
		"realpath": r(16, p), "stat": r(17, p), "rename from": r(18, p, "/new"), "rename to": r(18, "/plain", p), "readlink": r(19, p),
		"symlink to": r(20, p, "/new"), "symlink at": r(20, "/plain", p),
		"posix-rename from": r(200, "posix-rename@openssh.com", p, "/new2"), "posix-rename to": r(200, "posix-rename@openssh.com", "/plain", p),
		"statvfs": r(200, "statvfs@openssh.com", p), "hardlink from": r(200, "hardlink@openssh.com", p, "/new3"),
		"hardlink to": r(200, "hardlink@openssh.com", "/plain", p), "lsetstat": r(200, "lsetstat@openssh.com", p, uint32(4), uint32(0o777)),
		"expand-path": r(200, "expand-path@openssh.com", p), "space-available": r(200, "space-available", p), "check-file-name": r(200, "check-file-name", p, "md5", uint64(0), uint64(0), none),
	}
}

// useHandle reads and writes by a handle, lists it and closes it.
func (h *host) useHandle(b *bare, handle string) (got string) {
	b.t.Helper()
	for _, request := range []pathRequest{
		{5, []any{handle, uint64(0), uint32(1000)}},
		{12, []any{handle}},
		{8, []any{handle}},
		{6, []any{handle, uint64(0), "changed"}},
		{10, []any{handle, uint32(4), uint32(0o777)}},
		{4, []any{handle}},
	} {
		_, content := b.ask(request.kind, request.fields...)
		got += string(content)
	}
	return got
}

// TestRealpath shows that a path is made whole without a look at what is there: links and names that do not exist stay.
func TestRealpath(t *testing.T) {
	h := serve(t)
	must(t, os.MkdirAll(filepath.Join(h.dir, "dir/deep"), 0o755))
	must(t, os.Symlink("dir/deep", filepath.Join(h.dir, "link")))
	must(t, os.Symlink("link2", filepath.Join(h.dir, "link2")))
	must(t, os.Symlink("/etc", filepath.Join(h.dir, "out")))
	b := open(t, h.connect(t))
	for p, want := range map[string]string{
		".": "/", "": "/", "/": "/", "..": "/", "dir": "/dir", "dir/": "/dir", "link": "/link", "link/..": "/", "link2": "/link2", "out/passwd": "/out/passwd",
		"none": "/none", "none/none/../x": "/none/x", "/dir//./deep/../none": "/dir/none", "../../etc": "/etc",
	} {
		kind, content := b.ask(16, p)
		if kind != 104 || !strings.HasPrefix(string(content[4:]), string(packet(0, want)[5:])) {
			t.Errorf("%q is answered by packet %d: %q", p, kind, content)
		}
	}
}
