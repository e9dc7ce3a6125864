package tree

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// dirents reads a folder on disk by getdents64(2) and fstatat(2), relative to the open folder: nothing can put another
// folder in its place meanwhile. It makes one string of all names that come at once, and nothing else.
type dirents struct {
	f   *os.File
	fd  int
	buf []byte
}

// direntsSize is how much is read at once. It is what glibc takes.
const direntsSize = 32 << 10

func newDirents(f *os.File) *dirents { return &dirents{f: f, fd: int(f.Fd())} }

// The form of struct linux_dirent64.
const (
	lengthAt = 16
	nameAt   = 19
)

func (d *dirents) append(list []Entry) ([]Entry, error) {
	if d.buf == nil {
		d.buf = make([]byte, direntsSize)
	}
	n := 0
	err := retry(func() (err error) {
		n, err = unix.Getdents(d.fd, d.buf)
		return err
	})
	if err != nil {
		return list, err
	}
	if n <= 0 {
		return list, io.EOF
	}
	text := string(d.buf[:n])
	for at := 0; at+nameAt < n; {
		length := int(binary.NativeEndian.Uint16(d.buf[at+lengthAt:]))
		if length <= nameAt || at+length > n {
			return list, syscall.EIO // it is no struct linux_dirent64
		}
		name := text[at+nameAt : at+length]
		if end := bytes.IndexByte(d.buf[at+nameAt:at+length], 0); end >= 0 {
			name = name[:end]
		}
		if name != "." && name != ".." {
			list = append(list, Entry{Name: name})
		}
		at += length
	}
	return list, nil
}

func (d *dirents) describe(e *Entry, c Clock, scratch *info) error {
	err := retry(func() error { return unix.Fstatat(d.fd, e.Name, &scratch.st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return err
	}
	st := &scratch.st
	e.Mode, e.Size, e.Time, e.Ident, e.described = scratch.Mode(), st.Size, c.of(st), Ident{st.Dev, st.Ino}, true
	return nil
}

// target returns where a link leads. A link is no longer than a path.
func (d *dirents) target(name string) (string, error) {
	buf := make([]byte, maxPath+1)
	n := 0
	err := retry(func() (err error) {
		n, err = unix.Readlinkat(d.fd, name, buf)
		return err
	})
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}
