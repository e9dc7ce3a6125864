package ftp

import (
	"net/netip"
	"strings"
	"testing"

	"trawl/index"
)

func TestExtendedPort(t *testing.T) {
	for text, want := range map[string]string{
		"Entering Extended Passive Mode (|||6446|)":  ":6446",
		"ok (!!!6446!) bye":                          ":6446",
		"ok (|1|132.235.1.2|6275|)":                  ":6275",
		"Entering Extended Passive Mode (|||0|)":     "",
		"Entering Extended Passive Mode (|||65536|)": "",
		"Entering Extended Passive Mode (|||6446|":   "",
		"Entering Passive Mode (10,0,0,1,25,46)":     "",
		"":                                           "",
		"(":                                          "",
		"()":                                         "",
		"Entering Extended Passive Mode (|||" + "1e3" + "|)": "",
	} {
		if got := extendedPort(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestUnique(t *testing.T) {
	for text, want := range map[string]string{
		"Listing \"/\":\n type=dir;modify=20260102030405;unique=fe00g9840b8; /\nEnd MLST.":              "fe00g9840b8",
		"Start of list for /\n modify=20261122141517;UNIQUE=FE00U9840B8;UNIX.mode=0755; /\nEnd of list": "FE00U9840B8",
		"Start\nunique=a /\nEnd":                           "a",
		"Start\n type=dir; unique=a;\nEnd":                 "",
		"Start\n type=dir; /\nEnd":                         "",
		"No such file or directory; unique=0 is no answer": "",
		"": "",
	} {
		if got := unique(reply{250, text}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := unique(reply{550, text}); got != "" {
			t.Errorf("%q, refused: %q", text, got)
		}
	}
}

func TestPassiveAddr(t *testing.T) {
	for text, want := range map[string]string{
		"Entering Passive Mode (10,0,0,1,25,46).":  "10.0.0.1:6446",
		"Entering Passive Mode 10,0,0,1,25,46":     "10.0.0.1:6446",
		"=127,0,0,1, 25, 46":                       "127.0.0.1:6446",
		"Entering Passive Mode (10,0,0,1,256,46).": "",
		"Entering Passive Mode (10,0,0,1,0,0).":    "",
		"nonsense":                                 "",
	} {
		if got := passiveAddr(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Listings that come before those that name them are handed over after them, the
// parts of each in order; "+" says that a directory goes on.
func TestUpright(t *testing.T) {
	for _, tt := range []struct{ in, out string }{
		{"", ""},
		{"/", "/"},
		{"/ /a /a/b /c", "/ /a /a/b /c"},
		{"/+ / /a", "/+ / /a"},
		{"/a/b /a /c /", "/ /c /a /a/b"},
		{"/a/b+ /a/b+ /a/b /a /+ /", "/+ / /a /a/b+ /a/b+ /a/b"},
	} {
		var got []string
		u := &upright{root: "/", hand: func(l index.Listing) error {
			name := string(l.Dir)
			if l.More {
				name += "+"
			}
			got = append(got, name)
			return nil
		}}
		for name := range strings.FieldsSeq(tt.in) {
			dir, more := strings.CutSuffix(name, "+")
			if err := u.take(index.Listing{Dir: index.Path(dir), More: more}); err != nil {
				t.Fatal(err)
			}
		}
		if err := u.end(); err != nil || strings.Join(got, " ") != tt.out {
			t.Errorf("%q: %q, want %q, %v", tt.in, got, tt.out, err)
		}
	}
}

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800::1": true,
		"10.0.0.1": false, "127.0.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.1.1": false,
		"0.0.0.0": false, "::1": false, "fe80::1": false, "fc00::1": false, "224.0.0.1": false,
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

func TestSoftware(t *testing.T) {
	for greeting, want := range map[string]string{
		"(vsFTPd 3.0.3)":                        "vsFTPd 3.0.3",
		"ProFTPD 1.3.8 Server (Debian) [::1]":   "ProFTPD 1.3.8",
		"FileZilla Server 1.8.1":                "FileZilla Server 1.8.1",
		"Microsoft FTP Service":                 "Microsoft FTP Service",
		"---------- Welcome to Pure-FTPd [TLS]": "Pure-FTPd",
		"ready":                                 "",
	} {
		if got := software(greeting); got != want {
			t.Errorf("%q: %q, want %q", greeting, got, want)
		}
	}
}

// FuzzReplies holds what reads replies against what servers may send.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{"229 x (|||6446|)", "227 (1,2,3,4,5,6)", "213-Status", "213 19980615100045.014", "(", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if addr := extendedPort(text); addr != "" && !strings.HasPrefix(addr, ":") {
			t.Errorf("port %q", addr)
		}
		_ = passiveAddr(text)
		_ = software(text)
		_, _ = modified(reply{213, text})
		if code, _, _, err := parseReply([]byte(text)); err == nil && (code < 100 || code > 599) {
			t.Errorf("code %d", code)
		}
	})
}

func TestForeignPath(t *testing.T) {
	for _, tt := range []struct {
		home  index.Path
		below []string
		want  string
	}{
		{"DISK$USER:[ANON]", nil, "DISK$USER:[ANON]"},
		{"DISK$USER:[ANON]", []string{"a", "b"}, "DISK$USER:[ANON.a.b]"},
		{"ROOT:[000000]", nil, "ROOT:[000000]"},
		{"ROOT:[000000]", []string{"a"}, "ROOT:[a]"},
		{"'ANON.'", nil, "'ANON.'"},
		{"'ANON'", []string{"LIB", "C"}, "'ANON.LIB.C'"},
		{`C:\FTP`, nil, `C:\FTP\`},
		{`C:\`, []string{"pub", "a"}, `C:\pub\a`},
		{"ANON.191", []string{"a"}, "ANON.191/a"},
		{"/home", []string{"a"}, ""},
		{"", nil, ""},
	} {
		if got := foreignPath(tt.home, tt.below); got != tt.want {
			t.Errorf("%q of %s: %q, want %q", tt.below, tt.home, got, tt.want)
		}
	}
}

func TestDirectory(t *testing.T) {
	for text, want := range map[string]string{
		`"/pub" is the current directory.`: "/pub",
		`"/say ""hi""" it is`:              `/say "hi"`,
		`"DISK:[ANON]" is it`:              "DISK:[ANON]",
		`/pub`:                             "",
		`"/pub`:                            "/pub",
		`""`:                               "",
		``:                                 "",
	} {
		if got := directory(reply{257, text}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	for text, want := range map[string]index.Path{
		`"/pub/"`:                              "/pub",
		`"/../../etc/.."`:                      "/",
		`"//a//b"`:                             "/a/b",
		`"DISK:[A]"`:                           "DISK:[A]",
		`"/a\x00b"`:                            `/a\x00b`,
		"\"/a\x00b\"":                          "",
		`"/` + strings.Repeat("a", 5000) + `"`: "",
	} {
		if got := place(reply{257, text}); got != want {
			t.Errorf("%.40q: %.40q, want %q", text, got, want)
		}
	}
}
