package ftp_test

import (
	"context"
	"net"
	"os"
	"testing"

	"trawl/crawler/ftp/ftptest"
	"trawl/ftpd"
	"trawl/index"
)

// TestFtpd holds what each way lists from our own server against what find sees.
func TestFtpd(t *testing.T) {
	dir := ftptest.Tree(t, 2_000, 300)
	want := ftptest.Find(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- (&ftpd.Server{FS: ftpd.Dir(root)}).Serve(ctx, ln) }()
	srv := connect(t, ln.Addr().String(), func(h *index.Host) { h.Settings.Connections = 8 })
	for _, way := range []string{"LIST -lR", "STAT", "MLSD", "LIST"} {
		t.Run(way, func(t *testing.T) {
			got, err := walk(t.Context(), wayOf(t, srv, way))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
		})
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
