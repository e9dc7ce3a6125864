package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/fetch"
	"trawl/ftpd"
	"trawl/index"
	"trawl/index/embedded"
	"trawl/index/indextest/needs"
	"trawl/search"
)

// showing is a catalogue that is shown over FTP.
type showing struct {
	engine
	h    *hosting
	addr string
}

// show serves the catalogue of an engine alone, until the test ends.
func show(t testing.TB) *showing {
	t.Helper()
	e, err := embedded.Open(t.TempDir(), embedded.Options{Addr: schemes().Addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	a := &app{env: func(string) string { return "" }}
	log := slog.New(slog.DiscardHandler)
	opts := serveOptions{budget: time.Minute, contact: "test@localhost", gateway: gatewayOptions{on: "on"}}
	opts.gateway.hosts = fetch.Limits{Silence: 30 * time.Second}
	opts.getting = a.newGetting(e, &opts, log)
	t.Cleanup(opts.getting.close)
	f := &settings.File{}
	f.FTP.Catalogue = "/"
	s := &showing{engine: e, h: &hosting{settings: f}}
	s.h.catalogue = newCatalogue(f, e, &opts, log)
	if s.h.accounts, err = newAccounts(f, showCatalogue(f, s.h.catalogue)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.h.accounts.close)
	s.addr = serveFTP(t, &ftpd.Server{Accounts: s.h.accounts.book, Find: s.h.find(search.ByFTP), Grace: -1})
	return s
}

// serveFTP serves until the test ends, and returns the address.
func serveFTP(t testing.TB, srv *ftpd.Server) string {
	t.Helper()
	ln, err := net.Listen("tcp", needs.Own())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// record writes a host into the catalogue: the sizes of its files by their paths.
func (s *showing) record(t testing.TB, id index.HostID, files map[string]int64) {
	t.Helper()
	dirs := map[index.Path]*index.Listing{}
	var add func(p index.Path, e index.Entry)
	dir := func(p index.Path) *index.Listing {
		if dirs[p] == nil {
			dirs[p] = &index.Listing{Dir: p, Taken: time.Now()}
			if p != "/" {
				add(p, index.Entry{Kind: index.Dir, Size: index.UnknownSize})
			}
		}
		return dirs[p]
	}
	add = func(p index.Path, e index.Entry) {
		e.Name = p.Base()
		if fixed := strings.ToValidUTF8(e.Name, "\ufffd"); fixed != e.Name {
			e.Name, e.Raw = fixed, e.Name
		}
		l := dir(p.Dir())
		l.Entries = append(l.Entries, e)
	}
	dir("/")
	for p, size := range files {
		add(index.Path(p), index.Entry{Size: size, Unix: 1_700_000_000, Precision: index.Second})
	}
	if err := s.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := s.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	var all []index.Listing
	for _, l := range dirs {
		all = append(all, *l)
	}
	if err := errors.Join(crawl.Put(t.Context(), all...), crawl.Finish(t.Context(), true), crawl.Close()); err != nil {
		t.Fatal(err)
	}
}

// run runs a client, and returns what it printed.
func run(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%s %q: %v\n%s", name, args, err, errs.String())
	}
	return out.String()
}

// TestCatalogueFind compares what find of lftp prints of a host of 100,000 files with the catalogue, whole.
func TestCatalogueFind(t *testing.T) {
	lftp := needs.Program(t, "lftp", "lftp")
	t.Parallel()
	s := show(t)
	files, want := map[string]int64{}, map[string]bool{"./": true}
	for n := range 100_000 {
		p := fmt.Sprintf("/pub/%02d/%02d/file %d.iso", n%20, n/20%25, n)
		if n%10 == 0 {
			p = fmt.Sprintf("/large/%d", n)
		}
		files[p] = int64(n)
		for want["."+p] = true; p != "/"; p = filepath.Dir(p) {
			if d := filepath.Dir(p); d != "/" {
				want["."+d+"/"] = true
			}
		}
	}
	s.record(t, "ftp://files.example.org/", files)
	began := time.Now()
	out := run(t, t.TempDir(), lftp, "-c", "open ftp://"+s.addr+"/hosts/files.example.org; find")
	t.Logf("find took %v", time.Since(began))
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
		if !want[line] {
			t.Fatalf("%q is not in the catalogue", line)
		}
		delete(want, line)
	}
	for line := range want {
		t.Fatalf("%d lines are missing, such as %q", len(want), line)
	}
}

// origin serves files as a host that is crawled, and records it.
func (s *showing) origin(t testing.TB, files fstest.MapFS, listed map[string]int64) index.HostID {
	t.Helper()
	return s.originOf(t, files, files, listed)
}

// originOf is origin of a tree that may not give all that is in its files.
func (s *showing) originOf(t testing.TB, tree fs.FS, files fstest.MapFS, listed map[string]int64) index.HostID {
	t.Helper()
	id := index.HostID("ftp://" + serveFTP(t, &ftpd.Server{FS: tree, Grace: -1}) + "/")
	sizes := map[string]int64{}
	for name, f := range files {
		if f.Mode.IsRegular() {
			sizes["/"+name] = int64(len(f.Data))
		}
	}
	maps.Copy(sizes, listed)
	s.record(t, id, sizes)
	return id
}

// breaking is a tree whose files break off behind so many bytes.
type breaking struct {
	fstest.MapFS
	after int64
}

type breakingFile struct {
	fs.File
	left int64
}

func (b breaking) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	if info, ok := b.MapFS[name]; err == nil && ok && info.Mode.IsRegular() {
		return &breakingFile{f, b.after}, nil
	}
	return f, err
}

