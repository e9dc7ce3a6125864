// Package news remembers what crawls found new on hosts: files and folders that came or changed, and hosts that were
// crawled whole for the first time. A [Book] keeps them in files of lines in the data directory, also over restarts and
// kills, and reads them back, newest first: all of them, those of a host, or those that a query finds.
//
// The files: news.go is the Book, item.go what it keeps, line.go how an item is written, segment.go its files, read.go
// reads them, and matching.go judges items by a query.
package news

import (
	"log/slog"
	"sync"
	"time"

	"trawl/index"
)

// The limits of a Book. A line has some 130 bytes, so that there is room for some 1,000,000 items.
const (
	Age         = 90 * 24 * time.Hour // after which an item is forgotten
	MostBytes   = 128 << 20           // of all files; the oldest is forgotten first
	MostOfCrawl = 10_000              // items of one crawl of a host; of the others the Book keeps how many there were

	segmentSize = 2 << 20 // bytes of one file
	longestPath = 4096    // bytes of one path; longer ones are counted with those that are too many
)

// Book remembers items. Its methods may be called from several goroutines. It takes next to no memory: each reader holds
// one file of 2 MiB.
type Book struct {
	dir string // of the files
	log *slog.Logger
	now func() time.Time

	load     sync.Once  // the folder is read when the Book is first used
	mu       sync.Mutex // guards what follows
	segments []*segment // the oldest first
	writer   writer
	crawls   map[index.HostID]*crawl
	closed   bool
}

// crawl counts what the Book has of the crawl of a host that came last.
type crawl struct {
	begun time.Time
	items int
}

// At returns the Book of a folder, which it makes with the first item. A file that cannot be read or written costs a line
// of the log. The caller closes the Book, and sees to it that no other process uses the folder.
func At(dir string, log *slog.Logger) *Book {
	return &Book{dir: dir, log: log, now: time.Now, crawls: map[index.HostID]*crawl{}}
}

// Close closes the file that is written. Nothing is remembered later.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.writer.close()
}

// Add remembers what a step of a crawl found new.
func (b *Book) Add(came index.Arrivals) {
	b.lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	items := b.items(came)
	if len(items) == 0 {
		return
	}
	if err := b.write(items); err != nil {
		b.fail(err)
	} else {
		b.writer.failed = false
	}
}

// items returns what is kept of arrivals: no more than MostOfCrawl of one crawl, and how many others there were.
func (b *Book) items(came index.Arrivals) (items []Item) {
	now := b.now().Truncate(time.Second)
	if came.Whole != nil {
		return []Item{{When: now, Host: came.Host, What: HostNew, Count: came.Whole.Files}}
	}
	room := MostOfCrawl
	if !came.Begun.IsZero() {
		c := b.crawl(came.Host, came.Begun)
		room -= c.items
		defer func() { c.items += len(items) }()
	}
	others := came.More
	for i := range came.Entries {
		a := &came.Entries[i]
		if len(items) >= room || len(a.Path) > longestPath {
			others++
			continue
		}
		what := New
		if a.Changed {
			what = Changed
		}
		items = append(items, Item{When: now, Host: came.Host, What: what, Path: a.Path, Shown: a.Shown, Entry: a.Entry})
	}
	if others > 0 {
		items = append(items, Item{When: now, Host: came.Host, What: More, Count: others})
	}
	return items
}

// crawl returns the counter of a crawl. After a restart it counts anew what the Book has of a crawl that goes on.
func (b *Book) crawl(host index.HostID, begun time.Time) *crawl {
	c := b.crawls[host]
	if c == nil || !c.begun.Equal(begun) {
		c = &crawl{begun: begun}
		if _, again := b.crawls[host]; !again {
			c.items = b.countSince(host, begun.Truncate(time.Second))
		}
		b.crawls[host] = c
	}
	return c
}

// lock takes the lock, and reads the folder before anything else is done.
func (b *Book) lock() {
	b.mu.Lock()
	b.load.Do(func() {
		if err := b.find(); err != nil {
			b.fail(err)
		}
	})
}

func (b *Book) fail(err error) {
	if b.writer.failed {
		return
	}
	b.writer.failed = true
	b.log.Warn("the files of what is new cannot be read or written; what is found meanwhile is in no feed", "path", b.dir, "err", index.Visible(err.Error()))
}
