package sftp_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/sftp"
	"trawl/index"
	"trawl/index/indextest"
)

// The packets that a rogue knows (draft-ietf-secsh-filexfer-02, section 3).
const (
	fxpInit, fxpVersion              = 1, 2
	fxpClose, fxpOpendir, fxpReaddir = 4, 11, 12
	fxpStatus, fxpHandle, fxpName    = 101, 102, 104
	fxOK, fxEOF, fxFailure           = 0, 1, 4
)

// rogue is a server that writes packets itself, as none of the libraries would. The
// handle of a directory is its path; of each READDIR it knows how many came before.
type rogue struct {
	ssh.Channel
	reads map[string]int
}

// serveRogue speaks SFTP until the client hangs up, or is hung up on.
func serveRogue(channel ssh.Channel) {
	r := &rogue{channel, map[string]int{}}
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[:])-1)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		if !r.answer(head[4], body) {
			return
		}
	}
}

// answer answers a request and reports whether the rogue goes on.
func (r *rogue) answer(kind byte, body []byte) bool {
	id := binary.BigEndian.Uint32(body)
	switch kind {
	case fxpInit:
		r.send(packet(fxpVersion, number(3)))
	case fxpOpendir:
		dir := string(body[8:])
		if dir == "/handle" {
			dir += strings.Repeat("x", 100<<10)
		}
		r.send(packet(fxpHandle, number(id), text(dir)))
	case fxpReaddir:
		dir := string(body[8:])
		n := r.reads[dir]
		r.reads[dir]++
		misbehave := rogueries()[dir]
		if misbehave == nil {
			misbehave = func(r *rogue, id uint32, n int) bool { return r.honest(id, n, "file") }
		}
		return misbehave(r, id, n)
	case fxpClose:
		delete(r.reads, string(body[8:]))
		r.status(id, fxOK)
	default:
		r.status(id, fxFailure)
	}
	return true
}

func (r *rogue) send(b []byte) { _, _ = r.Write(b) }

func (r *rogue) status(id, code uint32) {
	r.send(packet(fxpStatus, number(id), number(code), text("because"), text("")))
}

// honest sends names once, and then the end.
func (r *rogue) honest(id uint32, n int, names ...string) bool {
	if n > 0 {
		r.status(id, fxEOF)
		return true
	}
	r.names(id, names...)
	return true
}

