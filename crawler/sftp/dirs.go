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
// reads a directory whole, however large it is. Its methods may be called from
// several goroutines.
type dirs struct {
	channel *ssh.Session
	in      io.Reader

	writing sync.Mutex // held by who writes a packet
	out     io.WriteCloser

	mu      sync.Mutex // guards what follows
	last    uint32     // number of the last request
	waiting map[uint32]chan packet
	failed  error // why nothing more comes
}

// packet is an answer: its kind, and what follows the number of the request.
type packet struct {
	kind byte
	rest fields
}

// The kinds of packets that are used (draft-ietf-secsh-filexfer-02, section 3), and
// the largest one that is taken in.
const (
	fxpInit, fxpVersion                 = 1, 2
	fxpClose, fxpOpendir, fxpReaddir    = 4, 11, 12
	fxpStatus, fxpHandle, fxpName       = 101, 102, 104
	fxEOF, fxNoSuchFile, fxNoPermission = 1, 2, 3

	maxPacket = 256 << 10
)

// openDirs begins a session.
func openDirs(client *ssh.Client) (d *dirs, err error) {
	d = &dirs{waiting: map[uint32]chan packet{}}
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
		return 0, nil, fmt.Errorf("%w: a packet of %d bytes", crawler.ErrBroken, size)
	}
	body = make(fields, size-1)
	_, err = io.ReadFull(d.in, body)
	return head[4], body, err
}

// run hands answers to who waits for them, until the connection ends.
func (d *dirs) run() {
	for {
		kind, body, err := d.receive()
		if err == nil && len(body) < 4 {
			err = io.ErrUnexpectedEOF
		}
		d.mu.Lock()
		if err != nil {
			d.failed = err
			for _, answer := range d.waiting {
				close(answer)
			}
			d.waiting = nil
			d.mu.Unlock()
			return
		}
		id := body.number()
		answer := d.waiting[id]
		delete(d.waiting, id)
		d.mu.Unlock()
		if answer != nil {
			answer <- packet{kind, body}
		}
	}
}

// ask sends a request about a path or a handle and waits for the answer.
func (d *dirs) ask(ctx context.Context, kind byte, about string) (packet, error) {
	answer := make(chan packet, 1)
	d.mu.Lock()
	if d.failed != nil {
		d.mu.Unlock()
		return packet{}, d.failed
	}
	d.last++
	id := d.last
	d.waiting[id] = answer
	d.mu.Unlock()
	b := binary.BigEndian.AppendUint32(nil, uint32(1+4+4+len(about)))
	b = binary.BigEndian.AppendUint32(append(b, kind), id)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(about))), about...)
	d.writing.Lock()
	_, err := d.out.Write(b)
	d.writing.Unlock()
	if err != nil {
		return packet{}, err
	}
	select {
	case p, ok := <-answer:
		if !ok {
			return p, d.failed // is set before the channel is closed
		}
		return p, nil
	case <-ctx.Done():
		return packet{}, context.Cause(ctx)
	}
}

// open returns the handle of a directory.
func (d *dirs) open(ctx context.Context, dir index.Path) (handle string, err error) {
	p, err := d.ask(ctx, fxpOpendir, string(dir))
	if err == nil && p.kind != fxpHandle {
		err = p.failure()
	}
	return string(p.rest.text()), err
}

// read returns the next entries, and how many bytes they took. io.EOF is the end.
func (d *dirs) read(ctx context.Context, handle string) (entries []attributes, size int, err error) {
	p, err := d.ask(ctx, fxpReaddir, handle)
	if err == nil && p.kind != fxpName {
		err = p.failure()
	}
	if err != nil {
		return nil, 0, err
	}
	size = len(p.rest)
	for range p.rest.number() {
		name := string(p.rest.text())
		p.rest.text() // the line that ls would print
		a := p.rest.attributes()
		if p.rest == nil {
			return entries, size, fmt.Errorf("%w: a packet of entries is cut", crawler.ErrBroken)
		}
		if a.name = name; name != "." && name != ".." {
			entries = append(entries, a)
		}
	}
	return entries, size, nil
}

// close gives a handle back.
func (d *dirs) close(ctx context.Context, handle string) {
	_, _ = d.ask(ctx, fxpClose, handle) // all that was wanted was read
}

// failure is the error that an answer tells which is not the one that is wanted.
func (p packet) failure() error {
	if p.kind != fxpStatus {
		return fmt.Errorf("%w: an answer of kind %d", crawler.ErrBroken, p.kind)
	}
	switch code := p.rest.number(); code {
	case fxEOF:
		return io.EOF
	case fxNoSuchFile:
		return fs.ErrNotExist
	case fxNoPermission:
		return fs.ErrPermission
	default:
		return fmt.Errorf("%w: %s", &sftp.StatusError{Code: code}, index.Visible(string(p.rest.text())))
	}
}

// attributes are what READDIR tells of a file; see section 5.
type attributes struct {
	name       string
	size       uint64
	mode, time uint32
	sized      bool
}

// fields reads the fields of a packet one after the other. It is nil once one is
// missing.
type fields []byte

func (f *fields) take(n uint64) []byte {
	if n > uint64(len(*f)) {
		*f = nil
		return nil
	}
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fields) number() uint32 {
	if b := f.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (f *fields) text() []byte { return f.take(uint64(f.number())) }

func (f *fields) attributes() (a attributes) {
	flags := f.number()
	if flags&1 != 0 {
		if b := f.take(8); b != nil {
			a.size, a.sized = binary.BigEndian.Uint64(b), true
		}
	}
	if flags&2 != 0 {
		f.take(8) // the owner and the group
	}
	if flags&4 != 0 {
		a.mode = f.number()
	}
	if flags&8 != 0 {
		f.take(4) // when it was read
		a.time = f.number()
	}
	if flags>>31 != 0 {
		for range f.number() {
			f.text()
			f.text()
			if *f == nil {
				break
			}
		}
	}
	return a
}

var errChannel = errors.New("it allows no second channel")
