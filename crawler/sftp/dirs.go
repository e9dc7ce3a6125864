package sftp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/index"
)

// dirs reads directories a packet at a time, over a channel of its own: pkg/sftp
// reads a directory whole, however large it is, and waits for each answer before it
// asks again. Its methods may be called from several goroutines.
type dirs struct {
	channel *ssh.Session
	in      io.Reader
	out     io.WriteCloser
	queue   chan []byte   // packets that are to be written
	over    chan struct{} // closed when nothing more comes
	taken   chan struct{} // gets a token when an answer was taken or given up

	mu      sync.Mutex // guards the fields below
	last    uint32     // number of the last request
	waiting map[uint32]chan packet
	failed  error // why nothing more comes; an ErrGone
	room    int   // bytes for answers to READDIRs that are sent ahead
	typical int   // bytes of the largest such answer so far
	held    int   // bytes of answers that wait to be taken
}

// packet is an answer: its kind, and what follows the number of the request.
type packet struct {
	kind byte
	rest fields
}

// The kinds of packets that are used (draft-ietf-secsh-filexfer-02, section 3).
const (
	fxpInit, fxpVersion                 = 1, 2
	fxpClose, fxpOpendir, fxpReaddir    = 4, 11, 12
	fxpStatus, fxpHandle, fxpName       = 101, 102, 104
	fxEOF, fxNoSuchFile, fxNoPermission = 1, 2, 3
)

// The largest packet that is accepted, which is also that of OpenSSH's client, and
// the longest handle (section 6.2).
const (
	maxPacket = 256 << 10
	maxHandle = 256
)

// The answers after which no entry comes: the end of the directory, and a packet that
// is not whole.
var (
	errEnd = errors.New("the directory ends")
	errCut = errors.New("a packet of names is cut")
)

// openDirs begins a session.
func openDirs(client *ssh.Client) (d *dirs, err error) {
	d = &dirs{
		waiting: map[uint32]chan packet{}, queue: make(chan []byte, 256), over: make(chan struct{}),
		taken: make(chan struct{}, 1), room: aheadBytes, typical: aheadBytes / 64,
	}
	if d.channel, err = client.NewSession(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.channel.Close() //nolint:errcheck // it is of no use
		}
	}()
	if d.in, err = d.channel.StdoutPipe(); err != nil {
		return nil, err
	}
	if d.out, err = d.channel.StdinPipe(); err != nil {
		return nil, err
	}
	if err = d.channel.RequestSubsystem("sftp"); err != nil {
		return nil, err
	}
	if _, err = d.out.Write([]byte{0, 0, 0, 5, fxpInit, 0, 0, 0, 3}); err != nil {
		return nil, err
	}
	kind, _, err := d.receive()
	if err == nil && kind != fxpVersion {
		err = fmt.Errorf("packet of kind %d for a version", kind)
	}
	return d, err
}

// receive reads a packet.
func (d *dirs) receive() (kind byte, body fields, err error) {
	var head [5]byte
	if _, err := io.ReadFull(d.in, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 1 || size > maxPacket {
		return 0, nil, fmt.Errorf("a packet of %d bytes", size)
	}
	body = make(fields, size-1)
	_, err = io.ReadFull(d.in, body)
	return head[4], body, err
}

// run hands answers to those who wait for them, until the connection ends, the server
// sends something that is not SFTP, or life is done.
func (d *dirs) run(life context.Context) {
	for {
		err := d.untilTaken(life)
		var kind byte
		var body fields
		if err == nil {
			kind, body, err = d.receive()
		}
		if err == nil {
			err = d.deliver(kind, body)
		}
		if err != nil {
			d.fail(err)
			return
		}
	}
}

// untilTaken waits while as many answers wait to be taken as are allowed.
func (d *dirs) untilTaken(life context.Context) error {
	for d.full() {
		select {
		case <-d.taken:
		case <-life.Done():
			return context.Cause(life)
		}
	}
	return nil
}

// full reports whether no more may be read until answers are taken.
func (d *dirs) full() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held > aheadBytes
}

// deliver hands over an answer. One that nobody waits for any more is dropped.
func (d *dirs) deliver(kind byte, body fields) error {
	if len(body) < 4 {
		return fmt.Errorf("a packet of %d bytes", 1+len(body))
	}
	id := body.number()
	d.mu.Lock()
	defer d.mu.Unlock()
	if id > d.last {
		return fmt.Errorf("an answer to request %d, and %d were made", id, d.last)
	}
	if answer := d.waiting[id]; answer != nil {
		delete(d.waiting, id)
		d.held += len(body)
		answer <- packet{kind, body}
	}
	return nil
}

