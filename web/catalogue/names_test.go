package catalogue //nolint:testpackage // the names alone

import (
	"slices"
	"testing"

	"trawl/index"
)

// TestFolderOf holds each name of a folder to being read as the host.
func TestFolderOf(t *testing.T) {
	for id, want := range map[index.HostID]string{
		"ftp://ftp.example.org/":          "ftp.example.org",
		"ftp://ftp.example.org:2121/pub/": "ftp.example.org+2121",
		"sftp://ftp.example.org/":         "sftp+ftp.example.org",
		"sftp://ftp.example.org:2222/":    "sftp+ftp.example.org+2222",
		"ftp://[2001:db8::1]/":            "2001-db8--1.ipv6-literal.net",
		"gopher://[::1]:7070/":            "gopher+--1.ipv6-literal.net+7070",
		"ftp://192.0.2.1/":                "192.0.2.1",
		"ftp://22/":                       "22",
		"ftp://22:2121/":                  "ftp+22+2121",
		"sftp://22/":                      "sftp+22+",
		"sftp://22:2222/":                 "sftp+22+2222",
		"ftp://sftp:22/":                  "sftp+22",
		"ftp://b\u00fccher.example/":      "b\u00fccher.example",
	} {
		got := folderOf(id)
		if got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
		if scheme, name, ok := readFolder(got); !ok || scheme != id.Scheme() || name != id.Name() {
			t.Errorf("%q is read as %s://%s, %t", got, scheme, name, ok)
		}
	}
}

func TestTargetOf(t *testing.T) {
	for _, c := range []struct{ path, target, want string }{
		{"/pub/a/link", "../b", "../b"},
		{"/pub/a/link", "/mirror", "../../mirror"},
		{"/pub/link", "../../../etc", "../etc"},
		{"/link", "..", "."},
		{"/link", "/", "."},
		{"/pub/link", "/", ".."},
		{"/pub/link", "/pub", "../pub"},
		{"/link", "a/../../b", "b"},
		{"/pub/link", "a//b", "a//b"},
		{"/link", "a", "a"},
		{"/link", "/a/../..", "."},
	} {
		if got := targetOf(index.Path(c.path).Dir(), c.target); got != c.want {
			t.Errorf("%s -> %s: %q, want %q", c.path, c.target, got, c.want)
		}
	}
}

func TestReadQuery(t *testing.T) {
	for name, want := range map[string]string{"a b": "a b", "dir:%2Fpub 100% x": "dir:/pub 100% x", "%": "%", "%2": "%2", "%2f%2F": "//", "%zz%4": "%zz%4", "%2541": "%41"} {
		if got := readQuery(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestNamer(t *testing.T) {
	n := namer{}
	var got []string
	for _, r := range [][2]string{{"a.iso", "h"}, {"a.iso", "g"}, {"A.ISO", "g"}, {"a.iso", "g"}, {".profile", "h"}, {".profile", "g"}, {"a (g).iso", "x"}, {"v1. of x", "h"}, {"v1. of x", "g"}} {
		got = append(got, n.name(r[0], r[1]))
	}
	want := []string{"a.iso", "a (g).iso", "A (g 2).ISO", "a (g 3).iso", ".profile", ".profile (g)", "a (g) (x).iso", "v1. of x", "v1. of x (g)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
