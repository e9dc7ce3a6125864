package dtp

import (
	"net"
	"os"
	"time"
)

// deliver waits until the client's system has all that was sent, behind which FIN was sent. So a reply that says that a
// transfer is whole is true, and comes after the content: aria2 waits for ever for a reply that it read too early. The wait fails if
// nothing is acknowledged within Stall, or if the client resets the connection. Before it begins, deliver calls wait.
func (c *Conn) deliver(wait func()) error {
	raw, err := c.tcp.SyscallConn()
	if err != nil {
		return err
	}
	least, since, pause := -1, time.Now(), 50*time.Microsecond
	for {
		var left int
		var failure error
		if err := raw.Control(func(fd uintptr) { left, failure = unacked(int(fd)) }); err != nil {
			return err
		}
		switch {
		case failure != nil:
			return &net.OpError{Op: "deliver", Net: "tcp", Err: os.NewSyscallError("write", failure)}
		case left <= 1: // FIN may wait for the client's own
			return nil
		case least < 0 || left < least:
			least, since = left, time.Now()
		case time.Since(since) > c.stall:
			return os.ErrDeadlineExceeded
		}
		wait()
		time.Sleep(pause)
		pause = min(2*pause, 20*time.Millisecond)
	}
}
