package sftp

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"trawl/crawler"
)

// fed returns a reader of directories whose server writes answers of so many bytes to
// so many requests, and then ends the connection.
func fed(ctx context.Context, size, answers int) (d *dialogue, requests []request) {
	in, server := io.Pipe()
	d = &dialogue{waiting: map[uint32]request{}, in: in, over: make(chan struct{}), taken: make(chan struct{}, 1)}
	for range answers {
		d.last++
		r := request{id: d.last, answer: make(chan packet, 1)}
		d.waiting[r.id] = r
		requests = append(requests, r)
	}
	go d.run(ctx, func(err error) error { return err })
	go func() {
		defer server.Close() //nolint:errcheck // it never fails
		for _, r := range requests {
			p := make([]byte, 4+size)
			binary.BigEndian.PutUint32(p, uint32(size))
			binary.BigEndian.PutUint32(p[5:], r.id)
			if _, err := server.Write(p); err != nil {
				return
			}
		}
	}()
	return d, requests
}

// TestUntaken has a server answer more than is taken: no more is held than may be,
// and all comes that is waited for.
func TestUntaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, requests := fed(t.Context(), maxPacket, 40)
		for i, r := range requests {
			synctest.Wait()
			if d.held > aheadBytes+maxPacket {
				t.Fatalf("%d bytes wait to be taken", d.held)
			}
			if i%5 == 0 {
				d.forget(r)
				continue
			}
			if p, err := d.wait(t.Context(), r); err != nil || len(p.rest) != maxPacket-5 {
				t.Fatalf("%d bytes to request %d, %v", len(p.rest), r.id, err)
			}
		}
		synctest.Wait()
		if _, err := d.send(t.Context(), fxpReaddir, ""); d.held != 0 || !errors.Is(err, crawler.ErrGone) {
			t.Errorf("%d bytes wait to be taken, %v", d.held, err)
		}
	})
}

// TestUntakenEnd ends a connection of which nothing is taken.
func TestUntakenEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		d, _ := fed(life, maxPacket, 40)
		synctest.Wait()
		if !d.full() {
			t.Errorf("%d bytes wait to be taken", d.held)
		}
		end()
		<-d.over
		d.in.(io.Closer).Close()
	})
}
