package gopher

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// requests are lines and what is read of them.
var requests = []struct {
	sent string
	want request
	err  error
}{
	{"\r\n", request{}, nil},
	{"\n", request{}, nil},
	{"/a b\r\n", request{selector: "/a b"}, nil},
	{"/a", request{selector: "/a"}, nil},
	{"/a\r", request{selector: "/a"}, nil},
	{"/a\r\r\n", request{selector: "/a\r"}, nil},
	{"find\tlinux iso\t+\t1\r\n", request{selector: "find", field: "linux iso"}, nil},
	{"\t\t\t\t\r\n", request{}, nil},
	{"/a\t+\r\nmore", request{selector: "/a", field: "+", more: true}, nil},
	{"\x16\x03\x01\n", request{more: true}, errTLS},
	{strings.Repeat("x", 2000) + "\n", request{more: true}, errLong},
	{strings.Repeat("x", 2000), request{more: true}, errLong},
	{"", request{}, errSilent},
}

// TestRequest reads lines, whole and byte by byte.
func TestRequest(t *testing.T) {
	for _, tt := range requests {
		got, err := readRequest(strings.NewReader(tt.sent), 1024)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%.40q: %+v, %v", tt.sent, got, err)
		}
		got, err = readRequest(iotest.OneByteReader(strings.NewReader(tt.sent)), 1024)
		got.more = tt.want.more // what comes later is not seen
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%.40q byte by byte: %+v, %v", tt.sent, got, err)
		}
	}
}

// FuzzRequest shows that the reader takes no more than it may, and that it does not matter how a line comes.
func FuzzRequest(f *testing.F) {
	for _, tt := range requests {
		f.Add(tt.sent)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		whole, err := readRequest(strings.NewReader(sent), 1024)
		slow, slowErr := readRequest(iotest.HalfReader(strings.NewReader(sent)), 1024)
		slow.more = whole.more
		if whole != slow || !errors.Is(err, slowErr) {
			t.Errorf("%+v, %v; %+v, %v", whole, err, slow, slowErr)
		}
		if len(whole.selector)+len(whole.field) > 1024 || strings.ContainsAny(whole.selector+whole.field, "\n\t") {
			t.Errorf("%+v", whole)
		}
	})
}

// FuzzSelector shows that the selector of each path comes back as the path, and can stand in a line.
func FuzzSelector(f *testing.F) {
	for _, name := range []string{"a", "\t", "\r\n", "\x00", "caf\xe9", "\uefe9", "\uef09", "URL:x", "\x1b[2J", "\u0085", " a ", "%09", "\xee\xbc", "."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p := "/" + name
		if s := selector(p); strings.ContainsAny(s, "\t\r\n\x00") {
			t.Errorf("%q: %q", p, s)
		}
		if back := meant(selector(p), func(string) bool { return false }); back != clean(p) {
			t.Errorf("%q => %q", p, back)
		}
	})
}

// TestKinds shows types by names.
func TestKinds(t *testing.T) {
	for name, want := range map[string]byte{
		"a.txt": '0', "README": '0', "readme.debian": '0', "Makefile": '0', "A.TXT": '0', "a.tar.gz": '5', "a.ZIP": '5', "a.hqx": '4', "a.uue": '6', "a.gif": 'g',
		"a.png": 'I', "a.html": 'h', "a.mp3": 's', "a.iso": '9', "a": '9', "": '9', ".": '9', "a.": '9', ".txt": '0', "txt": '9',
	} {
		if got := kindOf(name); got != want {
			t.Errorf("%q: %c, want %c", name, got, want)
		}
	}
}

// TestHumanSize shows sizes as people read them.
func TestHumanSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KB", 1<<20 - 1: "1024.0 KB", 1 << 20: "1.0 MB", 661651456: "631.0 MB", 1 << 62: "4.0 EB", 1<<63 - 1: "8.0 EB",
	} {
		if got := humanSize(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
