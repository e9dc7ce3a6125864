package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"trawl/index"
)

func TestMark(t *testing.T) {
	for _, tt := range []struct {
		text        string
		ranges      []index.Range
		plain, bold string
	}{
		{"debian.iso", []index.Range{{Start: 0, End: 6}}, "debian.iso", "\x1b[1mdebian\x1b[0m.iso"},
		{"a\x1b[2Jb", []index.Range{{Start: 5, End: 6}}, `a\x1b[2Jb`, `a\x1b[2J` + "\x1b[1mb\x1b[0m"},
		{"caf\xe9\u202egpj", nil, `caf\xe9\u202egpj`, `caf\xe9\u202egpj`},
		{"abc", []index.Range{{Start: 1, End: 2}, {Start: 0, End: 1}, {Start: 2, End: 9}}, "abc", "a\x1b[1mb\x1b[0mc"},
	} {
		if got := (&terminal{}).mark(tt.text, tt.ranges); got != tt.plain {
			t.Errorf("plain %q => %q, want %q", tt.text, got, tt.plain)
		}
		if got := (&terminal{bold: true}).mark(tt.text, tt.ranges); got != tt.bold {
			t.Errorf("bold %q => %q, want %q", tt.text, got, tt.bold)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"吾輩は猫", 8, "吾輩は猫"},
		{"吾輩は猫", 7, "吾輩は…"},
		{"吾輩は猫", 6, "吾輩…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
	} {
		if got := cut(tt.in, tt.n); got != tt.want || columns(got) > tt.n {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	b := table{
		heading: []string{"HOST", "FILES", "STATE"},
		right:   []bool{false, true, false},
		rows:    [][]string{{"ftp://ftp.example.org/", "1,234", "up"}, {"ftp://猫/", "5", ""}},
	}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{0, "HOST                    FILES  STATE\nftp://ftp.example.org/  1,234  up\nftp://猫/                   5\n"},
		{30, "HOST              FILES  STATE\nftp://ftp.examp…  1,234  up\nftp://猫/             5\n"},
	} {
		var out bytes.Buffer
		b.print(&terminal{Writer: &out, width: tt.width})
		if out.String() != tt.want {
			t.Errorf("width %d:\n%s\nwant\n%s", tt.width, out.String(), tt.want)
		}
	}
}

func TestSizeAndDate(t *testing.T) {
	if got := (&terminal{}).size(1536) + (&terminal{tty: true}).size(1536) + (&terminal{}).size(-1); got != "1,5361.5 KiB-" {
		t.Error(got)
	}
	at := time.Date(2024, 2, 10, 11, 30, 5, 0, time.UTC)
	if got := date(at, index.Second) + date(at, index.Day) + date(time.Time{}, index.Unknown); got != "2024-02-10 11:302024-02-10-" {
		t.Error(got)
	}
}

func TestNarrowTable(t *testing.T) {
	b := table{
		heading: []string{"HOST", "STATE", "FILES"},
		right:   []bool{false, false, true},
		spare:   []int{1},
		rows:    [][]string{{"ftp://ftp.example.org/pub/", "up", "5"}},
	}
	for width, want := range map[int]string{
		0:  "HOST                        STATE  FILES\nftp://ftp.example.org/pub/  up         5\n",
		40: "HOST                        STATE  FILES\nftp://ftp.example.org/pub/  up         5\n",
		35: "HOST                        FILES\nftp://ftp.example.org/pub/      5\n",
		30: "HOST                     FILES\nftp://ftp.example.org/…      5\n",
	} {
		var out strings.Builder
		b.print(&terminal{Writer: &out, width: width})
		if out.String() != want {
			t.Errorf("width %d:\n%swant\n%s", width, &out, want)
		}
	}
}

func TestKnownHosts(t *testing.T) {
	a := &app{env: func(string) string { return "/home/me" }}
	if got := a.knownHosts(); got[0] != "/home/me/.ssh/known_hosts" || len(got) != 2 {
		t.Errorf("known hosts are looked for in %q", got)
	}
}

// TestPrintGrid checks that names stand in as many columns as fit, wide characters included.
func TestPrintGrid(t *testing.T) {
	for _, c := range []struct {
		width int
		names string
		want  string
	}{
		{20, "a/ b ccc d", "a/  b  ccc  d\n"},
		{10, "a/ b ccc d", "a/  ccc\nb   d\n"},
		{6, "日本語 b 日 d", "日本語\nb\n日\nd\n"},
		{9, "日本語 b 日 d", "日本語  d\nb\n日\n"},
		{10, "日本語 b 日 d", "日本語  日\nb       d\n"},
		{3, "longer than", "longer\nthan\n"},
		{80, "", ""},
	} {
		var out strings.Builder
		if err := printGrid(&terminal{Writer: &out, width: c.width}, strings.Fields(c.names)); err != nil || out.String() != c.want {
			t.Errorf("%q in %d columns: %q, want %q, %v", c.names, c.width, out.String(), c.want, err)
		}
	}
}
