package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
	"trawl/index/embedded"
)

// A key file is found from wherever the crawl is started.
func TestKeyFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("key", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("key")
	if err != nil {
		t.Fatal(err)
	}
	c := command{t, t.TempDir()}
	c.run("add", "sftp://me@nas.example.org/", "--key", "key")
	e, err := embedded.Open(c.data, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	host, err := e.Host(t.Context(), "sftp://nas.example.org/")
	if err != nil || host.Settings.KeyFile != want {
		t.Errorf("%q, %v; want %q", host.Settings.KeyFile, err, want)
	}
}

// TestMended holds the errors of hosts that want more to the flags that give it.
func TestMended(t *testing.T) {
	for _, tt := range []struct {
		host index.HostID
		err  error
		want string
	}{
		{"ftp://h/", crawler.ErrLogin, "trawl add ftp://USER:PASSWORD@HOST/"},
		{"sftp://h/", crawler.ErrLogin, "trawl add sftp://USER@HOST/ --key FILE"},
		{"ftp://h/", crawler.ErrPlain, "--tls explicit"},
		{"ftp://h/", crawler.ErrBusy, "--connections 1"},
	} {
		got := advise(tt.host, tt.err)
		if !errors.Is(got, tt.err) || !strings.HasSuffix(got.Error(), tt.want) {
			t.Errorf("%s: %q, want %q at its end", tt.host, got, tt.want)
		}
	}
}
