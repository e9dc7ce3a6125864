package web

import (
	"bytes"
	"container/list"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"trawl/search"
)

// keptPages keeps pages of results as they go over the wire. A page belongs to one answer that the catalogue keeps
// (index.Answer.Kept), which is asked for each time, so a page is never older than the answer. Pages that were used
// least recently go first when there is no room. Its methods may be called from several goroutines.
type keptPages struct {
	room int // bytes

	mu    sync.Mutex // guards the rest
	all   map[keptKey]*list.Element
	used  list.List // of *keptPage, the last used first
	bytes int       // that all take
}

// keptKey is all that a page of results depends on.
type keptKey struct {
	answer  uint64 // index.Answer.Kept
	asked   string // the parameters of the request
	text    string // search.Answer.Text
	note    string // search.Answer.Note
	visit   visitKey
	accepts string // the encodings that the reader takes, as the request names them
}

// newKeptKey returns the key of the page of an answer, and a zero key if the page is not to be kept. A page that says why
// nothing was found is not: it depends on more answers than one.
func newKeptKey(r *http.Request, v visit, a *search.Answer) keptKey {
	if a.Kept == 0 || a.Total == 0 || r.Method != http.MethodGet || r.Header.Get("Range") != "" {
		return keptKey{}
	}
	return keptKey{a.Kept, r.URL.RawQuery, a.Text, a.Note, v.key(), r.Header.Get("Accept-Encoding")}
}

// drawKept answers with the page of results of a key: as it is kept, or as data returns it, which is kept then. A zero
// key is that of no page.
func (p *portal) drawKept(c *gin.Context, key keptKey, data func() page) {
	if key.answer == 0 {
		p.draw(c, http.StatusOK, "search", data())
		return
	}
	page, ok := p.kept.get(key)
	if !ok {
		var b bytes.Buffer
		if !p.write(c, &b, "search", data()) {
			return
		}
		page = p.compress.pack(c.Request, newDrawn(b.Bytes()))
		p.kept.put(key, page)
	}
	p.send(c, http.StatusOK, page)
}

// keptPage is a page that is kept.
type keptPage struct {
	key keptKey
	drawn
}

const (
	// keptRoom is how many bytes of pages are kept: some two thousand, compressed.
	keptRoom = 16 << 20

	// keptShare is the part of the room, one in so many, that one page may take.
	keptShare = 16

	// keptOverhead is what a page takes besides its texts: the entries of the map and the list.
	keptOverhead = 400
)

func newKeptPages(room int) *keptPages {
	return &keptPages{room: room, all: map[keptKey]*list.Element{}}
}

// get returns the page of a key, if it is kept.
func (k *keptPages) get(key keptKey) (drawn, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.all[key]
	if !ok {
		return drawn{}, false
	}
	k.used.MoveToFront(at)
	return at.Value.(*keptPage).drawn, true
}

// put keeps a page, whose bytes the caller leaves alone from then on.
func (k *keptPages) put(key keptKey, d drawn) {
	page := &keptPage{key, d}
	if page.size() > k.room/keptShare {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if at, ok := k.all[key]; ok {
		k.drop(at) // another request was as fast
	}
	k.all[key] = k.used.PushFront(page)
	k.bytes += page.size()
	for k.bytes > k.room {
		k.drop(k.used.Back())
	}
}

// drop removes a page; mu is held.
func (k *keptPages) drop(at *list.Element) {
	page := k.used.Remove(at).(*keptPage)
	delete(k.all, page.key)
	k.bytes -= page.size()
}

// size returns the bytes that a page takes.
func (p *keptPage) size() int {
	return keptOverhead + cap(p.body) + len(p.etag) + len(p.key.asked) + len(p.key.text) + len(p.key.note) + len(p.key.accepts)
}
