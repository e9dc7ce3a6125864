package catalogue

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"trawl/index"
	"trawl/web/gateway"
)

// The sizes for reads that do not go on where the last one ended, as those of programs that mount a tree.
const (
	skipped = 1 << 20   // bytes that are read and dropped to go forward; beyond, the file is opened anew
	window  = 512 << 10 // bytes before the next one that are held to go back
)

// idleTime is how long a file that nobody reads keeps its transfer.
const idleTime = 30 * time.Second

// file is a file of a host that is open. The transfer begins with the first Read. It is for one goroutine, but for Interrupt.
type file struct {
	info info
	open func(offset int64) (*gateway.Opened, error)
	end  context.CancelFunc // ends what open has begun

	mu     sync.Mutex // guards what follows, against the timer
	pos    int64      // of the next byte that Read returns
	body   *gateway.Opened
	at     int64  // of the next byte of body
	sought bool   // it is not read in its order alone, so that held is of use
	held   []byte // the bytes before at
	idle   *time.Timer
}

var (
	_ fs.File   = (*file)(nil)
	_ io.Seeker = (*file)(nil)
)

// errOff is the error where no files are given.
var errOff = &failure{fs.ErrPermission, "Files of other hosts are not given here: fetch it from its host."}

// openFile returns a file of a host. It asks nobody yet.
func (t *tree) openFile(n *node) *file {
	ctx, end := context.WithCancel(context.Background())
	at := n.place
	return &file{info: n.info, end: end, open: func(offset int64) (*gateway.Opened, error) {
		if t.opt.Files == nil {
			return nil, errOff
		}
		return t.opt.Files.Open(ctx, t.addr, at.host, at.path, offset)
	}}
}

// Stat describes the file. A size that the catalogue does not know is known once the host has said it.
func (f *file) Stat() (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.info
	if i.size == index.UnknownSize && f.body != nil {
		i.size = f.body.Size()
	}
	return i, nil
}

// Seek moves as io.Seeker says. The end is known where the size is.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		if f.info.size == index.UnknownSize {
			return 0, failed("seek", f.info.name, errors.ErrUnsupported)
		}
		offset += f.info.size
	default:
		return 0, failed("seek", f.info.name, fs.ErrInvalid)
	}
	if offset < 0 {
		return 0, failed("seek", f.info.name, fs.ErrInvalid)
	}
	f.sought = f.sought || f.body != nil && offset != f.pos
	f.pos = offset
	return offset, nil
}

// Read reads from the best place that has the file.
func (f *file) Read(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pos > 0 && f.info.size != index.UnknownSize && f.pos >= f.info.size {
		return 0, io.EOF
	}
	if n := f.again(b); n > 0 {
		return n, nil
	}
	err := f.align()
	if err != nil {
		f.drop()
		return 0, err
	}
	n, err := f.body.Read(b)
	f.pass(b[:n])
	f.pos = f.at
	if err != nil {
		f.drop()
	} else {
		f.wait()
	}
	return n, err
}

// again returns bytes that were read before, if they are held.
func (f *file) again(b []byte) int {
	back := f.at - f.pos
	if f.body == nil || back <= 0 || back > int64(len(f.held)) {
		return 0
	}
	n := copy(b, f.held[int64(len(f.held))-back:])
	f.pos += int64(n)
	return n
}

// align opens the file, or goes forward in it, so that pos is the next byte.
func (f *file) align() (err error) {
	if gap := f.pos - f.at; f.body != nil && (gap < 0 || gap > skipped) {
		f.drop()
	}
	if f.body == nil {
		f.body, err = f.open(f.pos)
		f.at, f.held = f.pos, nil
		return err
	}
	var some [32 << 10]byte
	for f.at < f.pos {
		n, err := f.body.Read(some[:min(int64(len(some)), f.pos-f.at)])
		f.pass(some[:n])
		if err != nil {
			return err
		}
	}
	return nil
}

// pass records bytes that came.
func (f *file) pass(b []byte) {
	f.at += int64(len(b))
	if !f.sought {
		return
	}
	if over := len(f.held) + len(b) - window; over > 0 {
		f.held = append(f.held[:0], f.held[min(over, len(f.held)):]...)
	}
	f.held = append(f.held, b[max(0, len(b)-window):]...)
}

// wait ends the transfer if nobody reads for long. The next Read begins another one.
func (f *file) wait() {
	if f.idle == nil {
		f.idle = time.AfterFunc(idleTime, func() {
			if f.mu.TryLock() {
				defer f.mu.Unlock()
				f.drop()
			}
		})
		return
	}
	f.idle.Reset(idleTime)
}

// drop ends the transfer. f.mu is held.
func (f *file) drop() {
	if f.idle != nil {
		f.idle.Stop()
	}
	if f.body != nil {
		_ = f.body.Close() // it was only read
		f.body, f.held = nil, nil
	}
}

// Interrupt ends a Read that waits for a host. No Read has more bytes then.
func (f *file) Interrupt() { f.end() }

// Close ends the transfer.
func (f *file) Close() error {
	f.end()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop()
	return nil
}
