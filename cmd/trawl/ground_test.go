package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/index/embedded"
	"trawl/index/indextest/faults"
)

// ground is the catalogues that commands run on while the disk fails, made by sound runs.
type ground struct {
	exe string // trawl with the layer
	dir string // on a file system in memory if there is one

	lists map[string]string // listings by name
	host  string            // URL of an FTP server with texts
}

// newGround makes the catalogues, with 555 entries times scale a host: "none" has no directory,
// "some" has two hosts, "all" a third one with texts, "holes" lacks one that was removed.
func newGround(t *testing.T, exe string, scale int) *ground {
	t.Helper()
	shm, err := os.MkdirTemp("/dev/shm", "trawl") //nolint:usetesting // a file system in memory is faster
	if err != nil {
		shm = t.TempDir()
	}
	t.Cleanup(func() { forget(t, shm) })
	g := &ground{exe: exe, dir: shm, lists: map[string]string{}}
	for name, list := range map[string]string{
		"a": listOf(scale, false), "a2": listOf(scale, true),
		"b": strings.ReplaceAll(listOf(scale, false), "unique-alpha", "unique-beta"),
	} {
		g.lists[name] = filepath.Join(shm, name+".ls")
		if err := os.WriteFile(g.lists[name], []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.host = hostTexts(t)
	some, all, holes := g.path("some"), g.path("all"), g.path("holes")
	e, err := embedded.Open(some, embedded.Options{Repeats: 1}) // it keeps a dictionary from now on
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	g.sound(t, some, "import", g.lists["a"], "--host", "ftp://a/")
	g.sound(t, some, "import", g.lists["b"], "--host", "ftp://b/")
	g.copy(t, some, all)
	g.sound(t, all, "crawl", g.host)
	g.copy(t, all, holes)
	g.sound(t, holes, "remove", "ftp://b/")
	return g
}

// path returns the path of a catalogue or another file by its name.
func (g *ground) path(name string) string { return filepath.Join(g.dir, name) }

func (g *ground) copy(t testing.TB, from, to string) {
	t.Helper()
	if _, err := os.Stat(from); os.IsNotExist(err) {
		return
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// sound runs a command that must succeed.
func (g *ground) sound(t testing.TB, dir string, args ...string) faults.Outcome {
	t.Helper()
	plan := faults.Plan{Dir: dir, Journal: dir + ".journal"}
	o, err := faults.Run(t.Context(), g.exe, plan, args...)
	if err == nil {
		err = os.Remove(plan.Journal)
	}
	if err != nil || o.Code != 0 || o.Hung {
		t.Fatalf("trawl %s: %v, exit code %d: %s", strings.Join(args, " "), err, o.Code, o.Stderr)
	}
	return o
}

// listOf returns what ls -lR prints for a tree. A young one has other files here and there.
func listOf(scale int, young bool) string {
	var b strings.Builder
	dir := func(name string, files int, subs ...string) {
		fmt.Fprintf(&b, "%s:\ntotal 8\n", name)
		for _, sub := range subs {
			fmt.Fprintf(&b, "drwxr-xr-x 2 ftp ftp 4096 Mar  1  2020 %s\n", sub)
		}
		for i := range files * scale {
			if young && i%7 == 3 {
				continue // gone
			}
			word := []string{"kernel", "photo", "shared", "unique-alpha"}[i%4]
			size := 1000 + 37*i
			if young && i%11 == 2 {
				size++
			}
			fmt.Fprintf(&b, "-rw-r--r-- 1 ftp ftp %d Mar  1  2020 %s-%03d-v%d.tar.gz\n", size, word, i, i*3)
		}
		if young {
			fmt.Fprintf(&b, "-rw-r--r-- 1 ftp ftp 7 Mar  1  2021 kernel-new.zip\n")
		}
		b.WriteString("\n")
	}
	dir(".", 5, "pub", "old")
	dir("./old", 40)
	dir("./pub", 200, "deep", "incoming")
	dir("./pub/deep", 300)
	dir("./pub/incoming", 10)
	return b.String()
}

// hostTexts serves a tree with large READMEs over FTP and returns its URL.
func hostTexts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 6 {
		sub := filepath.Join(dir, fmt.Sprintf("penguins-%02d", i))
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for n := range 400 {
			fmt.Fprintf(&text, "line %d of %d: the penguin met walrus w%d and the kernel x%dy%d\n", n, i, n*i, i, n)
		}
		for name, body := range map[string]string{"README": text.String(), "kernel-zz.tar": "data", fmt.Sprintf("photo-%d.jpg", i): "photo"} {
			if err := os.WriteFile(filepath.Join(sub, name), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	server := ftpd.Server{FS: ftpd.Dir(root), Grace: -1}
	go func() {
		defer close(served)
		_ = server.Serve(ctx, l) // a crawl sees what it cannot do
	}()
	t.Cleanup(func() {
		cancel()
		<-served
		root.Close()
	})
	return "ftp://" + l.Addr().String() + "/"
}
