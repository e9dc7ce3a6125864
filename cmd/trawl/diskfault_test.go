package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trawl/ftpd"
	"trawl/index/embedded"
	"trawl/index/indextest/faults"
)

// walkMode is a way for the disk to fail.
type walkMode struct {
	name string
	plan faults.Plan
}

func walkModes() []walkMode {
	return []walkMode{
		{"EIO-once", faults.Plan{Mode: faults.Once, Errno: "EIO"}},
		{"full", faults.Plan{Mode: faults.On, Errno: "ENOSPC", Kinds: faults.Growing()}},
		{"short", faults.Plan{Mode: faults.Short, Errno: "ENOSPC", Kinds: []faults.Kind{faults.Write}}},
		{"dead", faults.Plan{Mode: faults.On, Errno: "EIO"}},
	}
}

// ground is the catalogues that commands run on while the disk fails, made by sound runs.
type ground struct {
	exe string // trawl with the layer
	dir string // on a file system in memory if there is one

	lists map[string]string // listings by name
	host  string            // URL of an FTP server with texts
}

// walk is a command that runs while the disk fails.
type walk struct {
	name string
	from string   // the catalogue that it starts with
	args []string //
	says bool     // its answer on the standard output is right unless it says that it is not
}

// walks returns all commands. Catalogues: "none" has no directory, "some" has two hosts, "all" a third
// one with texts, "holes" lacks one that was removed.
func (g *ground) walks() []walk {
	return []walk{
		{"new", "none", []string{"import", g.lists["a"], "--host", "ftp://a/"}, false},
		{"import", "some", []string{"import", g.lists["b"], "--host", "ftp://c/"}, false},
		{"update", "all", []string{"import", g.lists["a2"], "--host", "ftp://a/"}, false},
		{"crawl", "some", []string{"crawl", g.host}, false},
		{"remove", "all", []string{"remove", "ftp://a/"}, false},
		{"compact", "holes", []string{"compact"}, false},
		{"rebuild", "all", []string{"rebuild"}, false},
		{"hosts", "all", []string{"hosts", "--json"}, true},
		{"search", "all", []string{"search", "kernel", "-n", "0", "--json"}, true},
		{"check", "all", []string{"check"}, false},
	}
}

