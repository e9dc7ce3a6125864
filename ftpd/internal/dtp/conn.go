package dtp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Pace slows a transfer down. Wait returns when n more bytes may be sent, or received if up is set, or with an error
// when ctx ends. Piece is how many bytes to ask for at once; 0 is any number.
type Pace interface {
	Wait(ctx context.Context, n int, up bool) error
	Piece(up bool) int
}

// Within Stall, so many bytes must move of what is sent and received by Read and Write; and one byte of what the system moves
// itself, which it does in pieces of large.
const (
	piece = 256 << 10
	large = 8 << 20
)

// unsent is how much may wait in the system to be sent, of a large file.
const unsent = 128 << 10

// Conn is an open data connection. It fails if it makes no progress for some time. One goroutine sends or
// receives; Moved and Abort may be called by others.
type Conn struct {
	tcp      *net.TCPConn
	sink     *patient  // writes to tcp
	binding  *Binding  // nil: in the clear
	resume   bool      // it must resume the session of the binding
	lax      bool      // close_notify is not demanded
	tls      *tls.Conn // after Start, if it is protected; on wire, which is on tcp
	wire     *wire
	up       bool // it receives
	stall    time.Duration
	pace     Pace            // nil: as fast as it goes
	out, in  int             // bytes of a piece that is sent, received
	ctx      context.Context //nolint:containedctx // Read and Write of io have none
	moved    atomic.Int64    // bytes of the connection, without TLS
	content  atomic.Int64    // bytes of the content, if coded
	coded    atomic.Bool
	notified bool // close_notify was sent behind all content
	whole    bool // the client ended its side as it should
	ends     bool // see EndsItself
}

// ErrCut is the error of a transfer that the client did not end as it should: with TLS, without close_notify.
var ErrCut = errors.New("the client cut the data connection")

// Over returns a connection that a client has opened as a data connection in the clear, for doors that have no other.
func Over(tcp *net.TCPConn, stall time.Duration) *Conn {
	return &Conn{tcp: tcp, sink: &patient{TCPConn: tcp, stall: stall}, stall: stall}
}

// Start makes a connection ready to send content, or to receive it if up is set: it puts TLS on it if it is protected, and
// keeps to pace, which may be nil. When ctx ends, all waits end.
func (c *Conn) Start(ctx context.Context, up bool, pace Pace) error {
	c.ctx, c.up = ctx, up
	c.out, c.in = piece, piece
	if pace != nil && pace.Piece(up) > 0 {
		c.pace, c.out, c.in = pace, atMost(pace.Piece(false)), atMost(pace.Piece(true))
	}
	if c.binding == nil {
		return nil
	}
	_ = c.tcp.SetDeadline(time.Now().Add(c.stall))
	var err error
	c.tls, c.wire, err = c.binding.secure(ctx, c.sink, up, c.resume)
	return err
}

// atMost returns the size of a piece that a pace asks for.
func atMost(n int) int {
	if n <= 0 || n > piece {
		return piece
	}
	return n
}

// Moved returns how many bytes of content have moved, before the coding: see CodedWriter.
func (c *Conn) Moved() int64 {
	if c.coded.Load() {
		return c.content.Load()
	}
	return c.moved.Load()
}

// Carried returns how many bytes the connection has carried, in the coding.
func (c *Conn) Carried() int64 { return c.moved.Load() }

// CodedWriter returns w, which puts content into a coding, as one that counts the content.
func (c *Conn) CodedWriter(w io.Writer) io.Writer {
	c.coded.Store(true)
	return counting{c, w, nil}
}

// CodedReader returns r, which takes content out of a coding, as one that counts the content.
func (c *Conn) CodedReader(r io.Reader) io.Reader {
	c.coded.Store(true)
	return counting{c, nil, r}
}

type counting struct {
	c *Conn
	w io.Writer
	r io.Reader
}

func (k counting) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	k.c.content.Add(int64(n))
	return n, err
}

func (k counting) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	k.c.content.Add(int64(n))
	return n, err
}

// write sends p, over TLS in as few writes as its buffer allows.
func (c *Conn) write(p []byte) (int, error) {
	if c.tls == nil {
		return c.sink.Write(p)
	}
	c.wire.gather()
	n, err := c.tls.Write(p)
	return n, errors.Join(err, c.wire.flush())
}

// read receives a part of the content.
func (c *Conn) read(p []byte) (int, error) {
	if c.tls == nil {
		return c.tcp.Read(p)
	}
	return c.tls.Read(p)
}

// Write sends p, each piece within Stall.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for len(p) > 0 {
		part := p[:min(len(p), c.out)]
		if err := c.wait(len(part), false); err != nil {
			return sent, err
		}
		n, err := c.write(part)
		c.moved.Add(int64(n))
		sent += n
		if err != nil {
			return sent, err
		}
		p = p[n:]
	}
	return sent, nil
}

