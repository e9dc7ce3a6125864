package ftpd_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"trawl/ftpd"
)

// The environment variables that make the test binary a server: the folder, and the
// address to listen on.
const (
	serveDir  = "FTPD_TEST_DIR"
	serveAddr = "FTPD_TEST_ADDR"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveDir); dir != "" {
		root, err := os.OpenRoot(dir)
		if err != nil {
			panic(err)
		}
		ln, err := net.Listen("tcp", os.Getenv(serveAddr))
		if err != nil {
			panic(err)
		}
		panic((&ftpd.Server{FS: ftpd.Dir(root)}).Serve(context.Background(), ln))
	}
	goleak.VerifyTestMain(m)
}

// serve serves until the test ends and returns the address.
func serve(t testing.TB, srv *ftpd.Server) string {
	t.Helper()
	return serveAt(t, srv, "127.0.0.1:0")
}

func serveAt(t testing.TB, srv *ftpd.Server, addr string) string {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skipf("no address to listen on: %v", err)
	}
	srv.Held = cmp.Or(srv.Held, time.Hour) // a client of tests stops for long where the machine is busy
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("Serve does not end")
		}
	})
	return ln.Addr().String()
}

// client is a control connection, bare.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	return &client{t, conn, bufio.NewReader(conn)}
}

func login(t testing.TB, addr string) *client {
	t.Helper()
	c := dial(t, addr)
	c.reply()
	c.want("USER anonymous", "331 ")
	c.want("PASS me@example.org", "230 ")
	c.want("TYPE I", "200 ")
	return c
}

// reply returns the next reply, its lines without their ends.
func (c *client) reply() string {
	c.t.Helper()
	var lines []string
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return strings.Join(append(lines, err.Error()), "\n")
		}
		if !strings.HasSuffix(line, "\r\n") {
			c.t.Errorf("line %q does not end in CR LF", line)
		}
		lines = append(lines, strings.TrimRight(line, "\r\n"))
		if len(line) > 3 && line[3] == ' ' && line[:3] == lines[0][:3] {
			return strings.Join(lines, "\n")
		}
	}
}

func (c *client) send(line string) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c, "%s\r\n", line); err != nil {
		c.t.Fatal(err)
	}
}

// want sends a line and returns the reply, which must start with want.
func (c *client) want(line, want string) string {
	c.t.Helper()
	c.send(line)
	got := c.reply()
	if !strings.HasPrefix(got, want) {
		c.t.Errorf("%q => %q, want %q", line, got, want)
	}
	return got
}

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

func archive() fstest.MapFS {
	file := func(body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(body), Mode: 0o644, ModTime: noon}
	}
	return fstest.MapFS{
		"README":            file("read me\n"),
		"pub/a.txt":         file("aaa"),
		"pub/b c.txt":       file("bb"),
		"pub/-dash":         file("d"),
		"pub/caf\u00e9":     file("coffee"),
		"pub/deep/er/z":     file("zz"),
		"pub/quote\"d/x":    file("x"),
		"pub/timeless":      {Data: []byte("t")},
		"pub/link":          {Data: []byte("a.txt"), Mode: fs.ModeSymlink | 0o777, ModTime: noon},
		"pub/evil\nname":    file("e"),
		"pub/deep/.hidden":  file("h"),
		"pub/deep/er/.keep": file(""),
	}
}

// folder makes files below a new directory and returns it and a root of it.
func folder(t testing.TB, files map[string]string) (string, *os.Root) {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dir, root
}
