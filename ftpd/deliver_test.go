package ftpd_test

import (
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestDeliver fetches a file that fits into the system's buffers. The reply is 226 only once the client's system has all of it.
func TestDeliver(t *testing.T) {
	_, root := folder(t, map[string]string{"file": strings.Repeat("x", 200<<10)})
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(root)}))
	c.want("TYPE I", "200 ")
	for _, test := range []struct {
		name string
		do   func(net.Conn)
		want string
	}{
		{"reads later", func(conn net.Conn) {
			time.Sleep(50 * time.Millisecond)
			_, _ = io.Copy(io.Discard, conn)
		}, "226 "},
		{"leaves", func(conn net.Conn) { conn.Close() }, "426 "},
	} {
		data := c.beginNarrow("RETR file")
		test.do(data)
		if got := c.reply(); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// beginNarrow begins a transfer over a data connection whose buffer takes little.
func (c *client) beginNarrow(command string) net.Conn {
	c.t.Helper()
	narrow := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10) })
	}}
	conn, err := narrow.DialContext(c.t.Context(), "tcp", c.passive())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	c.want(command, "150 ")
	return conn
}