// ReadFrom sends r to its end. In the clear it gives r to the connection without a wrapper that hides its
// type, so that the system itself sends an *os.File (sendfile(2)).
func (c *Conn) ReadFrom(r io.Reader) (sent int64, err error) {
	if c.tls != nil {
		return c.copyFrom(r)
	}
	size := int64(c.out)
	for {
		start := time.Now()
		_ = c.tcp.SetWriteDeadline(start.Add(c.stall))
		n, err := io.Copy(c.tcp, &io.LimitedReader{R: r, N: size})
		c.moved.Add(n)
		sent += n
		switch _, file := r.(syscall.Conn); {
		case file && errors.Is(err, os.ErrDeadlineExceeded) && c.sink.advanced(n): // no byte is lost
		case err != nil || n < size:
			return sent, err
		}
		if sent == n { // it is more than a piece
			c.bound()
		}
		if c.pace == nil {
			size = next(size, time.Since(start))
		} else if err := c.wait(int(n), false); err != nil {
			return sent, err
		}
	}
}

// bound bounds what waits in the system to be sent: what goes out soon after it was read is still in the processor's cache. It
// does not bound what is under way, so a long way to the client costs nothing.
func (c *Conn) bound() {
	if raw, err := c.tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { boundUnsent(int(fd), unsent) })
	}
}

// next returns the size of the next piece, after one that took some time: larger where it costs no sight of the progress.
func next(size int64, took time.Duration) int64 {
	switch {
	case took < 50*time.Millisecond:
		return min(2*size, large)
	case took > time.Second:
		return max(size/2, piece)
	}
	return size
}

// copyFrom sends r to its end from a buffer.
func (c *Conn) copyFrom(r io.Reader) (sent int64, err error) {
	b := buffers.get()
	defer buffers.Put(b)
	for {
		n, err := r.Read(b[:60<<10]) // with the heads of their records they fit into the buffer of wire
		if n > 0 {
			m, err := c.Write(b[:n])
			sent += int64(m)
			if err != nil {
				return sent, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return sent, nil
		case err != nil:
			return sent, err
		}
	}
}

// Content returns what an upload is read from. In the clear it has a method by which the system itself moves the content to a
// file: Splice(*os.File, int64) (int64, error), which is io.CopyN, and may move less.
func (c *Conn) Content() io.Reader {
	if c.tls != nil || c.pace != nil {
		return c
	}
	return spliced{c}
}

type spliced struct{ *Conn }

// Splice moves up to n bytes to a file, and returns after a while with what has come, so that Moved shows it. io.EOF means that
// the client ended the content as it should.
func (c spliced) Splice(to *os.File, n int64) (int64, error) {
	for last := time.Now(); ; {
		_ = c.tcp.SetReadDeadline(time.Now().Add(min(c.stall, glance)))
		m, err := io.CopyN(to, c.tcp, n)
		c.moved.Add(m)
		switch {
		case errors.Is(err, io.EOF):
			c.whole = true
		case errors.Is(err, os.ErrDeadlineExceeded) && m > 0:
			return m, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Since(last) < c.stall:
			continue
		}
		return m, err
	}
}

// glance is how long it takes until Moved shows what has come.
const glance = 100 * time.Millisecond

// Read receives a part of the content. io.EOF means that the client ended it as it should.
func (c *Conn) Read(p []byte) (int, error) {
	p = p[:min(len(p), c.in)]
	_ = c.tcp.SetReadDeadline(time.Now().Add(c.stall))
	n, err := c.read(p)
	c.moved.Add(int64(n))
	switch {
	case c.wire != nil && c.wire.cut && !c.lax && err != nil, errors.Is(err, io.ErrUnexpectedEOF):
		err = ErrCut
	case errors.Is(err, io.EOF):
		c.whole = true
	}
	if n > 0 {
		if err := c.wait(n, true); err != nil {
			return n, err
		}
	}
	return n, err
}

// wait keeps to the pace.
func (c *Conn) wait(n int, up bool) error {
	if c.pace == nil {
		return nil
	}
	return c.pace.Wait(c.ctx, n, up)
}

// Finish ends a transfer that is whole: the client can see that it is (close_notify, FIN), and its
// system has all of it. Of an upload the client must have ended its side; ErrCut says that it has not. Before Finish waits for
// the client's system, it calls wait.
func (c *Conn) Finish(wait func()) error {
	switch {
	case c.ends:
		if err := c.awaitEnd(); err != nil {
			return err
		}
	case c.up && !c.whole:
		if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
			return ErrCut
		}
	}
	var err error
	if c.tls != nil {
		_ = c.tcp.SetDeadline(time.Now().Add(c.stall))
		defer c.wire.done()
		err = c.tls.CloseWrite()
		c.notified = err == nil
	}
	if c.up { // all is here: a client that has left already misses nothing
		return c.tcp.Close()
	}
	if err == nil {
		err = c.tcp.CloseWrite()
	}
	if err == nil {
		err = c.deliver(wait)
	}
	if c.notified { // a client that has read close_notify has all, and may leave at once: lftp resets the connection
		err = nil
	}
	return errors.Join(err, c.tcp.Close())
}

// Abort ends a transfer with an error, so that the client does not believe that it has all. It may be called again.
func (c *Conn) Abort() { reset(c.tcp) }

// reset closes a connection with an error.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	conn.Close()
}

// pool holds buffers.
type pool struct{ sync.Pool }

type buffer [64 << 10]byte

func (p *pool) get() *buffer {
	if b, ok := p.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

var buffers pool //nolint:gochecknoglobals // what it holds is the same for all