// names sends the names of empty files.
func (r *rogue) names(id uint32, names ...string) {
	fields := [][]byte{number(id), number(uint32(len(names)))}
	for _, name := range names {
		fields = append(fields, file(name))
	}
	r.send(packet(fxpName, fields...))
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func text(s string) []byte   { return append(number(uint32(len(s))), s...) }

// file returns what READDIR says of an empty file.
func file(name string) []byte {
	const size, mode = 1, 4
	return slices.Concat(text(name), text("what ls prints"), number(size|mode), make([]byte, 8), number(0o100644))
}

func packet(kind byte, fields ...[]byte) []byte {
	body := slices.Concat(fields...)
	return slices.Concat(number(uint32(1+len(body))), []byte{kind}, body)
}

// rogueries are what a rogue does at the READDIR n of a directory, by its path. They
// return false to hang up.
func rogueries() map[string]func(r *rogue, id uint32, n int) bool {
	first := func(more func(r *rogue, id uint32)) func(*rogue, uint32, int) bool {
		return func(r *rogue, id uint32, n int) bool {
			if n == 0 {
				r.names(id, "first")
			} else {
				more(r, id)
			}
			return true
		}
	}
	return map[string]func(*rogue, uint32, int) bool{
		"/": func(r *rogue, id uint32, n int) bool {
			if n > 0 {
				r.status(id, fxEOF)
				return true
			}
			some := []string{"honest", "outside", "endless", "cut", "empty", "oversized", "hangs-up"}
			fields := [][]byte{number(id), number(uint32(len(some)))}
			for _, dir := range some {
				fields = append(fields, text(dir), text(""), number(4), number(0o40755))
			}
			r.send(packet(fxpName, fields...))
			return true
		},
		"/oversized":  first(func(r *rogue, _ uint32) { r.send(slices.Concat(number(1<<31), make([]byte, 1<<20))) }),
		"/tiny":       first(func(r *rogue, _ uint32) { r.send(packet(fxpName, []byte{1, 2})) }),
		"/no-packet":  first(func(r *rogue, _ uint32) { r.send(number(0)) }),
		"/wrong-id":   first(func(r *rogue, id uint32) { r.names(id+1000, "second") }),
		"/wrong-kind": first(func(r *rogue, id uint32) { r.send(packet(fxpHandle, number(id), text("x"))) }),
		"/failure":    first(func(r *rogue, id uint32) { r.status(id, fxFailure) }),
		"/count":      first(func(r *rogue, id uint32) { r.send(packet(fxpName, number(id), number(1<<32-1), file("second"))) }),
		"/cut":        first(func(r *rogue, id uint32) { r.send(packet(fxpName, number(id), number(1), file("second")[:20])) }),
		"/long-name":  first(func(r *rogue, id uint32) { r.send(packet(fxpName, number(id), number(1), number(1<<32-1))) }),
		"/no-count":   first(func(r *rogue, id uint32) { r.send(packet(fxpName, number(id))) }),
		"/bomb": first(func(r *rogue, id uint32) {
			r.send(packet(fxpName, number(id), number(1), text("second"), text(""), number(1<<32-1), make([]byte, 28), number(1<<32-1), make([]byte, 200<<10)))
		}),
		"/silent":      first(func(*rogue, uint32) {}),
		"/hangs-up":    func(r *rogue, id uint32, n int) bool { r.names(id, "first"); return n == 0 },
		"/hangs-later": func(r *rogue, id uint32, n int) bool { r.names(id, fmt.Sprint(n)); return n < 5000 },
		"/in-packet": func(r *rogue, id uint32, _ int) bool {
			r.send(packet(fxpName, number(id), text("x"))[:9])
			return false
		},
		"/twice": func(r *rogue, id uint32, n int) bool { r.honest(id, n, "first"); return r.honest(id, n, "second") },
		"/pause": func(r *rogue, id uint32, n int) bool {
			if n%2 == 0 {
				r.names(id)
				return true
			}
			return r.honest(id, n-1, "first")
		},
		"/empty":   func(r *rogue, id uint32, _ int) bool { r.names(id); return true },
		"/dots":    func(r *rogue, id uint32, _ int) bool { r.names(id, ".", ".."); return true },
		"/same":    func(r *rogue, id uint32, _ int) bool { r.names(id, "first"); return true },
		"/cycle":   func(r *rogue, id uint32, n int) bool { r.names(id, numbered(n%60*100)...); return true },
		"/endless": func(r *rogue, id uint32, n int) bool { r.names(id, numbered(n*100)...); return true },
		"/outside": func(r *rogue, id uint32, n int) bool {
			return r.honest(id, n, "", "..", "../up", "/etc", "a/b", "nul\x00", "good")
		},
		"/longest": func(r *rogue, id uint32, n int) bool {
			return r.honest(id, n, strings.Repeat("x", 64<<10+1), strings.Repeat("y", 64<<10))
		},
		"/handle": nil,
		"/flood": func(r *rogue, _ uint32, _ int) bool {
			for id := uint32(1 << 20); ; id++ {
				if _, err := r.Write(packet(fxpName, number(id), number(0), make([]byte, 30_000))); err != nil {
					return false
				}
			}
		},
	}
}

// numbered are a hundred names.
func numbered(from int) []string {
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprintf("%0100d", from+i)
	}
	return names
}

// errAlone stands for an error of one directory, without a sentinel.
var errAlone = errors.New("this directory alone")

