package ftp_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/pace"
	"trawl/index"
)

// TestOpen reads files over the only connection, from the beginning and from further on.
func TestOpen(t *testing.T) {
	root := t.TempDir()
	const text = "line one\r\nline two\n"
	names := []string{"README", "a name  with spaces", "brackets [1]*?", "-a", "100%s"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			srv := connect(t, peer.Start(t, root), func(h *index.Host) { h.Settings.Connections = 1 })
			for _, name := range names {
				for _, offset := range []int64{0, 5} {
					body, err := srv.Open(t.Context(), index.Path("/"+name), offset)
					if err != nil {
						t.Fatal(err)
					}
					got, err := io.ReadAll(body)
					if err != nil || string(got) != text[offset:] {
						t.Errorf("%s from %d: %q, %v", name, offset, got, err)
					}
					_ = body.Close()
				}
			}
			for _, p := range []index.Path{"/nothing", "/line\r\nbreak", "/nul\x00"} {
				if _, err := srv.Open(t.Context(), p, 0); !errors.Is(err, crawler.ErrDenied) {
					t.Errorf("%q, which is not there: %v", p, err)
				}
			}
			body, err := srv.Open(t.Context(), "/README", 0)
			if err != nil {
				t.Fatal(err)
			}
			_ = body.Close() // without reading it
			if _, err := walk(t.Context(), wayOf(t, srv, "LIST")); err != nil {
				t.Errorf("after a file that was not read: %v", err)
			}
		})
	}
}

