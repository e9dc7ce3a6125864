package ftpd_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestStranger connects to the data port from another address.
func TestStranger(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	to := c.passive()
	stranger, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}).Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	c.send("RETR README")
	_ = stranger.SetDeadline(time.Now().Add(5 * time.Second))
	if got, err := io.ReadAll(stranger); len(got) > 0 || err == nil {
		t.Errorf("the stranger got %q, %v", got, err)
	}
	own, err := net.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if got, _ := io.ReadAll(own); string(got) != "read me\n" {
		t.Errorf("the client got %q", got)
	}
}

// TestPassivePorts keeps the data connections within the range.
func TestPassivePorts(t *testing.T) {
	var ln net.Listener
	port, err := uint16(20_000), error(nil) // below those that the system gives to others meanwhile
	for ; port < 30_000; port++ {
		if ln, err = net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	addr := serve(t, &ftpd.Server{FS: archive(), Ports: ftpd.Ports{First: port, Last: port}})
	first, second := login(t, addr), login(t, addr)
	if _, got, _ := net.SplitHostPort(first.passive()); got != fmt.Sprint(port) {
		t.Errorf("port %s, want %d", got, port)
	}
	second.want("EPSV", "425 ")
	second.want("PASV", "425 ")
	first.want("QUIT", "221 ")
	first.reply() // its end
	second.passive()
	for _, srv := range []ftpd.Server{{FS: archive(), Ports: ftpd.Ports{Last: 5}}, {FS: archive(), Ports: ftpd.Ports{First: 6, Last: 5}}, {}} {
		if err := srv.Serve(t.Context(), ln); err == nil || strings.Contains(err.Error(), "closed") {
			t.Errorf("Serve takes %+v: %v", srv, err)
		}
	}
}

// endless is a file that does not end, for transfers to be cut.
func endless(t testing.TB) *os.Root {
	dir, root := folder(t, nil)
	f, err := os.Create(filepath.Join(dir, "endless"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil {
		t.Fatal(err)
	}
	return root
}

// begin starts a transfer and returns its data connection.
func (c *client) begin(command string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.passive())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	c.want(command, "150 ")
	return conn
}

func TestAbort(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(endless(t))}))
	data := c.begin("RETR endless")
	if status := c.want("STAT", "211-"); !strings.Contains(status, "Moving /endless") {
		t.Errorf("STAT => %q", status)
	}
	c.send("\xff\xf4\xff\xf2ABOR")
	if got := c.reply(); !strings.HasPrefix(got, "426 ") {
		t.Errorf("the transfer ends with %q", got)
	}
	if got := c.reply(); !strings.HasPrefix(got, "226 ") {
		t.Errorf("ABOR => %q", got)
	}
	if _, err := io.Copy(io.Discard, data); err == nil {
		t.Error("the data connection ends as if all had been sent")
	}
	c.want("NOOP", "200 ")
}

// TestStall shows that a client that does not read loses its transfer.
func TestStall(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(endless(t)), Stall: 200 * time.Millisecond}))
	c.begin("RETR endless")
	if got := c.reply(); !strings.HasPrefix(got, "426 ") {
		t.Errorf("the transfer ends with %q", got)
	}
	c.passive()
	c.want("LIST", "425 ") // nobody connects
}
