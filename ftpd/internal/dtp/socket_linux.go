package dtp

import (
	"bytes"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// acked returns how many bytes the other end of a TCP connection has acknowledged.
func acked(fd int) uint64 {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0
	}
	return info.Bytes_acked
}

// connected reports whether a client has connected to a listener, so that accept(2) does not wait.
func connected(fd int) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return err == nil && n == 1
}

// systemPorts returns the ports that the system gives to those who ask for any; both 0 if it keeps some of them back.
func systemPorts() (r Ports) {
	kept, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_reserved_ports")
	if err != nil || len(bytes.TrimSpace(kept)) > 0 {
		return Ports{}
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return Ports{}
	}
	if _, err := fmt.Sscan(string(text), &r.First, &r.Last); err != nil || r.Check() != nil {
		return Ports{}
	}
	return r
}

// unacked returns how many bytes the other end has yet to acknowledge, the FIN among them, or why it never will.
func unacked(fd int) (int, error) {
	if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err == nil && code != 0 {
		return 0, syscall.Errno(code)
	}
	return unix.IoctlGetInt(fd, unix.TIOCOUTQ)
}

// boundUnsent bounds the bytes of a TCP connection that wait to be sent. Without it all works, but slower.
func boundUnsent(fd, bytes int) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes)
}
