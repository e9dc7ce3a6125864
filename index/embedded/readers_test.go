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

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/search/query"
)

// metalock is the lock that bbolt holds while it writes its meta page.
func metalock(e *Engine) *sync.Mutex {
	field := reflect.ValueOf(e.store).Elem().FieldByName("file").FieldByName("current").Elem().FieldByName("db").Elem().FieldByName("metalock")
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
	enginetest.Remember(t, e, enginetest.Host)
	c := enginetest.Begin(t, e, enginetest.Host, true)
	l := enginetest.RandomListing(rand.New(rand.NewPCG(1, 1)), "/pub", 100)
	if err := c.Put(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse(l.Entries[0].Name, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]func() error{
		"Hosts":  func() error { _, err := e.Hosts(t.Context()); return err },
		"Host":   func() error { _, err := e.Host(t.Context(), enginetest.Host); return err },
		"List":   func() error { _, err := e.List(t.Context(), enginetest.Host, "/pub", "", 0); return err },
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
		case <-time.After(30 * time.Second):
			t.Errorf("%s waits", name)
		}
	}
	held.Unlock()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// pour records listings of names that never were until the test ends: of one directory
// in parts, and of many.
func pour(b *testing.B, e *Engine, id index.HostID, seed uint64, stop <-chan struct{}) {
	c := enginetest.Begin(b, e, id, true)
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
			l := enginetest.RandomListing(r, large, 5000)
			l.More = part < 39
			batch := []index.Listing{l}
			for i := range 100 {
				batch = append(batch, enginetest.RandomListing(r, index.Path(fmt.Sprintf("/d%d/%d/%d", n, part, i)), 30))
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
// crawls write into it as fast as they can, and another process writes to the same disk. It
// reports the longest wait.
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
				enginetest.Remember(b, e, id)
				all.Go(func() { pour(b, e, id, uint64(i), stop) })
			}
			if pressed {
				all.Go(func() { press(b, dir, stop) })
			}
			before := enginetest.BytesWritten(b)
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
			b.ReportMetric((enginetest.BytesWritten(b)-before)/seconds/(1<<20), "MiB/s")
			close(stop)
			all.Wait()
		})
	}
}
