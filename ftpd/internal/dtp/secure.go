package dtp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Binding binds data connections to the TLS session of one control connection (RFC 4217 section 10.3): a data connection
// that resumes that session comes from the same client, whoever else shares its address. Each ticket that the control
// connection or one of its data connections issues carries the tag of the binding, encrypted, and only tickets with the tag
// are resumed. It holds for tickets of TLS 1.2 and 1.3 alike. The server keeps no tickets. One data connection at a time uses
// it.
type Binding struct {
	base *tls.Config // of the server; it has the keys of all tickets
	tag  []byte

	last  [sha256.Size]byte // hash of the last ticket that was resumed
	again bool              // the client has used a ticket twice, so it needs no new ones
}

// NewBinding returns the binding of a new control connection. All bindings of a server share base.
func NewBinding(base *tls.Config) *Binding {
	tag := make([]byte, 16)
	_, _ = rand.Read(tag) // it never fails
	return &Binding{base: base, tag: tag}
}

// Control returns the configuration of the control connection. It resumes no session, so that each control connection has
// tickets of its own.
func (b *Binding) Control() *tls.Config {
	config := b.base.Clone()
	config.WrapSession = b.wrap
	config.UnwrapSession = func([]byte, tls.ConnectionState) (*tls.SessionState, error) { return nil, nil }
	return config
}

// wrap makes a ticket with the tag.
func (b *Binding) wrap(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
	session.Extra = append(session.Extra, b.tag)
	return b.base.EncryptTicket(state, session)
}

// unwrap opens a ticket; nil if it is not one of this binding, or none.
func (b *Binding) unwrap(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
	session, err := b.base.DecryptTicket(ticket, state)
	if err != nil || session == nil {
		return nil, err
	}
	for _, extra := range session.Extra {
		if string(extra) == string(b.tag) {
			hash := sha256.Sum256(ticket)
			b.again, b.last = b.again || hash == b.last, hash
			return session, nil
		}
	}
	return nil, nil
}

// ErrNoResume is the error of a data connection that begins a TLS session of its own where it must resume that
// of the control connection.
var ErrNoResume = errors.New("the data connection does not resume the TLS session of the control connection")

// secure puts TLS on a data connection. The server of FTP is the server of TLS on all of them. A connection that resumes
// nothing gets no ticket with the tag: it may be anyone's.
func (b *Binding) secure(ctx context.Context, conn net.Conn, up, resume bool) (*tls.Conn, *wire, error) {
	w := &wire{Conn: conn}
	config := b.base.Clone()
	config.UnwrapSession = b.unwrap
	config.WrapSession = func(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		w.ticket, w.hold = state.Version >= tls.VersionTLS13, up && b.again
		if !state.DidResume {
			return b.base.EncryptTicket(state, session)
		}
		return b.wrap(state, session)
	}
	secured := tls.Server(w, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoTLS, err)
	}
	if resume && !secured.ConnectionState().DidResume {
		return nil, nil, ErrNoResume
	}
	return secured, w, nil
}

// ErrNoTLS is the error of a data connection on which TLS does not come about.
var ErrNoTLS = errors.New("TLS handshake on the data connection")

// wire is what is below the TLS of a data connection. It is of one goroutine.
//
// Many clients do not read on a connection on which they send. Unread bytes at the end make their systems reset the
// connection, and the end of the upload is lost. Such bytes may be a ticket of TLS 1.3, the last record of the server's
// first flight. But some clients use a ticket only once (those with OpenSSL), and need a new one from each
// connection; they read before they close. So the ticket goes in one write with the record before it, which no client leaves
// unread, and most take both at once. Of a client that uses tickets again it is held back until the client has sent all: the
// next write, that of close_notify, sends it.
type wire struct {
	net.Conn
	ticket bool   // the next write ends in a ticket
	hold   bool   // which is held back
	held   []byte // the ticket that is
	cut    bool   // the client has ended the connection below TLS; crypto/tls itself takes that for the end of the content

	ahead       *buffer // what has been read and not been asked for is ahead[from:to]
	from, to    int
	out         *buffer // out[:n] is written and not sent, if it gathers
	n           int
	isGathering bool
}

// Read reads as much at once as has arrived: crypto/tls asks for a record at a time.
func (w *wire) Read(p []byte) (int, error) {
	if w.from == w.to {
		if w.ahead == nil {
			w.ahead = buffers.get()
		}
		n, err := w.Conn.Read(w.ahead[:])
		w.from, w.to = 0, n
		if n == 0 || err != nil {
			w.cut = w.cut || errors.Is(err, io.EOF)
			return 0, err
		}
	}
	n := copy(p, w.ahead[w.from:w.to])
	w.from += n
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	all := len(p)
	if w.ticket {
		w.ticket = false
		before, last := lastRecords(p)
		if w.hold {
			w.held, p = append(w.held, p[last:]...), p[:last]
		} else if _, err := w.Conn.Write(p[:before]); err != nil {
			return 0, err
		} else {
			p = p[before:]
		}
	} else if len(w.held) > 0 {
		p, w.held = append(w.held, p...), nil
	}
	if w.isGathering && w.n+len(p) <= len(w.out) {
		w.n += copy(w.out[w.n:], p)
		return all, nil
	}
	if err := w.send(p); err != nil {
		return 0, err
	}
	return all, nil
}

// gather keeps what is written until flush: crypto/tls writes a record at a time.
func (w *wire) gather() {
	if w.out == nil {
		w.out = buffers.get()
	}
	w.isGathering = true
}

// flush sends what was gathered.
func (w *wire) flush() error {
	w.isGathering = false
	return w.send(nil)
}

// send sends what was gathered, and p.
func (w *wire) send(p []byte) error {
	if w.n > 0 {
		n := w.n
		w.n = 0
		if _, err := w.Conn.Write(w.out[:n]); err != nil {
			return err
		}
	}
	if len(p) == 0 {
		return nil
	}
	_, err := w.Conn.Write(p)
	return err
}

// done gives the buffers back. Nothing is read or written any more.
func (w *wire) done() {
	for _, b := range []*buffer{w.ahead, w.out} {
		if b != nil {
			buffers.Put(b)
		}
	}
	w.ahead, w.out, w.from, w.to = nil, nil, 0, 0
}

// header is the length of what precedes each record: its type, a version and its length (RFC 8446 section 5.1).
const header = 5

// lastRecords returns where the last two records of p begin; len(p) if p is not made of whole records.
func lastRecords(p []byte) (before, last int) {
	for at := 0; at < len(p); {
		if len(p)-at < header {
			return len(p), len(p)
		}
		before, last = last, at
		at += header + int(binary.BigEndian.Uint16(p[at+header-2:]))
		if at > len(p) {
			return len(p), len(p)
		}
	}
	return before, last
}
