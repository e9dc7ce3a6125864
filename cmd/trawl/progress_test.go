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
	if strings.Count(last, "\n") != progressLines+2 || !strings.HasSuffix(last, "\x1b[Kand 3 more\n\x1b[J") {
		t.Errorf("%q", last)
	}
}
