package httpd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// maxRanges is how many pieces of a file one answer may have. A client that asks for more gets the whole file (RFC 9110 section 14.2).
const maxRanges = 64

// begin begins to send a file.
func (s *session) begin(a *answer, r *http.Request, p string) {
	a.event = &ftpd.Event{Kind: ftpd.Sent, Path: p}
	before := s.conn.moved.Load()
	s.activity.Moves("get", p, func() int64 { return s.conn.moved.Load() - before })
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r.Header.Del("Range")
	}
}

// sendDisk sends a file of the disk, or the pieces of it that are asked for.
func (s *session) sendDisk(a *answer, r *http.Request, p string, f *os.File) error {
	s.begin(a, r, p)
	size, modified, err := validate(a.Header(), f)
	if err != nil {
		return err
	}
	k := &content{file: f, size: size, pool: &s.buffers}
	defer k.drop()
	if err := typed(a.Header(), path.Base(p), k); err != nil {
		return err
	}
	http.ServeContent(a, r, "", modified, k)
	return nil
}

// sendMounted sends a file that is not on the disk, and may come from another host: in pieces if its size is known and it can begin
// anywhere, else whole. No length is announced that is not known.
func (s *session) sendMounted(a *answer, r *http.Request, p string, f fs.File, info fs.FileInfo) error {
	s.begin(a, r, p)
	if tree.Waits(f) {
		defer context.AfterFunc(r.Context(), func() { tree.Interrupt(f) })()
	}
	h := a.Header()
	if err := typed(h, path.Base(p), nil); err != nil {
		return err
	}
	size := info.Size()
	seeker, seeks := f.(io.ReadSeeker)
	if strings.Contains(r.Header.Get("Range"), ",") { // ServeContent would read several at the side
		r.Header.Del("Range")
	}
	if seeks && size != tree.UnknownSize && (r.Method == http.MethodHead || r.Header.Get("Range") != "") {
		http.ServeContent(a, r, "", info.ModTime(), sized{seeker, size})
		return nil
	}
	if modified := info.ModTime(); !modified.IsZero() {
		h.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
	if seeks && size != tree.UnknownSize {
		h.Set("Accept-Ranges", "bytes")
	}
	if size != tree.UnknownSize {
		h.Set("Content-Length", format(size))
	}
	if r.Method == http.MethodHead {
		a.WriteHeader(http.StatusOK)
		return nil
	}
	first := bufio.NewReaderSize(f, pageBuffer)
	if _, err := first.Peek(1); err != nil && !errors.Is(err, io.EOF) { // it can still be said
		h.Del("Content-Length")
		return err //nolint:wrapcheck // of the mount
	}
	a.WriteHeader(http.StatusOK)
	s.conn.ungather()
	if _, err := io.Copy(onlyWriter{a}, first); err != nil {
		return fmt.Errorf("send %q: %w", p, err)
	}
	return nil
}

// sized is a file whose size is known without a look at its end.
type sized struct {
	io.ReadSeeker
	size int64
}

// Seek says where the file is read.
func (k sized) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return k.size + offset, nil
	}
	return k.ReadSeeker.Seek(offset, whence) //nolint:wrapcheck // of the mount
}

// content is a file on disk as [http.ServeContent] reads it: to seek costs no system call, and what is small is read at once.
type content struct {
	file     *os.File
	size, at int64
	pool     *sync.Pool
	buf      *[]byte // of pool; nil: none
	all      []byte  // of a small file, once it was read, until drop
}

var _ io.ReadSeeker = (*content)(nil)

// small reports whether the file fits into one piece of what is sent.
func (k *content) small() bool { return k.size <= maxHeld/2 }

// load reads a small file. It may have become shorter meanwhile.
func (k *content) load() error {
	if k.all != nil {
		return nil
	}
	var ok bool
	if k.buf, ok = k.pool.Get().(*[]byte); !ok {
		b := make([]byte, maxHeld/2)
		k.buf = &b
	}
	b := (*k.buf)[:k.size]
	n, err := k.file.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return err //nolint:wrapcheck // of the file
	}
	k.all = b[:n]
	return nil
}

// drop lets the bytes of a small file go.
func (k *content) drop() {
	if k.buf != nil {
		k.pool.Put(k.buf)
		k.buf, k.all = nil, nil
	}
}

// take returns up to n bytes of a small file from where it is read.
func (k *content) take(n int64) ([]byte, error) {
	if err := k.load(); err != nil {
		return nil, err
	}
	from := min(k.at, int64(len(k.all)))
	b := k.all[from:min(from+n, int64(len(k.all)))]
	k.at += int64(len(b))
	return b, nil
}

// Read reads from where the file is read.
func (k *content) Read(b []byte) (int, error) {
	b = b[:min(int64(len(b)), max(0, k.size-k.at))]
	if len(b) == 0 {
		return 0, io.EOF
	}
	n, err := k.file.ReadAt(b, k.at)
	k.at += int64(n)
	return n, err //nolint:wrapcheck // io.EOF as it is
}

// Seek says where the file is read.
func (k *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += k.at
	case io.SeekEnd:
		offset += k.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	k.at = offset
	return offset, nil
}

// begin returns the first bytes of the file.
func (k *content) begin() ([]byte, error) {
	const sniffed = 512
	if k.small() {
		err := k.load()
		return k.all[:min(len(k.all), sniffed)], err
	}
	b := make([]byte, sniffed)
	n, err := k.file.ReadAt(b, 0)
	if err == io.EOF {
		err = nil
	}
	return b[:n], err //nolint:wrapcheck // of the file
}

func format(n int64) string { return strconv.FormatInt(n, 10) }