// fail ends all requests with err.
func (d *dirs) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = fmt.Errorf("%w: %w", crawler.ErrGone, err)
	d.waiting = nil
	close(d.over)
}

// write writes the queued packets until run has ended or the connection cannot be
// written to. In the latter case run ends too, after the answers that came before.
func (d *dirs) write() {
	for {
		select {
		case b := <-d.queue:
			if _, err := d.out.Write(b); err != nil {
				return
			}
		case <-d.over:
			return
		}
	}
}

// request is a request that was made.
type request struct {
	id     uint32
	answer chan packet
	room   int // bytes reserved for the answer
}

// send makes a request about a path or a handle.
func (d *dirs) send(ctx context.Context, kind byte, about string) (request, error) {
	r := request{answer: make(chan packet, 1)}
	d.mu.Lock()
	if d.failed != nil {
		d.mu.Unlock()
		return r, d.failed
	}
	d.last++
	r.id = d.last
	d.waiting[r.id] = r.answer
	d.mu.Unlock()
	b := binary.BigEndian.AppendUint32(nil, uint32(1+4+4+len(about)))
	b = binary.BigEndian.AppendUint32(append(b, kind), r.id)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(about))), about...)
	select {
	case d.queue <- b:
		return r, nil
	default:
	}
	select {
	case d.queue <- b:
		return r, nil
	case <-d.over:
		return r, d.failed // is set before over is closed
	case <-ctx.Done():
		d.forget(r)
		return r, context.Cause(ctx)
	}
}

// wait returns the answer to a request.
func (d *dirs) wait(ctx context.Context, r request) (packet, error) {
	select {
	case p := <-r.answer:
		d.release(len(p.rest))
		return p, nil
	default:
	}
	select {
	case p := <-r.answer:
		d.release(len(p.rest))
		return p, nil
	case <-d.over:
		return packet{}, d.failed
	case <-ctx.Done():
		d.forget(r)
		return packet{}, context.Cause(ctx)
	}
}

// forget gives up requests whose answers nobody needs.
func (d *dirs) forget(all ...request) {
	d.mu.Lock()
	for _, r := range all {
		delete(d.waiting, r.id)
	}
	d.mu.Unlock()
	for _, r := range all { // none of their answers comes any more
		select {
		case p := <-r.answer:
			d.release(len(p.rest))
		default:
		}
	}
}

// release subtracts an answer that no longer waits from those that are held.
func (d *dirs) release(size int) {
	d.mu.Lock()
	d.held -= size
	d.mu.Unlock()
	select {
	case d.taken <- struct{}{}:
	default:
	}
}

// open returns the handle of a directory.
func (d *dirs) open(ctx context.Context, dir index.Path) (handle string, err error) {
	r, err := d.send(ctx, fxpOpendir, string(dir))
	if err != nil {
		return "", err
	}
	p, err := d.wait(ctx, r)
	if err == nil && p.kind != fxpHandle {
		err = p.failure()
	}
	if err != nil {
		return "", err
	}
	b := p.rest.text()
	if p.rest == nil || len(b) > maxHandle {
		return "", errors.New("it answers with no handle")
	}
	return string(b), nil
}

// close gives a handle back and does not wait for the answer. When ctx is done, it
// gives the handle back only if the request can be sent at once.
func (d *dirs) close(ctx context.Context, handle string) {
	if r, err := d.send(ctx, fxpClose, handle); err == nil {
		d.forget(r)
	}
}

// names reads an answer to READDIR. At the end of the directory the error is errEnd.
// If the packet breaks off, the error comes with the entries before.
func (p packet) names() (entries []attributes, err error) {
	if p.kind != fxpName {
		return nil, p.failure()
	}
	count := p.rest.number()
	if p.rest == nil {
		return nil, errCut
	}
	for range count {
		name := string(p.rest.text())
		p.rest.text() // the line that ls would print
		a := p.rest.attributes()
		if p.rest == nil {
			return entries, errCut
		}
		if a.name = name; name != "." && name != ".." {
			entries = append(entries, a)
		}
	}
	return entries, nil
}

// failure returns the error that an unwanted answer stands for.
func (p packet) failure() error {
	if p.kind != fxpStatus {
		return fmt.Errorf("an answer of kind %d", p.kind)
	}
	switch code := p.rest.number(); code {
	case fxEOF:
		return errEnd
	case fxNoSuchFile:
		return fs.ErrNotExist
	case fxNoPermission:
		return fs.ErrPermission
	default:
		return fmt.Errorf("%w: %s", &sftp.StatusError{Code: code}, index.Visible(string(p.rest.text())))
	}
}
