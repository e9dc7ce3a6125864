package web

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest"
	"trawl/index/indextest/needs"
)

func TestFile(t *testing.T) {
	portal := newPortal(t)
	for _, tt := range []target{
		{"/file/ftp/one.example/pub/debian-12.iso", 200, []string{
			"2 places", "700 MiB", "2024-05-01", `href="/file/ftp/two.example:2121/debian-12.iso"`, `href="/browse/ftp/one.example/pub"`,
			"ftp://one.example/pub/debian-12.iso", "curl -C - -O http://example.com/get/ftp/one.example/pub/debian-12.iso", "trawl get ftp://one.example/pub/debian-12.iso", `href="/get/ftp/one.example/pub/debian-12.iso"`,
		}, nil},
		{"/file/ftp/one.example/pub/unknown.bin", 200, []string{"1 place", "–"}, nil},
		{"/file/ftp/one.example/pub/latest", 200, []string{"→ <bdi>debian-12.iso</bdi>"}, nil},
		{"/file/ftp/one.example/pub/caf%E9.txt", 200, []string{"café.txt", "caf%E9.txt"}, nil},
		{"/file/ftp/one.example/pub", 302, []string{"/browse/ftp/one.example/pub"}, nil},
		{"/file/ftp/one.example/pub/nothing.iso", 404, []string{"nothing.iso", `href="/?q=nothing.iso"`, `href="/browse/ftp/one.example/pub"`}, nil},
		{"/file/ftp/none.example/nothing.iso", 404, []string{"no such host", `href="/?q=nothing.iso"`}, nil},
		{"/file/ftp/one.example/pub/debian-12.iso?lang=es", 200, []string{"2 lugares", "en 1 servidor"}, []string{"2 places"}},
	} {
		tt.check(t, portal)
	}
}

// asked is a Checker that gives the same answer for each place.
type asked struct {
	cause index.Cause
	asked int
}

func (a *asked) Check(_ context.Context, file fetch.File) ([]fetch.Checked, error) {
	a.asked++
	var out []fetch.Checked
	for _, p := range file.Places {
		out = append(out, fetch.Checked{Place: p, Cause: a.cause, Took: 12 * time.Millisecond, Info: fetch.Info{Size: 7, Time: p.Time, Precision: index.Day}})
	}
	return out, nil
}

func TestCheck(t *testing.T) {
	at := "/file/ftp/one.example/pub/debian-12.iso"
	for cause, want := range map[index.Cause]target{
		index.NoCause:  {at + "?check=1", 200, []string{"2 places were asked just now; 2 of them have", "has it", "12 ms"}, nil},
		index.Changed:  {at + "?check=1", 200, []string{"has another file now: 7 B, 2024-05-01", "0 of them have"}, nil},
		index.NoAnswer: {at + "?check=1", 200, []string{"did not answer in time"}, nil},
		index.Absent:   {at + "?check=1", 410, []string{"The host had this, and no longer has it", `href="/?q=debian-12.iso"`}, nil},
	} {
		places := &asked{cause: cause}
		handler, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Checker: places})
		if err != nil {
			t.Fatal(err)
		}
		target{at, 200, []string{"Check now"}, []string{"has it"}}.check(t, handler)
		if places.asked > 0 {
			t.Error("a place was asked without need")
		}
		want.check(t, handler)
	}
}

// TestShell runs the lines that a page shows for a shell.
func TestShell(t *testing.T) {
	sh := needs.Program(t, "sh", "dash")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range oddNames() {
		from := schemes().URL("ftp://odd.example/", "/"+index.Path(e.Wire()), index.File)
		line := curlLine(from, e.Name)
		cmd := exec.CommandContext(t.Context(), sh, "-c", line)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir}
		out, err := cmd.Output()
		got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		want := []string{"-C", "-", "-o", "./" + cmp.Or(index.KeptName(e.Name), "file"), from}
		if len(got) == 4 {
			want = []string{"-C", "-", "-O", from}
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %q, %v", line, got, err)
		}
		if strings.ContainsAny(line, "\r\n\x1b") || index.Visible(line) != line {
			t.Errorf("%q is not fit to be copied", line)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("a line made files: %v, %v", left, err)
	}
}

func TestVersions(t *testing.T) {
	for name, want := range map[string]string{
		"linux-6.12.3.tar.xz": "linux-*.tar.xz", "debian-12.5.0-amd64-netinst.iso": "debian-*-amd64-netinst.iso", "a*b-1.2.zip": `a\*b-*.zip`,
		"README": "", "1.2.3": "", "photo12.jpg": "",
	} {
		if got, ok := versions(name); got != want || ok != (want != "") {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestPreview holds texts and images to being shown when they are asked for, and nothing else.
func TestPreview(t *testing.T) {
	portal := newPortal(t)
	off, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []target{
		{"/file/ftp/one.example/README", 200, []string{`href="/file/ftp/one.example/README?preview=1#preview"`, "Check now"}, []string{"hello"}},
		{"/file/ftp/one.example/README?preview=1", 200, []string{`<pre tabindex="0">hello</pre>`}, nil},
		{"/file/ftp/one.example/pub/debian-12.iso?preview=1", 200, nil, []string{"hello", "Preview"}},
	} {
		tt.check(t, portal)
	}
	for _, tt := range []target{
		{"/file/ftp/one.example/README?preview=1&check=1", 200, []string{"does not fetch files", "curl -C - -O ftp://one.example/README"}, []string{"hello", "Preview", "/get/", "Check now"}},
		{"/browse/ftp/one.example/", 200, []string{"README"}, []string{"/get/"}},
	} {
		tt.check(t, off)
	}
}

// TestLineEndInName holds a file whose name has line ends to a page of its own, and Get to saying why FTP cannot have it.
func TestLineEndInName(t *testing.T) {
	catalogue := indextest.NewBrute()
	root := ftptest.Ground(t)
	addr := ftptest.PureFTPd(t, root)
	record(t, catalogue, index.HostID("ftp://"+addr+"/"), time.Now(), []index.Listing{{Dir: "/", Entries: []index.Entry{{Name: "a\r\nb.txt", Size: 3}}}})
	fetcher := fetch.New(fetch.Config{Catalogue: catalogue, Sources: []crawler.Source{&ftp.Source{}}})
	t.Cleanup(func() { _ = fetcher.Close() })
	portal, err := New(Options{Schemes: schemes(), Catalogue: catalogue, Fetcher: fetcher})
	if err != nil {
		t.Fatal(err)
	}
	at := "/ftp/" + addr + "/a%0D%0Ab.txt"
	for _, tt := range []target{
		{"/browse/ftp/" + addr + "/", 200, []string{`href="/file` + at}, nil},
		{"/file" + at, 200, []string{`<bdi>a\x0d\x0ab.txt</bdi>`, `href="/get` + at}, nil},
		{"/get" + at, 403, []string{"The protocol of the host cannot say the name of the file."}, nil},
	} {
		tt.check(t, portal)
	}
}
