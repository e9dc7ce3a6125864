package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// socketName is the name of the socket in a data directory.
const socketName = "trawl.sock"

// ErrNoServer says that no process serves a directory.
var ErrNoServer = errors.New("no trawl serves it")

// pathLimit is the longest path of a Unix socket, in bytes (unix(7)).
const pathLimit = 107

// Listen opens the socket of a data directory for its owner alone. The caller must hold
// the directory, since Listen replaces a socket that a killed server left. Closing the
// listener removes the socket.
func Listen(ctx context.Context, dir string) (net.Listener, error) {
	return ListenAs(ctx, dir, socketName)
}

// ListenAs is Listen for another socket of the directory.
func ListenAs(ctx context.Context, dir, name string) (net.Listener, error) {
	path := filepath.Join(dir, name)
	if len(path) > pathLimit {
		return nil, fmt.Errorf("listen on %s: the path is longer than %d bytes; choose a shorter data directory", path, pathLimit)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect socket: %w", err), l.Close())
	}
	return l, nil
}

// dial connects to the socket of dir. ErrNoServer if no process serves it.
func dial(ctx context.Context, dir string) (net.Conn, error) { return DialAs(ctx, dir, socketName) }

// DialAs connects to a socket of ListenAs. ErrNoServer if no process serves it.
func DialAs(ctx context.Context, dir, name string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("open %s: %w", dir, ErrNoServer)
	}
	return conn, err
}
