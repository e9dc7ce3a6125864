package sftp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"trawl/crawler"
)

// dialogue is an SFTP session: requests, and the answers that come in any order. A library
// would read a directory whole, however large it is, and wait for each answer before it
// asks again. Its methods may be called from several goroutines.
type dialogue struct {
	channel *ssh.Session
	in      io.Reader
	out     io.WriteCloser
	queue   chan []byte   // packets that are to be written
	over    chan struct{} // closed when nothing more comes
	taken   chan struct{} // gets a token when an answer was taken or given up

	mu      sync.Mutex // guards the fields below
	last    uint32     // number of the last request
	waiting map[uint32]request
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

// The largest packet that is accepted, which is also that of OpenSSH's client.
const maxPacket = 256 << 10

// openDialogue begins a session.
func openDialogue(client *ssh.Client) (d *dialogue, err error) {
	d = &dialogue{
		waiting: map[uint32]request{}, queue: make(chan []byte, 256), over: make(chan struct{}),
		taken: make(chan struct{}, 1), room: aheadBytes, typical: aheadBytes / 64,
	}
	if d.channel, err = client.NewSession(); err != nil {
		return nil, err
	}
	if err := d.begin(); err != nil {
		d.channel.Close() //nolint:errcheck // it is of no use
		return nil, err
	}
	return d, nil
}

// begin starts SFTP on the channel. The words of a server that has no SFTP come before the error.
func (d *dialogue) begin() (err error) {
	if d.in, err = d.channel.StdoutPipe(); err != nil {
		return err
	}
	if d.out, err = d.channel.StdinPipe(); err != nil {
		return err
	}
	if err = d.channel.RequestSubsystem("sftp"); err != nil {
		d.channel.Close() //nolint:errcheck // it ends the words, which are optional
		words, _ := io.ReadAll(io.LimitReader(d.in, mostWords))
		return fmt.Errorf("%w%s", err, saying(string(words)))
	}
	if _, err = d.out.Write([]byte{0, 0, 0, 5, fxpInit, 0, 0, 0, 3}); err != nil {
		return err
	}
	return d.greet()
}

// greet reads the version that the server speaks. Later versions have other attributes.
func (d *dialogue) greet() error {
	kind, body, err := d.receive()
	version := body.number()
	switch {
	case err != nil:
		return err
	case kind != fxpVersion:
		return fmt.Errorf("packet of kind %d for a version", kind)
	case version > 3:
		return fmt.Errorf("it speaks version %d alone", version)
	}
	return nil
}

// receive reads a packet.
func (d *dialogue) receive() (kind byte, body fields, err error) {
	var head [5]byte
	if _, err := io.ReadFull(d.in, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 1 || size > maxPacket {
		return 0, nil, d.noPacket(head)
	}
	body = make(fields, size-1)
	_, err = io.ReadFull(d.in, body)
	return head[4], body, err
}

// noPacket returns the error of bytes that begin no packet. They are the words of a shell
// where an account has no SFTP, or of a script that the shell runs: those are shown.
func (d *dialogue) noPacket(head [5]byte) error {
	err := fmt.Errorf("a packet of %d bytes", binary.BigEndian.Uint32(head[:]))
	if bytes.ContainsFunc(head[:], func(r rune) bool { return r > '~' || r < ' ' && r != '\r' && r != '\n' }) {
		return err
	}
	more := make([]byte, mostWords)
	n, _ := d.in.Read(more) // the words are optional
	return fmt.Errorf("%w%s", err, saying(string(head[:])+string(more[:n])))
}

// run hands answers to those who wait for them, until the connection ends, the server
// sends something that is not SFTP, or life is done. Then last ends the connection, and
// returns the reason that is shown.
func (d *dialogue) run(life context.Context, last func(error) error) {
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
			d.fail(last(err))
			return
		}
	}
}

// untilTaken waits while as many answers wait to be taken as are allowed.
func (d *dialogue) untilTaken(life context.Context) error {
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
func (d *dialogue) full() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held > aheadBytes
}

// deliver hands over an answer. One that nobody waits for any more is dropped.
func (d *dialogue) deliver(kind byte, body fields) error {
	if len(body) < 4 {
		return fmt.Errorf("a packet of %d bytes", 1+len(body))
	}
	id := body.number()
	d.mu.Lock()
	defer d.mu.Unlock()
	if id > d.last {
		return fmt.Errorf("an answer to request %d, and %d were made", id, d.last)
	}
	if r, ok := d.waiting[id]; ok {
		delete(d.waiting, id)
		if !r.free {
			d.held += len(body)
		}
		r.answer <- packet{kind, body}
	}
	return nil
}

// fail ends all requests with err.
func (d *dialogue) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = fmt.Errorf("%w: %w", crawler.ErrGone, err)
	d.waiting = nil
	close(d.over)
}

// write writes the queued packets until run has ended or the connection cannot be
// written to. In the latter case run ends too, after the answers that came before.
func (d *dialogue) write() {
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
	room   int  // bytes reserved for the answer
	free   bool // the answer is not counted among those that are held
}

// ask makes a request and returns the answer.
func (d *dialogue) ask(ctx context.Context, kind byte, about string, more ...byte) (packet, error) {
	r, err := d.send(ctx, kind, about, more...)
	if err != nil {
		return packet{}, err
	}
	return d.wait(ctx, r)
}

// send makes a request about a path or a handle; more are the fields that follow it.
func (d *dialogue) send(ctx context.Context, kind byte, about string, more ...byte) (request, error) {
	return d.transmit(ctx, request{answer: make(chan packet, 1)}, kind, about, more...)
}

// sendFree makes a request whose answer is not counted among those that are held: who asks
// bounds how many are under way. So a file that nobody reads on does not hold up the others.
func (d *dialogue) sendFree(ctx context.Context, kind byte, about string, more ...byte) (request, error) {
	return d.transmit(ctx, request{answer: make(chan packet, 1), free: true}, kind, about, more...)
}

func (d *dialogue) transmit(ctx context.Context, r request, kind byte, about string, more ...byte) (request, error) {
	d.mu.Lock()
	if d.failed != nil {
		d.mu.Unlock()
		return r, d.failed
	}
	d.last++
	r.id = d.last
	d.waiting[r.id] = r
	d.mu.Unlock()
	b := binary.BigEndian.AppendUint32(nil, uint32(1+4+4+len(about)+len(more)))
	b = binary.BigEndian.AppendUint32(append(b, kind), r.id)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(about))), about...)
	b = append(b, more...)
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
func (d *dialogue) wait(ctx context.Context, r request) (packet, error) {
	select {
	case p := <-r.answer:
		d.release(r, len(p.rest))
		return p, nil
	default:
	}
	select {
	case p := <-r.answer:
		d.release(r, len(p.rest))
		return p, nil
	case <-d.over:
		return packet{}, d.failed
	case <-ctx.Done():
		d.forget(r)
		return packet{}, context.Cause(ctx)
	}
}

// forget gives up requests whose answers nobody needs.
func (d *dialogue) forget(all ...request) {
	d.mu.Lock()
	for _, r := range all {
		delete(d.waiting, r.id)
	}
	d.mu.Unlock()
	for _, r := range all { // none of their answers comes any more
		select {
		case p := <-r.answer:
			d.release(r, len(p.rest))
		default:
		}
	}
}

// release subtracts an answer that no longer waits from those that are held.
func (d *dialogue) release(r request, size int) {
	if r.free {
		return
	}
	d.mu.Lock()
	d.held -= size
	d.mu.Unlock()
	select {
	case d.taken <- struct{}{}:
	default:
	}
}
