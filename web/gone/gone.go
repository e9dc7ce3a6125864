// Package gone remembers which files and directories hosts no longer have, so that the portal answers 410 Gone for them
// instead of 404 Not Found, also after a restart. A [Book] keeps them in memory and in a log of lines.
//
// The files: gone.go is the Book, log.go its file.
package gone

import (
	"container/list"
	"log/slog"
	"sync"
	"time"

	"trawl/index"
)

// The limits of a Book.
const (
	Most = 10_000              // paths; the oldest are forgotten first
	Age  = 90 * 24 * time.Hour // after which a path is forgotten

	longestPath = 4096 // bytes of one path; longer ones are not remembered
	renewal     = time.Hour
)

// Book remembers paths. Its methods may be called from several goroutines. The zero value remembers in memory alone.
type Book struct {
	path string // of the file; "" is none
	log  *slog.Logger

	load   sync.Once  // the file is read when the Book is first used
	mu     sync.Mutex // guards what follows
	order  list.List  // of entry, the oldest first
	known  map[place]*list.Element
	file   file
	closed bool
}

// place is a path on a host.
type place struct {
	host index.HostID
	path index.Path
}

// entry is a path that a host no longer has since a time.
type entry struct {
	place
	since time.Time
}

// Add remembers that a host no longer has some paths.
func (b *Book) Add(id index.HostID, paths ...index.Path) {
	b.lock()
	defer b.mu.Unlock()
	now := time.Now().Truncate(time.Second)
	var fresh []entry
	for _, p := range paths[max(0, len(paths)-Most):] {
		e := entry{place{id, p}, now}
		if len(p) <= longestPath && b.remember(e) {
			fresh = append(fresh, e)
		}
	}
	b.write(fresh)
}

// Has reports whether a path was added.
func (b *Book) Has(id index.HostID, p index.Path) bool {
	b.lock()
	defer b.mu.Unlock()
	at := b.known[place{id, p}]
	return at != nil && time.Since(at.Value.(entry).since) < Age
}

// lock takes the lock, and reads the file before anything else is done.
func (b *Book) lock() {
	b.mu.Lock()
	b.load.Do(func() {
		if b.path != "" && !b.closed {
			b.read()
		}
	})
}

// remember adds an entry, and forgets the oldest ones. It reports false if nothing of it is new.
func (b *Book) remember(e entry) bool {
	if b.known == nil {
		b.known = map[place]*list.Element{}
	}
	if at := b.known[e.place]; at != nil {
		if e.since.Sub(at.Value.(entry).since) < renewal {
			return false
		}
		b.order.Remove(at)
	}
	b.known[e.place] = b.order.PushBack(e)
	for b.order.Len() > Most || time.Since(b.order.Front().Value.(entry).since) >= Age {
		delete(b.known, b.order.Remove(b.order.Front()).(entry).place)
		if b.order.Len() == 0 {
			break
		}
	}
	return true
}