// TestRogue lists what no library would send: it ends, within its limits, and nothing
// that was cut off looks complete.
func TestRogue(t *testing.T) {
	addr, _ := shell(t, "me", "pw", serveRogue)
	host := index.Host{ID: index.HostID("sftp://" + addr + "/"), Settings: index.Settings{User: "me", Password: "pw"}}
	src := &sftp.Source{Limits: sftp.Limits{Silence: 4 * time.Second, Listing: 4 << 20}}
	tests := []struct {
		dir           index.Path
		err           error
		state         index.State
		least, atMost int // entries
		why           string
	}{
		{"/honest", nil, index.Complete, 1, 1, ""},
		{"/oversized", crawler.ErrGone, index.Truncated, 1, 1, "a packet of 2147483648 bytes"},
		{"/tiny", crawler.ErrGone, index.Truncated, 1, 1, "a packet of 3 bytes"},
		{"/no-packet", crawler.ErrGone, index.Truncated, 1, 1, "a packet of 0 bytes"},
		{"/wrong-id", crawler.ErrGone, index.Truncated, 1, 1, "an answer to request 1"},
		{"/wrong-kind", errAlone, index.Truncated, 1, 1, "an answer of kind 102"},
		{"/failure", nil, index.Truncated, 1, 1, "failure; the server says: because"},
		{"/count", errAlone, index.Truncated, 2, 2, "a packet of names is cut"},
		{"/cut", errAlone, index.Truncated, 1, 1, "a packet of names is cut"},
		{"/long-name", errAlone, index.Truncated, 1, 1, "a packet of names is cut"},
		{"/no-count", errAlone, index.Truncated, 1, 1, "a packet of names is cut"},
		{"/bomb", errAlone, index.Truncated, 1, 1, "a packet of names is cut"},
		{"/silent", crawler.ErrGone, index.Truncated, 1, 1, "connection was lost"},
		{"/hangs-up", crawler.ErrGone, index.Truncated, 1, 2, "connection was lost"},
		{"/hangs-later", crawler.ErrGone, index.Truncated, 4900, 5001, "connection was lost"}, // answers under way are lost with it
		{"/in-packet", crawler.ErrGone, 0, 0, 0, "connection was lost"},
		{"/twice", nil, index.Complete, 1, 1, ""},
		{"/pause", nil, index.Complete, 1, 1, ""},
		{"/empty", nil, index.Truncated, 0, 0, "it goes on without names"},
		{"/dots", nil, index.Truncated, 0, 0, "it goes on without names"},
		{"/same", nil, index.Truncated, 1, 2, "the same names again and again"},
		{"/cycle", nil, index.Truncated, 6000, 10_000, "the same names again and again"},
		{"/endless", nil, index.Truncated, 10_000, 40_000, "larger than a listing may be"},
		{"/outside", nil, index.Unparsed, 1, 1, "names that no file can have"},
		{"/longest", nil, index.Unparsed, 1, 1, "names that no file can have"},
		{"/handle", errAlone, 0, 0, 0, "no handle"},
		{"/flood", crawler.ErrGone, 0, 0, 0, "an answer to request 1048576"},
	}
	for _, test := range tests {
		t.Run(string(test.dir[1:]), func(t *testing.T) {
			t.Parallel()
			got, err := list(t.Context(), connect(t, src, host), test.dir)
			if n := len(got.Entries); n < test.least || n > test.atMost || got.State != test.state || got.More {
				t.Errorf("%s, more %v, %d entries", got.State, got.More, n)
			}
			for _, line := range got.Unparsed {
				if len(line) > listing.MaxLine {
					t.Errorf("%d bytes are kept of what was not understood", len(line))
				}
			}
			if errors.Is(test.err, errAlone) {
				if err == nil || errors.Is(err, crawler.ErrGone) || errors.Is(err, crawler.ErrBroken) || errors.Is(err, crawler.ErrDenied) {
					t.Errorf("%v", err)
				}
			} else if !errors.Is(err, test.err) || test.err == nil && err != nil {
				t.Errorf("%v, want %v", err, test.err)
			}
			if why := got.Why + fmt.Sprint(err); !strings.Contains(why, test.why) || strings.ContainsAny(why, "\x1b\n\x00") {
				t.Errorf("%q, want %q", why, test.why)
			}
		})
	}
}

// TestRogueHost crawls a tree of some, two of which end the connection again and again:
// the crawl ends, is not complete, and has what can be had.
func TestRogueHost(t *testing.T) {
	t.Parallel()
	addr, _ := shell(t, "me", "pw", serveRogue)
	id := index.HostID("sftp://" + addr + "/")
	cat := indextest.NewBrute()
	err := cat.Update(t.Context(), id, func(h *index.Host) error {
		h.Settings.User, h.Settings.Password = "me", "pw"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := crawler.New(crawler.Config{
		Catalogue: cat, Contact: "a@b.c",
		Sources: []crawler.Source{&sftp.Source{Limits: sftp.Limits{Listing: 4 << 20}}},
		Limits:  crawler.Limits{Backoff: 10 * time.Millisecond},
	})
	report, err := c.Crawl(t.Context(), id, crawler.Options{Full: true})
	if report.Complete {
		t.Errorf("it is complete: %+v, %v", report, err)
	}
	for dir, want := range map[index.Path]index.State{
		"/honest": index.Complete, "/outside": index.Unparsed, "/endless": index.Truncated, "/empty": index.Truncated, "/cut": index.Stale,
	} {
		if l, err := cat.List(t.Context(), id, dir, "", 0); err != nil || l.State != want {
			t.Errorf("%s: %s, want %s, %v; %+v", dir, l.State, want, err, report)
		}
	}
	if h, err := cat.Host(t.Context(), id); err != nil || h.Known.IsDemoted("READDIR") {
		t.Errorf("%+v, %v", h.Known, err)
	}
}
