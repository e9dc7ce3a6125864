package socket

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/search/query"
)

func TestFailureKeepsIdentity(t *testing.T) {
	wrong := &query.Error{Text: "size:>", Pos: 6, Msg: "a size is missing"}
	for _, want := range []error{
		index.ErrNoHost, index.ErrNotFound, index.ErrBusy, index.ErrCursor, index.ErrHostURL,
		context.Canceled, context.DeadlineExceeded, syscall.ENOSPC,
	} {
		got := travel(t, fmt.Errorf("put ftp://h/: %w", want))
		if !errors.Is(got, want) || got.Error() != "put ftp://h/: "+want.Error() {
			t.Errorf("%v arrives as %v", want, got)
		}
	}
	var arrived *query.Error
	if got := travel(t, fmt.Errorf("search: %w", wrong)); !errors.As(got, &arrived) || *arrived != *wrong {
		t.Errorf("a query's error arrives as %#v", got)
	}
	if got := travel(t, nil); got != nil {
		t.Errorf("no error arrives as %v", got)
	}
}

func travel(t *testing.T, err error) error {
	t.Helper()
	var b bytes.Buffer
	if err := send(&b, fail(err)); err != nil {
		t.Fatal(err)
	}
	var f failure
	if err := gob.NewDecoder(&b).Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f.err()
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial without a server: %v", err)
	}
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, nil, 0o644); err != nil { // what a killed server left
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial to a dead socket: %v", err)
	}
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	if _, err := Listen(t.Context(), filepath.Join(dir, strings.Repeat("x", pathLimit))); err == nil {
		t.Error("a path that is too long is no error")
	}
}

// lend serves a catalogue and returns a client of it; stop ends the server.
func lend(t testing.TB, catalogue index.Catalogue, keeper index.Keeper) (client *Client, dir string, stop func()) {
	t.Helper()
	return lendAll(t, catalogue, keeper, nil)
}

// lendAll is lend, with what copies.
func lendAll(t testing.TB, catalogue index.Catalogue, keeper index.Keeper, copier index.Copier) (client *Client, dir string, stop func()) {
	t.Helper()
	dir = t.TempDir()
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- NewServer(catalogue, keeper, copier).Serve(ctx, l, 100*time.Millisecond) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	client, err = Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); stop() })
	return client, dir, stop
}

// TestBrute holds a Client to the contracts, over an engine that keeps them.
func TestBrute(t *testing.T) {
	indextest.Run(t, func(t *testing.T) index.Catalogue {
		client, _, _ := lend(t, indextest.NewBrute(), nil)
		return client
	})
}

// keeper is an engine's upkeep that finds problems until it is stopped.
type keeper struct{ stopped chan struct{} }

func (k keeper) Check(ctx context.Context, report func(string)) error {
	report("block 7: its count is 3 and it holds 4\xff")
	<-ctx.Done()
	close(k.stopped)
	return ctx.Err()
}
func (keeper) Rebuild(context.Context) error { return fmt.Errorf("rebuild: %w", syscall.ENOSPC) }
func (keeper) Compact(context.Context) error { return nil }

func TestKeeper(t *testing.T) {
	k := keeper{make(chan struct{})}
	client, _, _ := lend(t, indextest.NewBrute(), k)
	if err := client.Rebuild(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Rebuild on a full disk: %v", err)
	}
	if err := client.Compact(t.Context()); err != nil {
		t.Errorf("Compact: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := client.Check(ctx, func(problem string) {
		if problem != "block 7: its count is 3 and it holds 4\xff" {
			t.Errorf("problem %q", problem)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Check: %v", err)
	}
	select {
	case <-k.stopped:
	case <-time.After(10 * time.Second):
		t.Error("the server goes on with what the client has given up")
	}
}

// TestUpdateTogether lets clients change one host at the same time: no change is
// lost.
func TestUpdateTogether(t *testing.T) {
	client, dir, _ := lend(t, indextest.NewBrute(), nil)
	other, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	const each = 25
	var group sync.WaitGroup
	for _, c := range []*Client{client, other} {
		group.Go(func() {
			for range each {
				err := c.Update(t.Context(), "ftp://h/", func(h *index.Host) error {
					h.Settings.Rate++
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if h, err := client.Host(t.Context(), "ftp://h/"); err != nil || h.Settings.Rate != 2*each {
		t.Errorf("%d changes are left of %d, %v", h.Settings.Rate, 2*each, err)
	}
	mine := errors.New("mine")
	if err := client.Update(t.Context(), "ftp://h/", func(*index.Host) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("the error of change is %v", err)
	}
}

// TestClientDies closes the connections of a client in the middle of its crawl,
// as a kill does: another client takes the crawl up.
func TestClientDies(t *testing.T) {
	client, dir, stop := lend(t, indextest.NewBrute(), nil)
	const id = "ftp://h/"
	if err := client.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	first, err := client.Begin(t.Context(), id, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Put(t.Context(), index.Listing{Dir: "/", Entries: []index.Entry{{Name: "é", Raw: "\xe9", Size: 1}}}); err != nil {
		t.Fatal(err)
	}
	other, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if _, err := other.Begin(t.Context(), id, false); !errors.Is(err, index.ErrBusy) {
		t.Errorf("Begin while another crawl is open: %v", err)
	}
	first.(*crawl).release()
	second, err := other.Begin(t.Context(), id, false)
	if err != nil {
		t.Fatalf("Begin after the other client died: %v", err)
	}
	l, err := second.Seen(t.Context(), "/")
	if err != nil || len(l.Entries) != 1 || l.Entries[0].Raw != "\xe9" {
		t.Errorf("Seen: %+v, %v", l, err)
	}
	if err := first.Put(t.Context(), index.Listing{Dir: "/"}); err == nil {
		t.Error("a closed crawl takes listings")
	}

	stop()
	if err := second.Put(t.Context(), index.Listing{Dir: "/"}); err == nil || !strings.Contains(err.Error(), "went away") {
		t.Errorf("Put without a server: %v", err)
	}
}

// sink is an engine that drops what crawls record.
type sink struct{ *indextest.Brute }

func (sink) Begin(context.Context, index.HostID, bool) (index.Crawl, error) { return sinkCrawl{}, nil }

type sinkCrawl struct{ index.Crawl }

func (sinkCrawl) Put(context.Context, ...index.Listing) error { return nil }
func (sinkCrawl) Close() error                                { return nil }

// BenchmarkPut measures what the way through the socket costs an import.
func BenchmarkPut(b *testing.B) {
	client, _, _ := lend(b, sink{indextest.NewBrute()}, nil)
	crawl, err := client.Begin(b.Context(), "ftp://h/", true)
	if err != nil {
		b.Fatal(err)
	}
	var batch []index.Listing
	const directories, each = 4000, 16
	for i := range directories {
		l := index.Listing{Dir: index.Path(fmt.Sprintf("/pub/linux/kernel/v6.x/dir-%d", i)), Way: "import", Taken: time.Now()}
		for j := range each {
			l.Entries = append(l.Entries, index.Entry{
				Name: fmt.Sprintf("linux-6.%d.%d.tar.xz", i, j), Size: int64(i * j * 1000), Unix: 1.7e9 + int64(j), Precision: index.Minute,
			})
		}
		batch = append(batch, l)
	}
	for b.Loop() {
		if err := crawl.Put(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*directories*each)/b.Elapsed().Seconds(), "entries/s")
	if err := crawl.Close(); err != nil {
		b.Fatal(err)
	}
}
