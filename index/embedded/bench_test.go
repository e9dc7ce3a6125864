package embedded

import (
	"bufio"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
)

// debianListings returns the files of Debian's Contents lists, the first n lines
// or so, as listings in tree order. Their sizes and times are made: sizes of all
// magnitudes, times in minutes, half of them that of the directory.
func debianListings(tb testing.TB, n int) []index.Listing {
	tb.Helper()
	lists, _ := filepath.Glob("/var/lib/apt/lists/*_main_Contents-all.lz4")
	if len(lists) == 0 {
		tb.Skip("no Debian Contents lists: install apt-file and run apt-file update")
	}
	cmd := exec.CommandContext(tb.Context(), "lz4", "-dc", lists[len(lists)-1])
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Skip("no lz4: install lz4")
	}
	dirs := map[string]map[string]bool{}
	add := func(dir, name string, isDir bool) bool {
		if dirs[dir] == nil {
			dirs[dir] = map[string]bool{}
		}
		old, have := dirs[dir][name]
		dirs[dir][name] = old || isDir
		return have
	}
	for in := bufio.NewScanner(out); n > 0 && in.Scan(); n-- {
		p := "/" + strings.TrimRight(in.Text()[:strings.LastIndexByte(in.Text(), ' ')], " ")
		add(path.Dir(p), path.Base(p), false)
		for d := path.Dir(p); d != "/"; d = path.Dir(d) {
			if add(path.Dir(d), path.Base(d), true) {
				break
			}
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	var listings []index.Listing
	for dir, names := range dirs {
		listings = append(listings, madeListing(dir, names))
	}
	slices.SortFunc(listings, func(a, b index.Listing) int {
		return compareTree([]byte(a.Dir), treeKey([]byte(b.Dir)))
	})
	return listings
}

func madeListing(dir string, names map[string]bool) index.Listing {
	l := index.Listing{Dir: index.Path(dir), Way: "LIST -lR", Taken: time.Unix(1.7e9, 0)}
	base := int64(1.4e9 + hashOf(dir)%3e8)
	for name, isDir := range names {
		h := hashOf(dir + "/" + name)
		e := index.Entry{Name: name, Unix: base / 60 * 60, Precision: index.Minute, Size: int64(h>>32) % (100 << (h % 16))}
		if isDir {
			e.Kind, e.Size = index.Dir, index.UnknownSize
		}
		if h>>20%2 == 0 {
			e.Unix = (base + int64(h>>24)%3e7) / 60 * 60
		}
		l.Entries = append(l.Entries, e)
	}
	slices.SortFunc(l.Entries, func(a, b index.Entry) int { return strings.Compare(a.Name, b.Name) })
	return l
}

// record crawls a host whole, as an import would hand it over, and returns the
// number of entries.
func record(tb testing.TB, e *Engine, id index.HostID, listings []index.Listing) int {
	tb.Helper()
	c := begin(tb, e, id, true)
	all, entries, from := 0, 0, 0
	for i := range listings {
		entries += len(listings[i].Entries)
		if entries >= 1<<16 || i == len(listings)-1 {
			if err := c.Put(tb.Context(), listings[from:i+1]...); err != nil {
				tb.Fatal(err)
			}
			all, entries, from = all+entries, 0, i+1
		}
	}
	if err := c.Finish(tb.Context(), true); err != nil {
		tb.Fatal(err)
	}
	return all
}

// sizeOf returns the bytes of the file that are in use.
func sizeOf(tb testing.TB, e *Engine) int64 {
	tb.Helper()
	v, err := e.store.view()
	if err != nil {
		tb.Fatal(err)
	}
	defer v.close()
	return v.tx.Size() - int64(v.tx.DB().Stats().FreePageN+v.tx.DB().Stats().PendingPageN)*pageSize
}

func BenchmarkImport(b *testing.B) {
	listings := debianListings(b, 1_000_000)
	for _, size := range []int{64, 128, 256} {
		b.Run(fmt.Sprint("block=", size), func(b *testing.B) {
			entries := 0
			for b.Loop() {
				e := openTest(b, b.TempDir(), Options{BlockSize: size})
				remember(b, e, testHost)
				n := record(b, e, testHost, listings)
				entries += n
				b.ReportMetric(float64(sizeOf(b, e))/float64(n), "bytes/entry")
				if err := e.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

func BenchmarkUpdate(b *testing.B) {
	listings := debianListings(b, 1_000_000)
	for _, permille := range []int{0, 10} {
		b.Run(fmt.Sprintf("changed=%d%%", permille/10), func(b *testing.B) {
			e := openTest(b, b.TempDir(), Options{})
			remember(b, e, testHost)
			entries := record(b, e, testHost, listings)
			changed := slices.Clone(listings)
			for b.Loop() {
				n, before := 0, blocksWritten(b, e)
				for i := range changed {
					if permille > 0 && i*permille/1000 > (i-1)*permille/1000 && i > 0 {
						l := &changed[i]
						l.Entries = slices.Clone(l.Entries)
						for k := range l.Entries {
							l.Entries[k].Unix += 60
						}
						n += len(l.Entries)
					}
				}
				record(b, e, testHost, changed)
				b.ReportMetric(float64(blocksWritten(b, e)-before), "blocks/op")
				b.ReportMetric(float64(n), "changed/op")
			}
			b.ReportMetric(float64(entries*b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

func blocksWritten(tb testing.TB, e *Engine) uint64 {
	tb.Helper()
	v, err := e.store.view()
	if err != nil {
		tb.Fatal(err)
	}
	defer v.close()
	return v.sequence()
}

func BenchmarkDecode(b *testing.B) {
	e := openTest(b, b.TempDir(), Options{})
	remember(b, e, testHost)
	entries := record(b, e, testHost, debianListings(b, 200_000))
	v, err := e.store.view()
	if err != nil {
		b.Fatal(err)
	}
	defer v.close()
	var k block
	b.ReportAllocs()
	for b.Loop() {
		if err := v.after(0, func(_ blockID, data []byte) error { return k.decode(data) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries*b.N)/b.Elapsed().Seconds(), "entries/s")
}
