package ftp

import "testing"

func TestDotsIn(t *testing.T) {
	const self, above = "drwxr-xr-x 3 ftp ftp 4096 Nov 6 04:44", "drwxr-xr-x 9 ftp ftp 4096 Jan 2 2020"
	own, up := "drwxr-xr-x   3 ftp  ftp   4096 Nov  6 04:44 .\r\n", " drwxr-xr-x 9 ftp ftp 4096 Jan  2  2020 ..\r\n"
	for _, tt := range []struct {
		head string
		want dots
	}{
		{"", dots{}},
		{"213-Status:\r\n" + own + up + "-rw-r--r-- 1 ftp ftp 5 Nov 6 04:44 f\r\n", dots{self, above}},
		{"drwxr-xr-x 1 x x 1 Nov 6 04:44 ! .\r\ndrwxr-xr-x 1 x x 1 Nov 6 04:44 ! ..\r\n" + own + up, dots{self, above}},
		{own + "drwxr-xr-x 1 x x 1 Nov 6 04:44 a .\r\n", dots{self: self}},
		{own + "lrwxrwxrwx 1 x x 1 Nov 6 04:44 x -> ..\r\n", dots{self: self}},
		{own + "drwxr-xr-x 9 ftp ftp 4096 Jan  2  2020 ..", dots{self: self}}, // it may be the beginning of a name
		{".\r\n..\r\n d .\r\n", dots{}},
	} {
		if got := dotsIn(tt.head); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.head, got, tt.want)
		}
	}
}
