package dtp

import (
	"errors"
	"net"
	"os"
	"time"
)

// patient is a connection whose writes fail when the client has taken nothing for Stall. A slow client is no such: the
// system's buffer, which may have megabytes, can take longer than that to have room again.
type patient struct {
	*net.TCPConn
	stall time.Duration
	acked uint64 // bytes that the client had taken when it was asked last
}

func (p *patient) Write(b []byte) (sent int, err error) {
	for {
		_ = p.SetWriteDeadline(time.Now().Add(p.stall))
		n, err := p.TCPConn.Write(b[sent:])
		sent += n
		if !errors.Is(err, os.ErrDeadlineExceeded) || !p.advanced(int64(n)) {
			return sent, err
		}
	}
}

// advanced reports whether the client has taken anything since it was asked last. n bytes have gone to the system since.
func (p *patient) advanced(n int64) bool {
	acked := p.taken()
	before := p.acked
	p.acked = acked
	return n > 0 || acked > before
}

// taken returns how many bytes the client has acknowledged.
func (p *patient) taken() (n uint64) {
	raw, err := p.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { // a connection that is closed has taken nothing
		n = acked(int(fd))
	})
	return n
}
