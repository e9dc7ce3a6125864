package dtp

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Sender sends over a connection that others read. Sending fails when the client has taken nothing for some time. It is
// for one goroutine.
type Sender struct {
	sink patient
	size int64 // of the next piece of a file
}

// NewSender returns a Sender over a connection, whose write deadline it sets.
func NewSender(tcp *net.TCPConn, stall time.Duration) *Sender {
	return &Sender{patient{TCPConn: tcp, stall: stall}, piece}
}

// Write sends b.
func (s *Sender) Write(b []byte) (int, error) { return s.sink.Write(b) }

// SendFile sends a piece of at most n bytes of a file by the system itself (sendfile(2)). It returns 0 and no error at the end of the
// file, and less than n otherwise too: the caller asks again.
func (s *Sender) SendFile(f *os.File, n int64) (int64, error) {
	start := time.Now()
	for {
		_ = s.sink.SetWriteDeadline(time.Now().Add(s.sink.stall))
		sent, err := s.sink.ReadFrom(&io.LimitedReader{R: f, N: min(n, s.size)})
		if errors.Is(err, os.ErrDeadlineExceeded) && s.sink.advanced(sent) { // no byte is lost
			if sent == 0 {
				continue
			}
			err = nil
		}
		s.size = next(s.size, time.Since(start))
		return sent, err
	}
}
