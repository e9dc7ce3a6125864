//go:build unix

package ftpd

import (
	"errors"
	"syscall"
)

// inlineUrgent makes urgent bytes, with which clients send ABOR, come in the order of the others.
func inlineUrgent(fd int) {
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_OOBINLINE, 1)
}

// alive reports whether the client has not closed the connection yet, as far as the system knows. Any goroutine may call
// it. When a client dies, the system closes all of its connections; so the end of an upload says that it is whole only as
// long as the control connection is there.
func (c *control) alive() bool {
	n, err := 1, error(nil)
	onSocket(c.conn, func(fd int) {
		n, _, err = syscall.Recvfrom(fd, make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return n > 0 && err == nil || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
}
