package ssh_test

import (
	"encoding/binary"
	"io"
	"io/fs"
	"testing"

	sftpclient "github.com/pkg/sftp"
	gossh "golang.org/x/crypto/ssh"
)

// bare is SFTP packet by packet, for what no client sends.
type bare struct {
	t   testing.TB
	w   io.Writer
	r   io.Reader
	ids uint32
}

// open opens SFTP on a connection.
func open(t testing.TB, c *gossh.Client) *bare {
	t.Helper()
	s, err := c.NewSession()
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w, err := s.StdinPipe()
	must(t, err)
	r, err := s.StdoutPipe()
	must(t, err)
	must(t, s.RequestSubsystem("sftp"))
	b := &bare{t: t, w: w, r: r}
	b.send(1, uint32(3))
	if kind, _ := b.receive(); kind != 2 {
		t.Fatalf("the version is answered by packet %d", kind)
	}
	return b
}

// packet returns a packet of some fields: uint32, uint64, a string, or bytes as they are.
func packet(kind byte, fields ...any) []byte {
	b := []byte{0, 0, 0, 0, kind}
	for _, f := range fields {
		switch f := f.(type) {
		case uint32:
			b = binary.BigEndian.AppendUint32(b, f)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, f)
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		case []byte:
			b = append(b, f...)
		}
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

func (b *bare) send(kind byte, fields ...any) {
	b.t.Helper()
	_, err := b.w.Write(packet(kind, fields...))
	must(b.t, err)
}

// receive returns the next packet; kind 0 is the end.
func (b *bare) receive() (kind byte, content []byte) {
	b.t.Helper()
	var n [4]byte
	if _, err := io.ReadFull(b.r, n[:]); err != nil {
		return 0, nil
	}
	content = make([]byte, binary.BigEndian.Uint32(n[:]))
	if _, err := io.ReadFull(b.r, content); err != nil {
		return 0, nil
	}
	return content[0], content[1:]
}

// ask sends a request and returns the answer without its number.
func (b *bare) ask(kind byte, fields ...any) (byte, []byte) {
	b.t.Helper()
	b.ids++
	b.send(kind, append([]any{b.ids}, fields...)...)
	k, content := b.receive()
	if k == 0 || binary.BigEndian.Uint32(content) != b.ids {
		b.t.Fatalf("request %d, packet %d is answered by packet %d: %x", b.ids, kind, k, content)
	}
	return k, content[4:]
}

// status asks for what is answered by a status.
func (b *bare) status(kind byte, fields ...any) error {
	b.t.Helper()
	k, content := b.ask(kind, fields...)
	if k != 101 {
		b.t.Fatalf("packet %d is answered by packet %d", kind, k)
	}
	switch code := binary.BigEndian.Uint32(content); code {
	case 0:
		return nil
	case 1:
		return io.EOF
	case 2:
		return fs.ErrNotExist
	case 3:
		return fs.ErrPermission
	default:
		return &sftpclient.StatusError{Code: code}
	}
}

// handle opens a file or a folder and returns its handle.
func (b *bare) handle(kind byte, fields ...any) string {
	b.t.Helper()
	k, content := b.ask(kind, fields...)
	if k != 102 {
		b.t.Fatalf("packet %d is answered by packet %d: %q", kind, k, content)
	}
	return string(content[4:])
}