func (f *breakingFile) Read(b []byte) (int, error) {
	if f.left <= 0 {
		return 0, errors.New("the disk is broken")
	}
	n, err := f.File.Read(b[:min(int64(len(b)), f.left)])
	f.left -= int64(n)
	return n, err
}

// folderIn returns where the catalogue shows a host.
func folderIn(id index.HostID) string {
	return "/hosts/" + strings.ReplaceAll(id.Name(), ":", "+")
}

// noise returns bytes that differ.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// TestCatalogueClients fetches a host through the catalogue by the clients that people use.
func TestCatalogueClients(t *testing.T) {
	lftp, curl, wget, rclone := needs.Program(t, "lftp", "lftp"), needs.Program(t, "curl", "curl"), needs.Program(t, "wget", "wget"), needs.Program(t, "rclone", "rclone")
	t.Parallel()
	s := show(t)
	files := fstest.MapFS{
		"pub/noise.bin":             {Data: noise(1 << 20)},
		"pub/docs/READ ME":          {Data: []byte("read me\n")},
		"pub/docs/semi;colon":       {Data: []byte("1")},
		"pub/docs/per%20cent":       {Data: []byte("2")},
		"pub/docs/caf\u00e9":        {Data: []byte("3")},
		"pub/docs/[star]*?":         {Data: []byte("4")},
		"pub/\u65e5\u672c/back\\ s": {Data: []byte("5")},
	}
	id := s.origin(t, files, nil)
	same := func(what, dir string) {
		got := 0
		for name, f := range files {
			body, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.Equal(body, f.Data) {
				t.Errorf("%s: %s: %v", what, name, err)
			}
		}
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				got++
			}
			return err
		})
		if got != len(files) {
			t.Errorf("%s: %d files", what, got)
		}
	}
	at := "ftp://" + s.addr + folderIn(id)
	dir := t.TempDir()
	run(t, dir, lftp, "-c", "open "+at+"; mirror . mirrored")
	same("lftp mirror", filepath.Join(dir, "mirrored"))
	host, port, _ := net.SplitHostPort(s.addr)
	remote := fmt.Sprintf(":ftp,host=%s,port=%s,user=anonymous,pass=4AymCdvFfPV4hb42oF79injJawukHiimdsmMxsY7:", host, port)
	run(t, dir, rclone, "copy", "--config", "", remote+folderIn(id), filepath.Join(dir, "copied"))
	same("rclone copy", filepath.Join(dir, "copied"))
	listed := strings.Split(strings.TrimSpace(run(t, dir, rclone, "lsf", "-R", "--files-only", "--config", "", remote+folderIn(id))), "\n")
	if len(listed) != len(files) {
		t.Errorf("rclone lsf: %q", listed)
	}
	run(t, dir, wget, "-q", "-r", "-nH", "--cut-dirs=2", "-P", "got", at+"/pub/")
	if body, err := os.ReadFile(filepath.Join(dir, "got/pub/docs/READ ME")); string(body) != "read me\n" {
		t.Error("wget:", err)
	}
	data := files["pub/noise.bin"].Data
	if got := run(t, dir, curl, "-sS", "-r", "500000-600000", at+"/pub/noise.bin"); got != string(data[500_000:600_001]) {
		t.Errorf("curl -r: %d bytes", len(got))
	}
	if err := os.WriteFile(filepath.Join(dir, "part"), data[:123_456], 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, curl, "-sS", "-C", "-", "-o", "part", "ftp://"+s.addr+"/search/noise%20ext:bin/noise.bin")
	if got, err := os.ReadFile(filepath.Join(dir, "part")); !bytes.Equal(got, data) {
		t.Errorf("curl -C: %d bytes, %v", len(got), err)
	}
	if got := run(t, dir, lftp, "-c", "open ftp://"+s.addr+"/search; cat '/search/name:\"READ ME\"/READ ME'; cls -1 *"); got != "read me\nREADME.txt\n" {
		t.Errorf("lftp: %q", got)
	}
}