// openAll holds the files of a server, twenty at most, against those of a directory,
// and returns how many it read.
func openAll(t *testing.T, srv crawler.Server, root string, files map[index.Path]index.Entry) (n int) {
	t.Helper()
	for p, e := range files {
		if e.Kind != index.File || e.Size > 1<<20 || n == 20 { // some are sparse, of gigabytes
			continue
		}
		n++
		want, err := os.ReadFile(filepath.Join(root, string(p)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := srv.Open(t.Context(), p, 0)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != string(want) {
			t.Errorf("%q: %d bytes of %d, %v", p, len(got), len(want), err)
		}
		_ = body.Close()
	}
	return n
}

// size reads a file and returns how many bytes came.
func size(ctx context.Context, srv crawler.Server, p index.Path) (int64, error) {
	body, err := srv.Open(ctx, p, 0)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return io.Copy(io.Discard, body)
}

// TestOpenLies reads four files one after the other over the only connection, which is
// opened anew where it was lost.
func TestOpenLies(t *testing.T) {
	for _, tt := range []struct {
		lie  ftptest.Lie
		want error
	}{
		{ftptest.Honest, nil},
		{ftptest.HangPassive, crawler.ErrGone},
		{ftptest.HangList, crawler.ErrGone},
		{ftptest.HangData, crawler.ErrGone},
		{ftptest.HangEnd, crawler.ErrGone},
		{ftptest.DropData, crawler.ErrGone},
		{ftptest.DropControl, crawler.ErrGone},
		{ftptest.EndFirst, nil},
		{ftptest.EndTwice, nil},
		{ftptest.EndThrice, nil},
		{ftptest.EndOnly, nil},
		{ftptest.LongReply, crawler.ErrBroken},
		{ftptest.EndlessText, crawler.ErrBroken},
		{ftptest.ForeignPassive, nil},
		{ftptest.ControlPassive, crawler.ErrGone},
		{ftptest.Swallows, nil},
		{ftptest.WantsAccount, nil},
		{ftptest.WantsPRET, nil},
		{ftptest.RefusesPRET, nil},
		{ftptest.DeadEPSV, nil},
		{ftptest.FicklePasv, nil},
		{ftptest.GarbageDataTLS, crawler.ErrGone},
		{ftptest.HangDataTLS, crawler.ErrGone},
	} {
		t.Run(string(tt.lie), func(t *testing.T) {
			t.Parallel()
			liar := ftptest.StartLiar(t, tt.lie)
			host := index.Host{ID: index.HostID("ftp://" + liar.Addr + "/"), Settings: index.Settings{Connections: 1}}
			if tt.lie.Encrypted() || tt.lie == ftptest.Honest {
				host.Settings.TLS, host.Settings.Pin = "explicit", liar.Pin()
			}
			srv, err := (&ftp.Source{Limits: patienceWith(tt.lie)}).Connect(t.Context(), host, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = srv.Close() }()
			start := time.Now()
			for range 4 {
				n, err := size(t.Context(), srv, "/d00/f00")
				if !errors.Is(err, tt.want) || tt.want == nil && n != ftptest.LiarSize {
					t.Errorf("%d bytes, %v, want %v", n, err, tt.want)
				}
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestOpenOnePlace reads texts at once of servers that take one connection, and at the
// pace that the owner allows.
func TestOpenOnePlace(t *testing.T) {
	root := t.TempDir()
	want := make([]byte, 50_000)
	if err := os.WriteFile(filepath.Join(root, "README"), want, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, addr := range map[string]string{
		"vsftpd":    ftptest.Vsftpd(t, root, "max_per_ip=1"),
		"proftpd":   ftptest.Proftpd(t, root, "MaxClientsPerHost 1"),
		"pure-ftpd": ftptest.PureFTPd(t, root, "-C", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			host := index.Host{ID: index.HostID("ftp://" + addr + "/")}
			srv, err := (&ftp.Source{}).Connect(t.Context(), host, pace.NewPacer(0, 200_000, nil))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = srv.Close() }()
			start := time.Now()
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					if n, err := size(t.Context(), srv, "/README"); n != int64(len(want)) || err != nil {
						t.Errorf("%d bytes, %v", n, err)
					}
				})
			}
			all.Wait()
			if took := time.Since(start); took < 400*time.Millisecond {
				t.Errorf("300,000 bytes in %s, at 200,000 a second after the first 200,000", took)
			}
		})
	}
}

// TestOpenLongNames reads files whose commands are about as long as what is written at
// once, 4 KiB.
func TestOpenLongNames(t *testing.T) {
	srv, err := reach(t, ftptest.StartLiar(t, ftptest.Honest), patience, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{4088, 4089, 4090, 4091, 4092, 10_000} {
		if n, err := size(t.Context(), srv, index.Path("/"+strings.Repeat("x", length-1))); n != ftptest.LiarSize || err != nil {
			t.Errorf("a name of %d bytes: %d bytes, %v", length, n, err)
		}
	}
}

// TestOpenBusy is told 421 between two files.
func TestOpenBusy(t *testing.T) {
	srv, err := reach(t, ftptest.StartLiar(t, ftptest.BusyTenth), patience, false)
	if err != nil {
		t.Fatal(err)
	}
	var refused []error
	for range 12 {
		if n, err := size(t.Context(), srv, "/d00/f00"); err != nil {
			refused = append(refused, err)
		} else if n != ftptest.LiarSize {
			t.Errorf("%d bytes", n)
		}
	}
	if len(refused) != 1 || !errors.Is(refused[0], crawler.ErrBusy) {
		t.Errorf("%v, want ErrBusy once", refused)
	}
}

// TestOpenCancel gives files up that have stopped to come, or are not accepted.
func TestOpenCancel(t *testing.T) {
	for _, lie := range []ftptest.Lie{ftptest.HangPassive, ftptest.HangList, ftptest.HangData, ftptest.HangEnd} {
		liar := ftptest.StartLiar(t, ftptest.Honest)
		srv, err := reach(t, liar, ftp.Limits{}, false)
		if err != nil {
			t.Fatal(err)
		}
		liar.Become(lie)
		if _, err := size(t.Context(), srv, "/d00/f00"); !errors.Is(err, crawler.ErrGone) {
			t.Errorf("%s: %v, want ErrGone of the connection that was cut off", lie, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		start := time.Now()
		if _, err := size(ctx, srv, "/d00/f00"); err == nil || ctx.Err() == nil {
			t.Errorf("%s: %v before it was given up", lie, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: it took %s", lie, took)
		}
		cancel()
	}
}

// BenchmarkOpen reads a text of 2 KB of vsftpd over one connection, time and again.
func BenchmarkOpen(b *testing.B) {
	root := b.TempDir()
	if err := os.WriteFile(filepath.Join(root, "README"), make([]byte, 2<<10), 0o644); err != nil {
		b.Fatal(err)
	}
	srv := connect(b, ftptest.Vsftpd(b, root), nil)
	b.ReportAllocs()
	for b.Loop() {
		if n, err := size(b.Context(), srv, "/README"); n != 2<<10 || err != nil {
			b.Fatalf("%d bytes, %v", n, err)
		}
	}
}
