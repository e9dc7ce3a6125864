package ftptest

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"trawl/index/indextest/needs"
)

// LiarDirs is how many directories a Liar has below its root, LiarFiles how many
// files each of them holds, /d00/f00 and so on, and LiarSize how long these are.
const (
	LiarDirs  = 20
	LiarFiles = 10
	LiarSize  = 42
)

// Liar is a server of MLSD, STAT, LIST and LIST -R that lies in one way at a time.
type Liar struct {
	Addr string

	crowd      int // how many directories there are where a lie has very many; files are more
	ear        net.Listener
	identities []Identity // one a connection, in turn; the first where certificates do not change
	ended      chan struct{}
	all        sync.WaitGroup

	mu     sync.Mutex         // guards what follows
	lie    Lie                // of sessions that begin now
	packed []byte             // what is packed of the file that it is about: see prepared
	open   map[io.Closer]bool // connections, and where data connections are awaited
	logins int                // under way
	count  int                // of connections
	listed int                // directories
}

// StartLiar starts a server that lies so until the test ends.
func StartLiar(t testing.TB, lie Lie) *Liar {
	t.Helper()
	l, err := NewLiar(t.Context(), lie, 5000) // enough for limits that are low
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// NewLiar starts a server that lies so until it is closed. Where a lie has very
// many directories they are crowd; files are more.
func NewLiar(ctx context.Context, lie Lie, crowd int) (*Liar, error) {
	l := &Liar{crowd: crowd, lie: lie, packed: prepared(lie), open: map[io.Closer]bool{}, ended: make(chan struct{})}
	for range 2 {
		id, _, err := makeIdentity()
		if err != nil {
			return nil, fmt.Errorf("make a certificate: %w", err)
		}
		l.identities = append(l.identities, id)
	}
	var err error
	if l.ear, err = (&net.ListenConfig{}).Listen(ctx, "tcp", needs.Own()); err != nil {
		return nil, err
	}
	l.Addr = l.ear.Addr().String()
	l.all.Go(func() {
		for {
			c, err := l.ear.Accept()
			if err != nil {
				return
			}
			l.keep(c)
			l.all.Go(func() {
				l.talk(c)
				l.lose(c)
			})
		}
	})
	return l, nil
}

// Become makes the server lie in another way from now on. It cuts off the clients that
// are connected.
func (l *Liar) Become(lie Lie) {
	packed := prepared(lie)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lie, l.packed, l.count, l.listed = lie, packed, 0, 0
	for c := range l.open {
		c.Close()
	}
}

// Close ends the server and its connections.
func (l *Liar) Close() {
	l.ear.Close()
	close(l.ended)
	l.mu.Lock()
	for c := range l.open {
		c.Close()
	}
	l.mu.Unlock()
	l.all.Wait()
}

// Pin returns the pin of the certificate of the first connection.
func (l *Liar) Pin() string { return l.identities[0].Pin }

// keep registers an open connection, for Close and Become.
func (l *Liar) keep(c io.Closer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
}

// lose closes a connection of keep.
func (l *Liar) lose(c io.Closer) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// hang waits for the end of the server.
func (l *Liar) hang() { <-l.ended }
