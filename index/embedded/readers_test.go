package embedded

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/search/query"
)

// metalock is the lock that bbolt holds while it writes its meta page.
func metalock(e *Engine) *sync.Mutex {
	field := reflect.ValueOf(e.store.file.db).Elem().FieldByName("metalock")
	return (*sync.Mutex)(field.Addr().UnsafePointer())
}

// TestReadersNeverWait asks for all that can be asked for while the disk holds up bbolt.
func TestReadersNeverWait(t *testing.T) {
	t.Parallel()
	e, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	remember(t, e, testHost)
	c := begin(t, e, testHost, true)
	l := randomListing(rand.New(rand.NewPCG(1, 1)), "/pub", 100)
	if err := c.Put(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse(l.Entries[0].Name, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]func() error{
		"Hosts":  func() error { _, err := e.Hosts(t.Context()); return err },
		"Host":   func() error { _, err := e.Host(t.Context(), testHost); return err },
		"List":   func() error { _, err := e.List(t.Context(), testHost, "/pub", "", 0); return err },
		"Seen":   func() error { _, err := c.Seen(t.Context(), "/pub"); return err },
		"Search": func() error { _, err := e.Search(t.Context(), index.Query{Tree: q}); return err },
		"Complete": func() error {
			_, err := e.Complete(t.Context(), l.Entries[0].Name[:2], 5)
			return err
		},
	}
	held := metalock(e)
	held.Lock()
	for name, read := range reads {
		done := make(chan error, 1)
		go func() { done <- read() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s waits", name)
		}
	}
	held.Unlock()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSnapshots opens views of old states, ends them in any order, and goes on writing.
// Where the file has to be mapped anew as it grows nothing is shared that would be
// waited for.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]int{"mapped at once": 1, "mapped as it grows": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openBare(t, t.TempDir(), Options{})
			remember(t, e, testHost)
			if shared == 0 {
				closeBare(t, e)
				db, err := bolt.Open(e.store.path, 0o600, &bolt.Options{PageSize: pageSize})
				if err != nil {
					t.Fatal(err)
				}
				e.store.file = &openDB{db: db}
				t.Cleanup(func() { _ = e.store.close() })
			}
			c := begin(t, e, testHost, true)
			r := rand.New(rand.NewPCG(1, 1))
			var open []*view
			for round := range 50 {
				l := randomListing(r, index.Path(fmt.Sprint("/d", round)), 500)
				if err := c.Put(t.Context(), l); err != nil {
					t.Fatal(err)
				}
				v, err := e.store.view()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := v.findDir(c.no, treeKey([]byte(l.Dir))); err != nil {
					t.Fatal(err)
				}
				open = append(open, v)
				for len(open) > 0 && (shared == 0 || r.IntN(2) == 0) {
					at := r.IntN(len(open))
					open[at].close()
					open = slices.Delete(open, at, at+1)
				}
			}
			for _, v := range open {
				v.close()
			}
			remember(t, e, "ftp://other.example.org")
			if n := e.store.file.db.Stats().OpenTxN; n != shared {
				t.Errorf("%d snapshots are open, want %d", n, shared)
			}
		})
	}
}

// pour records listings of names that never were until the test ends: of one directory
// in parts, and of many.
func pour(b *testing.B, e *Engine, id index.HostID, seed uint64, stop <-chan struct{}) {
	c := begin(b, e, id, true)
	defer func() { _ = c.Close() }()
	r := rand.New(rand.NewPCG(seed, 1))
	for n := 0; ; n++ {
		large := index.Path(fmt.Sprintf("/large-%d", n))
		for part := range 40 {
			select {
			case <-stop:
				return
			default:
			}
			l := randomListing(r, large, 5000)
			l.More = part < 39
			batch := []index.Listing{l}
			for i := range 100 {
				batch = append(batch, randomListing(r, index.Path(fmt.Sprintf("/d%d/%d/%d", n, part, i)), 30))
			}
			if err := c.Put(b.Context(), batch...); err != nil {
				b.Error(err)
				return
			}
		}
	}
}

// press writes a file of its own and makes it durable, over and over.
func press(b *testing.B, dir string, stop <-chan struct{}) {
	file, err := os.Create(filepath.Join(dir, "press"))
	if err != nil {
		b.Error(err)
		return
	}
	defer file.Close()
	data := make([]byte, 1<<20)
	for at := int64(0); ; at++ {
		select {
		case <-stop:
			return
		default:
		}
		if _, err := file.WriteAt(data, at%2048<<20); err != nil {
			b.Error(err)
			return
		}
		if at%256 == 255 {
			_ = file.Sync()
		}
	}
}

// BenchmarkReaders asks the catalogue for this and that for so many seconds while
// crawls pour into it what they can, and another writes to the same disk. It tells how
// long one had to wait at most.
func BenchmarkReaders(b *testing.B) {
	const seconds, writers = 20, 8
	for _, pressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("pressed=%t", pressed), func(b *testing.B) {
			dir := b.TempDir()
			e, err := Open(dir, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = e.Close() }()
			stop := make(chan struct{})
			var all sync.WaitGroup
			for i := range writers {
				id := index.HostID(fmt.Sprintf("ftp://h%d.example.org", i))
				remember(b, e, id)
				all.Go(func() { pour(b, e, id, uint64(i), stop) })
			}
			if pressed {
				all.Go(func() { press(b, dir, stop) })
			}
			before := putOut(b)
			q, err := query.Parse("e.iso", time.Time{})
			if err != nil {
				b.Fatal(err)
			}
			for name, read := range map[string]func() error{
				"Hosts": func() error { _, err := e.Hosts(b.Context()); return err },
				"Host":  func() error { _, err := e.Host(b.Context(), "ftp://h0.example.org"); return err },
				"List":  func() error { _, _ = e.List(b.Context(), "ftp://h0.example.org", "/d0/0/0", "", 0); return nil },
				"Search": func() error {
					_, err := e.Search(b.Context(), index.Query{Tree: q, Limit: 20, Budget: 200 * time.Millisecond})
					return err
				},
			} {
				all.Go(func() {
					var took []time.Duration
					for {
						select {
						case <-stop:
							slices.Sort(took)
							b.ReportMetric(took[len(took)-1].Seconds()*1000, name+"-max-ms")
							b.ReportMetric(took[len(took)*99/100].Seconds()*1000, name+"-p99-ms")
							return
						case <-time.After(5 * time.Millisecond):
						}
						start := time.Now()
						if err := read(); err != nil {
							b.Error(name, err)
						}
						took = append(took, time.Since(start))
					}
				})
			}
			time.Sleep(seconds * time.Second)
			b.ReportMetric((putOut(b)-before)/seconds/(1<<20), "MiB/s")
			close(stop)
			all.Wait()
		})
	}
}
