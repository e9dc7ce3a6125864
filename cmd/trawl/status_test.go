package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"trawl/cmd/trawl/internal/status"
)

// TestStatusPage shows a busy service on a terminal of 80 columns: each line fits, and names of others do no harm.
func TestStatusPage(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	backup, expires := now.Add(-26*time.Hour), now.Add(12*24*time.Hour)
	r := status.Report{
		Version: "0.1.0", PID: 812, Started: now.Add(-76*time.Hour - 5*time.Second), Unready: "the service ends",
		Listens: []status.Address{{What: "portal", At: "http://192.0.2.7:8080/"}, {What: "ftp", At: "ftp://files.example.org/"}},
		Crawls: []status.Crawl{
			{Host: "ftp://ftp.example.org/", Stage: "listing", Way: "MLSD", Directories: 12_345, Files: 1_234_567, Waiting: 678, Errors: 3, Seconds: 754},
			{Host: "ftp://a-very-long-name-of-a-mirror.of.somewhere.far.away.example.net/pub/linux/", Stage: "connecting", Seconds: 2},
		},
		Schedule: status.Schedule{Hosts: 14, Due: 1, Overdue: 60, Stale: 2, Next: []status.Turn{
			{Host: "ftp://late.example/", At: now.Add(-time.Minute)}, {Host: "ftp://soon.example/", At: now.Add(130 * time.Minute)},
		}},
		Catalogue: status.Catalogue{Hosts: map[string]int{"up": 12, "down": 1, "crawling": 1}, Directories: 1_204_113, Files: 8_120_004, Bytes: 45 << 40, Stale: 7},
		Indexes:   []status.Index{{Name: "postings", Behind: 311}, {Name: "texts", Failing: true}},
		Disk: status.Disk{Free: 66 << 30, Size: 252 << 30, Parts: []status.Part{
			{Name: "store", Bytes: 201 << 20}, {Name: "postings", Bytes: 48 << 20}, {Name: "dictionary", Bytes: 18 << 20}, {Name: "texts", Bytes: 1 << 20},
		}},
		Hosting: &status.Hosting{Sessions: map[string]int{"ftp": 2, "sftp": 1}, Bans: 4, Transfers: []status.Transfer{
			{Session: 17, Door: "ftp", User: "mallory\x1b[2J", Path: "/pub/\x1b]0;evil\a.iso", Moved: 5 << 20, Rate: 1 << 20},
		}},
		Gateway: &status.Gateway{Transfers: 3, Most: 100}, Backup: &backup, Expires: &expires,
	}
	var out bytes.Buffer
	a := &app{out: &terminal{Writer: &out, tty: true, width: 80}, now: func() time.Time { return now }}
	if err := a.showStatus(&r, false); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("it takes %d columns: %s", n, line)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\a") {
		t.Errorf("names reach the terminal as they are: %q", out.String())
	}
	for _, want := range []string{
		"trawl      0.1.0, process 812, up 3d 4h, not ready: the service ends\n", "indexes    postings lack 311 changes, texts cannot be written\n",
		"           ftp://late.example/ due now\n", "           ftp://soon.example/ in 2h 10m\n", "backup     1d 2h ago\n",
		"hosting    3 sessions (2 by ftp, 1 by sftp), 1 transfer, 4 addresses banned\n", "TLS        the certificate expires in 12d\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %q", want)
		}
	}
	t.Log("\n" + out.String())
}
