package main

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// inheritedPrefix begins an address that is no address: "socket:ftp" is the socket that the service manager has opened and
// calls ftp.
const inheritedPrefix = "socket:"

// firstInherited is the first descriptor that systemd passes to a service (sd_listen_fds(3)).
const firstInherited = 3

// inherited returns the listener of a name that whoever started this process has opened for it (socket activation). The
// process then needs no right to open it. It is taken once.
func inherited(name string) (net.Listener, error) {
	count, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	i := slices.Index(strings.Split(os.Getenv("LISTEN_FDNAMES"), ":"), name)
	if err != nil || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || i < 0 || i >= count {
		return nil, fmt.Errorf("nobody hands over a socket %q: the socket unit of systemd needs FileDescriptorName=%s", name, name)
	}
	fd := firstInherited + i
	closeOnExec(fd)
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("take over the socket %q: %w", name, err)
	}
	return l, nil
}
