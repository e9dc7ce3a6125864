package gopher_test

import (
	"context"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/gopher"
	"trawl/index/indextest/needs"
)

// searched is a server that finds one file for each query.
func searched(s *gopher.Server) {
	s.Find = func(_ context.Context, _ netip.Addr, query string, _ int) (ftpd.Answer, error) {
		return ftpd.Answer{Found: []ftpd.Found{{URL: "ftp://a.example/pub/found.txt", Path: "/pub/b.txt", Name: "found " + query, Size: 1}}}, nil
	}
}

// planted are files that clients fetch.
func planted(t *testing.T) *host {
	h := serve(t, searched)
	var bytes strings.Builder
	for i := range 300_000 {
		bytes.WriteByte(byte(i * i >> 3))
	}
	h.write(t, "README", "Welcome here\n", "pub/b.txt", "b\n", "pub/disk.iso", bytes.String(), "pub/dots.txt", "one\n.\n..two\n.three\nend\n.\n", "sp ace/caf\u00e9.txt", "blank\n",
		"latin/caf\xe9.txt", "latin\n", "tab/a\tb.txt", "tab\n", "pic.gif", "GIF89a", "page.html", "<p>page</p>\n", "a.zip", "PK\x03\x04\x00\x1a")
	return h
}

// run runs a client and returns what it printed.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=dumb", "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %q: %v", filepath.Base(program), args, err)
	}
	return string(out)
}

// walk calls f for each item of all menus, as curl gets them.
func (h *host) walk(t *testing.T, curl, selector string, f func(kind byte, selector string)) {
	t.Helper()
	for line := range strings.SplitSeq(run(t, curl, "-sS", "gopher://"+h.addr+"/1"+url.PathEscape(selector)), "\r\n") {
		fields := strings.Split(line, "\t")
		if len(fields) != 4 || line[0] == 'i' || fields[0] == "1.." {
			continue
		}
		f(line[0], fields[1])
		if line[0] == '1' {
			h.walk(t, curl, fields[1], f)
		}
	}
}

// TestCurl walks all menus with curl, and gets all files whole.
func TestCurl(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	h := planted(t)
	files := 0
	h.walk(t, curl, "", func(kind byte, selector string) {
		if kind == '1' || kind == '7' {
			return
		}
		files++
		want, err := os.ReadFile(filepath.Join(h.dir, strings.NewReplacer("\uefe9", "\xe9", "\uef09", "\t").Replace(selector)))
		must(t, err)
		if got := run(t, curl, "-sS", "gopher://"+h.addr+"/"+string(kind)+url.PathEscape(selector)); got != string(want) {
			t.Errorf("%q: %d bytes of %d", selector, len(got), len(want))
		}
	})
	if files != 10 {
		t.Errorf("%d files", files)
	}
	if got := run(t, curl, "-sS", "gopher://"+h.addr+"/7find%09linux%20iso"); !strings.Contains(got, "\r\n9found linux iso ") {
		t.Errorf("%q", got)
	}
}

// TestLynx reads menus, a text, a binary file and a search with lynx.
func TestLynx(t *testing.T) {
	lynx := needs.Program(t, "lynx", "lynx")
	h := planted(t)
	base := "gopher://" + h.addr + "/"
	menu := run(t, lynx, "-dump", "-width=200", base)
	for _, want := range []string{"Welcome here", "(?) [1]Search", "(DIR) [3]pub ", "(HTML) ", "(BIN) ", "9. " + base + "g/pic.gif"} {
		if !strings.Contains(strings.Join(strings.Fields(menu), " "), want) {
			t.Errorf("no %q in %s", want, menu)
		}
	}
	for _, name := range []string{"0/pub/b.txt", "0/pub/dots.txt", "9/pub/disk.iso", "0/sp%20ace/caf%C3%A9.txt", "0/latin/caf%EE%BF%A9.txt", "0/tab/a%EE%BC%89b.txt", "g/pic.gif"} {
		selector, err := url.PathUnescape(name[1:])
		must(t, err)
		want, err := os.ReadFile(filepath.Join(h.dir, strings.NewReplacer("\uefe9", "\xe9", "\uef09", "\t").Replace(selector)))
		must(t, err)
		if got := run(t, lynx, "-source", base+name); got != string(want) {
			t.Errorf("%q: %d bytes of %d", name, len(got), len(want))
		}
	}
	if got := run(t, lynx, "-dump", "-width=200", base+"7find?linux+iso"); !strings.Contains(got, "found linux iso ") || !strings.Contains(got, base+"9/pub/b.txt") {
		t.Errorf("%s", got)
	}
}

// TestVF1 walks with vf1 and saves a text and a binary file.
func TestVF1(t *testing.T) {
	vf1 := needs.Program(t, "vf1", "vf1")
	h := planted(t)
	to := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, vf1)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=dumb", "LC_ALL=C.UTF-8")
	cmd.Dir = to
	cmd.Stdin = strings.NewReader(strings.ReplaceAll("set width 200\ngo gopher://HOST/\nls\ngo gopher://HOST/1/pub\nsave 2 "+to+"/text\nsave 3 "+to+"/binary\nls\nquit\n", "HOST", h.addr))
	out, err := cmd.CombinedOutput()
	must(t, err)
	if !strings.Contains(string(out), "Welcome here") || !strings.Contains(string(out), "[1] Search <INP>") {
		t.Errorf("%s", out)
	}
	for name, file := range map[string]string{"text": "pub/b.txt", "binary": "pub/disk.iso"} {
		want, err := os.ReadFile(filepath.Join(h.dir, file))
		must(t, err)
		if got, _ := os.ReadFile(filepath.Join(to, name)); string(got) != string(want) {
			t.Errorf("%s: %d bytes of %d\n%s", file, len(got), len(want), out)
		}
	}
}

// TestUMN searches with the client of the University of Minnesota, which asks for menus in the way of Gopher+.
func TestUMN(t *testing.T) {
	client, tmux := needs.Program(t, "gopher", "gopher"), needs.Program(t, "tmux", "tmux")
	h := planted(t)
	host, port, _ := strings.Cut(h.addr, ":")
	socket := filepath.Join(t.TempDir(), "tmux")
	terminal := func(args ...string) string { return run(t, tmux, append([]string{"-S", socket}, args...)...) }
	terminal("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "TERM=xterm HOME="+t.TempDir()+" "+client+" "+host+" "+port)
	defer terminal("kill-server")
	for _, step := range []struct{ sees, keys string }{
		{"Press RETURN", ""}, {"[1]  Search <?>", ""}, {"Words to search for", "linux iso"}, {"found linux iso", ""},
	} {
		shown := ""
		for began := time.Now(); !strings.Contains(shown, step.sees); time.Sleep(50 * time.Millisecond) {
			if shown = terminal("capture-pane", "-p"); time.Since(began) > time.Minute {
				t.Fatalf("no %q in %s", step.sees, shown)
			}
		}
		if step.keys != "" {
			terminal("send-keys", "-l", step.keys)
		}
		terminal("send-keys", "Enter")
	}
}
