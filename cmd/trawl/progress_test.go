package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// A plain progress prints each stage, and then only news, at times.
func TestPlainProgress(t *testing.T) {
	var out bytes.Buffer
	b := newProgress(&terminal{Writer: &out})
	for _, p := range []crawler.Progress{
		{Stage: crawler.Queued},
		{Stage: crawler.Connecting, Elapsed: 1 * time.Second},
		{Stage: crawler.Listing, Elapsed: 2 * time.Second},
		{Stage: crawler.Listing, Elapsed: 3 * time.Second, Directories: 1},
		{Stage: crawler.Listing, Elapsed: 13 * time.Second, Directories: 2},
		{Stage: crawler.Listing, Elapsed: 33 * time.Second, Directories: 2},
		{Stage: crawler.Done, Elapsed: 34 * time.Second, Directories: 2},
	} {
		p.Host, p.Way = "ftp://h/", "MLSD"
		b.show(p)
	}
	const want = "ftp://h/: connecting\n" +
		"ftp://h/: listing by MLSD: 0 directories, 0 files, 0 bytes, 2s  \n" +
		"ftp://h/: listing by MLSD: 2 directories, 0 files, 0 bytes, 13s  \n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", &out, want)
	}
}

// A progress on a terminal counts the crawls for which there is no room.
func TestFullProgress(t *testing.T) {
	var out bytes.Buffer
	b := newProgress(&terminal{Writer: &out, tty: true, width: 40})
	for i := range progressLines + 3 {
		b.show(crawler.Progress{Host: index.HostID(fmt.Sprintf("ftp://h%d/", i)), Stage: crawler.Connecting})
	}
	_, last, _ := strings.Cut(out.String(), "and 2 more")
	if strings.Count(last, "\n") != progressLines+2 || !strings.HasSuffix(last, "\x1b[Kand 3 more\n\x1b[?7h\x1b[J") {
		t.Errorf("%q", last)
	}
}

// TestProgressColumns holds the lines on terminals of three widths: columns stand below each other, whatever the names are.
func TestProgressColumns(t *testing.T) {
	crawls := []crawler.Progress{
		{
			Host: "ftp://ftp.example.org/", Stage: crawler.Listing, Way: "LIST -lR", Directories: 1, Files: 23456, Bytes: 5 << 30, Elapsed: 65 * time.Second,
			Errors: 1, Dir: "/pub/linux/distributions/日本語のディレクトリ/e\u0301e\u0301 👩‍👩‍👧/some-rather-long-directory-name",
		},
		{Host: "ftp://mirror.of.a.long.name.example.net:2121/", Stage: crawler.Listing, Way: "MLSD", Directories: 12345, Waiting: 9, Elapsed: time.Second, Dir: "/"},
		{Host: "ftp://猫.example/", Stage: crawler.Connecting},
	}
	for width, want := range map[int]string{
		40: "" +
			"ftp://ftp.example.…  23,456 files  1m5s\n" +
			"ftp://mirror.of.a.…       0 files    1s\n" +
			"ftp://猫.example\n",
		80: "" +
			"ftp://ftp.examp…  LIST -lR          1 dir  23,456 files  5.0 GiB  1 error  1m5s\n" +
			"ftp://mirror.of…  MLSD        12,345 dirs       0 files      0 B             1s\n" +
			"ftp://猫.example  connecting\n",
		200: "" +
			"ftp://ftp.example.org                         LIST -lR          1 dir  23,456 files  5.0 GiB  1 error             1m5s  " +
			"…linux/distributions/日本語のディレクトリ/e\u0301e\u0301 👩‍👩‍👧/some-rather-long-directory-name\n" +
			"ftp://mirror.of.a.long.name.example.net:2121  MLSD        12,345 dirs       0 files      0 B           9 waiting    1s  /\n" +
			"ftp://猫.example                              connecting\n",
	} {
		var out strings.Builder
		b := newProgress(&terminal{Writer: &out, tty: true, width: width})
		for _, p := range crawls {
			b.show(p)
		}
		_, last, _ := strings.Cut(out.String()[strings.LastIndex(out.String(), "A\r"):], "\x1b[?7l")
		last, _, _ = strings.Cut(last, "\x1b[?7h")
		if got := strings.ReplaceAll(last, "\x1b[K", ""); got != want {
			t.Errorf("at %d columns:\n%swant\n%s", width, got, want)
		}
	}
}
