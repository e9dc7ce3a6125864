package ftpd

import "syscall"

// soOOBInline is SO_OOBINLINE of winsock2.h.
const soOOBInline = 0x100

// inlineUrgent makes urgent bytes, with which clients send ABOR, come in the order of the others.
func inlineUrgent(fd int) {
	_ = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, soOOBInline, 1)
}

// alive reports that the client is there. Go has no call by which Windows would say more without taking bytes of the
// connection; nothing is uploaded there (tree.Folder).
func (*control) alive() bool { return true }