// TestCatalogueFailover: a place that is down, breaks off in the middle or lies about the size is followed by another one of the
// same file.
func TestCatalogueFailover(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	t.Parallel()
	s := show(t)
	data := noise(2 << 20)
	liar := s.origin(t, fstest.MapFS{"one.iso": {Data: data[:1000]}}, map[string]int64{"/one.iso": 4000})
	s.record(t, "ftp://"+index.HostID(needs.Nobody)+"/", map[string]int64{"/pub/a.iso": int64(len(data))})
	s.origin(t, fstest.MapFS{"pub/a.iso": {Data: data[:1000]}}, map[string]int64{"/pub/a.iso": int64(len(data))})
	s.origin(t, fstest.MapFS{"pub/a.iso": {Data: data}}, nil)
	files := fstest.MapFS{"pub/a.iso": {Data: data}}
	breaks := s.originOf(t, breaking{files, 1 << 20}, files, nil)
	down := "ftp://" + s.addr + folderIn("ftp://"+index.HostID(needs.Nobody)+"/") + "/pub/a.iso"
	for _, url := range []string{down, "ftp://" + s.addr + folderIn(breaks) + "/pub/a.iso", "ftp://" + s.addr + "/search/a.iso/a.iso"} {
		var got []byte
		for range 20 { // on a machine that is busy the other places may not be found in time: 450
			got, _ = exec.CommandContext(t.Context(), curl, "-sS", url).Output()
			if bytes.Equal(got, data) {
				break
			}
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes", url, len(got))
		}
	}
	cmd := exec.CommandContext(t.Context(), curl, "-sSv", "ftp://"+s.addr+folderIn(liar)+"/one.iso", "-o", filepath.Join(t.TempDir(), "x"))
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("450 The file has changed since the host was crawled: it had 4,000 bytes then, and has 1,000 bytes now.")) {
		t.Errorf("a host that lies: %v, %s", err, out)
	}
	if got := run(t, t.TempDir(), curl, "-sS", "ftp://"+s.addr+folderIn(liar)+"/one.iso"); got != string(data[:1000]) {
		t.Errorf("once the catalogue knows: %d bytes", len(got))
	}
}

// TestCatalogueHostile: a session bears all queries, and names of hosts, and says each in one line that drives no terminal.
func TestCatalogueHostile(t *testing.T) {
	t.Parallel()
	s := show(t)
	files := map[string]int64{}
	for _, name := range []string{"evil\x1b[2J", "a\r\nb", "...", "~", "-rf", " leading", "caf\xe9", "\u202egpj.exe", strings.Repeat("n", 255), ".trawl", "a -> b", "%2F"} {
		files["/pub/"+name] = 1
		files["/pub/in/"+name+"/f"] = 1
	}
	s.record(t, "ftp://hostile.example.org/", files)
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	c := textproto.NewConn(conn)
	ask := func(line, want string) string {
		t.Helper()
		if _, err := conn.Write([]byte(line + "\r\n")); err != nil {
			t.Fatal(err)
		}
		code, text, err := c.ReadResponse(0)
		if got := fmt.Sprint(code); !strings.Contains(want, got) || strings.ContainsAny(text, "\x1b\x00\r") {
			t.Errorf("%.60q: %d %.100q, %v", line, code, text, err)
		}
		return text
	}
	_, _, _ = c.ReadResponse(220)
	ask("USER ftp", "331")
	ask("PASS x", "230")
	for _, query := range []string{
		strings.Repeat("x", 3000), strings.Repeat("(", 2000), "\x01\x1b[2J", "%00", "%", "%zz", " ", "%2F(a*)*b%2F", "%2F" + strings.Repeat("(a{1,30}", 10) + "%2F",
		"..%2F..%2Fetc", "size:>", "\xff\xfe", strings.Repeat("*a", 300), "*", "[a-z]*", "?", "{a,b}", "~", "$(id)", "-R", "a\x00b", "..", "../../..",
	} {
		ask("CWD /search/"+query, "250 550")
		ask("STAT /search/"+query, "212 213 450 451")
		ask("SITE FIND "+query, "213 450 501 550")
		ask("SIZE /search/"+query+"/x", "550 213")
		ask("MLST /search/"+query, "250 550")
	}
	if ask("STAT /hosts/hostile.example.org/pub", "212"); ask("NOOP", "200") == "" {
		t.Error("the session is gone")
	}
	ask("CWD "+strings.Repeat("x", 20_000), "500 550")
	ask("NOOP", "200")
}