func newGround(t *testing.T) *ground {
	t.Helper()
	shm, err := os.MkdirTemp("/dev/shm", "trawl") //nolint:usetesting // a file system in memory is faster
	if err != nil {
		shm = t.TempDir()
	}
	t.Cleanup(func() { forget(t, shm) })
	g := &ground{exe: faults.Build(t), dir: shm, lists: map[string]string{}}
	for name, list := range map[string]string{"a": listingA(0), "a2": listingA(1), "b": listingB()} {
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

// listingA returns what ls -lR prints for a tree; young changes some of it.
func listingA(young int) string {
	var b strings.Builder
	dir := func(name string, files int, subs ...string) {
		fmt.Fprintf(&b, "%s:\ntotal 8\n", name)
		for _, sub := range subs {
			fmt.Fprintf(&b, "drwxr-xr-x 2 ftp ftp 4096 Mar  1  2020 %s\n", sub)
		}
		for i := range files {
			if young > 0 && i%7 == 3 {
				continue // gone
			}
			word := []string{"kernel", "photo", "shared", "unique-alpha"}[i%4]
			size := 1000 + 37*i
			if young > 0 && i%11 == 2 {
				size++
			}
			fmt.Fprintf(&b, "-rw-r--r-- 1 ftp ftp %d Mar  1  2020 %s-%03d-v%d.tar.gz\n", size, word, i, i*3)
		}
		for i := range 9 * young {
			fmt.Fprintf(&b, "-rw-r--r-- 1 ftp ftp 7 Mar  1  2021 kernel-new-%d.zip\n", i)
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

// listingB shares half its names with listingA.
func listingB() string {
	return strings.ReplaceAll(listingA(0), "unique-alpha", "unique-beta")
}

// hostTexts serves a tree with large READMEs over FTP and returns its URL.
func hostTexts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 12 {
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

// TestDiskFaults lets each operation on the disk fail, of each command, in each way: the command
// ends with a line or goes on, and afterwards everything is found that was acknowledged.
func TestDiskFaults(t *testing.T) {
	needDisk(t)
	g := newGround(t)
	for _, w := range g.walks() {
		t.Run(w.name, func(t *testing.T) {
			s := g.survey(t, w)
			for _, m := range walkModes() {
				t.Run(m.name, func(t *testing.T) {
					walkAll(t, s.ops, m, func(n int) (faults.Op, string) { return g.fail(t, s, m, n) })
				})
			}
		})
	}
}

// needDisk skips a test that takes long, unless it is asked for.
func needDisk(t *testing.T) {
	t.Helper()
	if os.Getenv("TRAWL_DISK") == "" {
		t.Skip("TRAWL_DISK=1 runs it, until what it finds is mended")
	}
}

// TestServeFaults lets each operation fail that serve does on the disk while a command works
// through it: searches go on, and the answers are right or say that they are not.
func TestServeFaults(t *testing.T) {
	needDisk(t)
	g := newGround(t)
	for _, w := range g.walks() {
		if w.name != "update" && w.name != "crawl" {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			s := g.surveyServe(t, w)
			for _, m := range walkModes() {
				t.Run(m.name, func(t *testing.T) {
					walkAll(t, s.ops, m, func(n int) (faults.Op, string) { return g.serveFault(t, s, m, n) })
				})
			}
		})
	}
}

// survey is a walk with what is known of its sound run.
type survey struct {
	walk
	ops           []faults.Op
	stdout        string
	before, after proof
	answers       []map[string][]string // of serve: places by query, before the command and after
}

// survey runs a command on a sound disk.
func (g *ground) survey(t *testing.T, w walk) survey {
	t.Helper()
	s := survey{walk: w}
	dir := g.path("sound-" + w.name)
	g.copy(t, g.path(w.from), dir)
	var wrong string
	if w.from != "none" {
		if s.before, wrong = proofOf(t, g.exe, dir); wrong != "" {
			t.Fatal(wrong)
		}
		forget(t, dir)
		g.copy(t, g.path(w.from), dir)
	}
	o := g.sound(t, dir, w.args...)
	s.ops, s.stdout = o.Ops, o.Stdout
	if s.after, wrong = proofOf(t, g.exe, dir); wrong != "" {
		t.Fatal(wrong)
	}
	for _, p := range []proof{s.before, s.after} {
		if wrong := p.misses(p, p); wrong != "" {
			t.Fatal("on a sound disk: " + wrong)
		}
	}
	return s
}

// walkAll runs something once for each of its operations, which fails.
func walkAll(t *testing.T, ops []faults.Op, m walkMode, fail func(n int) (faults.Op, string)) {
	t.Helper()
	most := 3 // operations more than in the sound run, since goroutines differ
	for _, op := range ops {
		if countsIn(op, m.plan.Kinds) {
			most++
		}
	}
	from := 1
	if one, err := strconv.Atoi(os.Getenv("TRAWL_FAULTS_N")); err == nil {
		from, most = one, one
	}
	var next, bad atomic.Int64
	next.Store(int64(from) - 1)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := int(next.Add(1)); n <= most && t.Context().Err() == nil; n = int(next.Add(1)) {
				if op, wrong := fail(n); wrong != "" {
					bad.Add(1)
					t.Errorf("%s n=%d %s: %s", m.name, n, op, wrong)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d operations, %d bad", most, bad.Load())
}

func countsIn(op faults.Op, kinds []faults.Kind) bool {
	if len(kinds) == 0 {
		return op.Kind != faults.Close && op.Kind != faults.Dup && op.Kind != faults.Begin && op.Kind != faults.Say
	}
	return slices.Contains(kinds, op.Kind)
}

// fail runs a command of which operation n fails, and returns that, and what is wrong then.
func (g *ground) fail(t *testing.T, s survey, m walkMode, n int) (op faults.Op, wrong string) {
	dir := g.path(fmt.Sprintf("%s-%s-%d", s.name, m.name, n))
	g.copy(t, g.path(s.from), dir)
	plan := m.plan
	plan.Dir, plan.N, plan.Journal = dir, n, dir+".journal"
	o, err := faults.Run(t.Context(), g.exe, plan, s.args...)
	if err != nil {
		t.Error(err)
		return op, ""
	}
	op, _ = o.Fault()
	if wrong = s.wrong(o); wrong == "" {
		before := s.before
		if o.Code == 0 {
			before = s.after
		}
		p, broken := proofOf(t, g.exe, dir)
		switch exists, err := embedded.Exists(dir); {
		case broken != "":
			wrong = "afterwards: " + broken
		case err != nil || !exists:
			wrong = fmt.Sprintf("afterwards there is no catalogue: %v", err)
		default:
			wrong = p.misses(before, s.after)
		}
	}
	if wrong != "" && os.Getenv("TRAWL_FAULTS_N") != "" {
		t.Logf("exit code %d\n%s%s", o.Code, o.Stdout, o.Stderr)
		t.Logf("kept in %s", dir)
		return op, wrong
	}
	forget(t, dir)
	forget(t, plan.Journal)
	return op, wrong
}

// forget removes a file or a directory.
func forget(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Error(err)
	}
}

// logLine is a line that may be on the standard error beside that of the error.
var logLine = regexp.MustCompile(`^(time=|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )`)

// wrong reports what is wrong with the end of a command.
func (s survey) wrong(o faults.Outcome) string {
	said, more := 0, ""
	for line := range strings.Lines(o.Stderr) {
		switch {
		case strings.HasPrefix(line, "trawl: "):
			said++
		case !logLine.MatchString(line):
			more = line
		}
	}
	told := strings.Contains(o.Stderr, "at least") || strings.Contains(o.Stderr, "a part could not be")
	switch {
	case o.Hung:
		return "it hangs"
	case o.Crashed() != "":
		return o.Crashed()
	case o.Code < 0:
		return "a signal ended it"
	case o.Code > 0 && o.Stderr == "":
		return fmt.Sprintf("exit code %d without a word", o.Code)
	case o.Code == 2 && (said != 1 || more != ""):
		return fmt.Sprintf("it said not one line but %q", o.Stderr)
	case s.says && o.Code < 2 && o.Stdout != s.stdout && !told:
		return fmt.Sprintf("it answered %d bytes, the right answer has %d, and said %q", len(o.Stdout), len(s.stdout), o.Stderr)
	}
	return ""
}
