package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest/needs"
	"trawl/web/wire"
)

// The tree that real servers serve to the tests here.
const (
	treeFiles = 20_000
	treeDirs  = 3_000
)

// command is trawl as a process of its own, on a data directory.
type command struct {
	t    *testing.T
	data string
}

func (c command) start(args ...string) (cmd *exec.Cmd, out *bytes.Buffer) {
	c.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	out = new(bytes.Buffer)
	cmd = exec.CommandContext(c.t.Context(), exe)
	cmd.SysProcAttr = needs.Tied()
	cmd.Args = append([]string{"trawl"}, args...)
	cmd.Env = append(os.Environ(), "TRAWL_DATA="+c.data)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return cmd, out
}

// run runs a command line that must succeed and returns what it printed.
func (c command) run(args ...string) string {
	c.t.Helper()
	cmd, out := c.start(args...)
	if err := cmd.Wait(); err != nil {
		c.t.Fatalf("trawl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out.String()
}

// kill starts a command and kills it after a while, in the middle of its work.
func (c command) kill(after time.Duration, args ...string) {
	c.t.Helper()
	cmd, out := c.start(args...)
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) || killed.Exited() {
		c.t.Fatalf("trawl %s was not killed in the middle: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// everything returns all that can be searched, by path.
func (c command) everything() map[index.Path]index.Entry {
	c.t.Helper()
	found := map[index.Path]index.Entry{}
	for _, r := range c.results() {
		for _, place := range r.Places {
			c.take(found, r, place)
		}
	}
	return found
}

// results returns all that a search finds.
func (c command) results() (all []wire.Result) {
	c.t.Helper()
	dec := json.NewDecoder(strings.NewReader(c.run("search", "kind:file,dir,link", "--json", "-n", "0", "--sort", "name", "--budget", "1m")))
	for {
		var r wire.Result
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, r)
	}
}

func (c command) take(found map[index.Path]index.Entry, r wire.Result, place wire.Place) {
	u, err := url.Parse(place.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	p := index.Path(strings.TrimSuffix(u.Path, "/"))
	if u.Scheme == "gopher" {
		p = p[2:] // a slash and the type of the item
	}
	if _, twice := found[p]; twice {
		c.t.Errorf("%q is found twice", p)
	}
	e := index.Entry{Name: r.Name, Kind: map[string]index.Kind{"file": index.File, "dir": index.Dir, "link": index.Link}[r.Kind], Size: index.UnknownSize}
	if r.Size != nil {
		e.Size = *r.Size
	}
	if place.Time != nil {
		e.Unix = place.Time.Unix()
	}
	found[p] = e
}

// same compares the searchable entries with what find sees: the same paths, kinds, sizes,
// and times as precise as in the listing.
func (c command) same(want map[index.Path]index.Entry) {
	c.t.Helper()
	got := c.everything()
	wrong := 0
	complain := func(format string, args ...any) {
		if wrong++; wrong <= 10 {
			c.t.Errorf(format, args...)
		}
	}
	for p, w := range want {
		g, ok := got[p]
		switch {
		case !ok:
			complain("%q is not found", p)
		case g.Kind != w.Kind:
			complain("%q is a %v, want a %v", p, g.Kind, w.Kind)
		case g.Kind == index.File && g.Size != w.Size:
			complain("%q has %d bytes, want %d", p, g.Size, w.Size)
		case !sameTime(g.Unix, w.Unix):
			complain("%q is of %s, want %s", p, time.Unix(g.Unix, 0).UTC(), time.Unix(w.Unix, 0).UTC())
		}
	}
	for p := range got {
		if _, ok := want[p]; !ok {
			complain("%q is found and is not there", p)
		}
	}
	if wrong > 0 {
		c.t.Errorf("%d of %d names are wrong", wrong, len(want))
	}
	if out := c.run("check"); out != "all is well\n" {
		c.t.Errorf("check: %s", out)
	}
}

// sameTime reports whether got may be want in a listing to the second, the minute or the
// day.
func sameTime(got, want int64) bool {
	const minute, day = 60, 24 * 60 * 60
	return got == want || got == want-want%minute || got == want-want%day
}

// TestRealServers crawls real servers and holds what is searchable against find.
func TestRealServers(t *testing.T) {
	root := ftptest.Tree(t, treeFiles, treeDirs)
	want := ftptest.Find(t, root)
	for _, peer := range ftptest.Peers()[:3] {
		t.Run(peer.Name, func(t *testing.T) {
			addr := peer.Start(t, root)
			c := command{t, t.TempDir()}
			t.Log(c.run("crawl", "ftp://"+addr))
			c.same(want)
		})
	}
	t.Run("killed", func(t *testing.T) { killedCrawl(t, ftptest.Vsftpd(t, root), want) })
	t.Run("import", func(t *testing.T) { killedImport(t, root, want) })
}

// killedCrawl kills a crawl, slowed down so as to hit its middle, and runs it
// again.
func killedCrawl(t *testing.T, addr string, want map[index.Path]index.Entry) {
	c := command{t, t.TempDir()}
	c.run("add", "ftp://"+addr, "--ways", "LIST", "--rate", "600")
	c.kill(2500*time.Millisecond, "crawl")
	c.run("add", "ftp://"+addr, "--rate", "0")
	out := c.run("crawl")
	if !strings.Contains(out, "resumed") {
		t.Errorf("the crawl was not taken up: %s", out)
	}
	t.Log(out)
	c.same(want)
}

// killedImport kills an import several times and then runs it to the end.
func killedImport(t *testing.T, root string, want map[index.Path]index.Entry) {
	cmd := exec.CommandContext(t.Context(), "ls", "-lAR", "--time-style=+%Y-%m-%d %H:%M:%S")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ls-lR")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := command{t, t.TempDir()}
	for _, after := range []int{30, 60, 100} {
		cmd, _ := c.start("import", file, "--host", "ftp.example.org")
		time.Sleep(time.Duration(after) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended before
		_ = cmd.Wait()
	}
	t.Log(c.run("import", file, "--host", "ftp.example.org"))
	c.same(want)
	c.same(want)
}

// TestFileAsRoot crawls the URL of a file, which is a slip: the user learns of it, and the
// facts known of the host stay.
func TestFileAsRoot(t *testing.T) {
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			root := t.TempDir()
			readme := filepath.Join(root, "pub", "README")
			err := errors.Join(os.MkdirAll(readme, 0o755), os.WriteFile(filepath.Join(readme, "known"), nil, 0o644))
			if err != nil {
				t.Fatal(err)
			}
			addr := peer.Start(t, root)
			c := command{t, t.TempDir()}
			c.run("crawl", "ftp://"+addr+"/pub/README")
			if err := errors.Join(os.RemoveAll(readme), os.WriteFile(readme, []byte("read me"), 0o644)); err != nil {
				t.Fatal(err)
			}
			refused := "trawl: crawl ftp://" + addr + "/pub/README/: it is a file, not a directory; name the directory that holds it: ftp://" + addr + "/pub/\n"
			for _, c := range []command{c, {t, t.TempDir()}} {
				cmd, out := c.start("crawl", "ftp://"+addr+"/pub/README")
				if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != exitBad || !strings.HasSuffix(out.String(), refused) {
					t.Errorf("exit %d: %s", cmd.ProcessState.ExitCode(), out)
				}
			}
			c.run("search", "known")
			if out := c.run("hosts"); !strings.Contains(out, "up") {
				t.Error(out)
			}
		})
	}
}
