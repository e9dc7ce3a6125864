package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// ftpClient is a client that does little itself.
type ftpClient struct {
	ctx     context.Context //nolint:containedctx // a client lives as long as one contest
	conn    net.Conn
	r       *bufio.Reader
	private *tls.Config // of the data connections; nil: they are in the clear
	broken  bool
}

func dialFTP(ctx context.Context, addr string) (*ftpClient, error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &ftpClient{ctx: ctx, conn: conn, r: bufio.NewReader(conn)}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, err = c.reply()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *ftpClient) close() { c.conn.Close() }

// reply reads a reply and returns its last line; 4xx and 5xx are errors.
func (c *ftpClient) reply() (string, error) {
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if len(line) < 4 || line[3] != ' ' || line[0] < '1' || line[0] > '5' {
			continue
		}
		line = strings.TrimSpace(line)
		if line[0] >= '4' {
			return line, errors.New(line)
		}
		return line, nil
	}
}

// command sends a command and reads its reply.
func (c *ftpClient) command(line string) (string, error) {
	if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
		return "", err
	}
	return c.reply()
}

func (c *ftpClient) login() error {
	for _, line := range []string{"USER anonymous", "PASS bench@"} {
		if said, err := c.command(line); err != nil {
			return err
		} else if strings.HasPrefix(said, "230") {
			break
		}
	}
	_, err := c.command("TYPE I")
	return err
}

// secure begins TLS 1.3 on the control connection; data connections resume its session if the server lets them.
func (c *ftpClient) secure() error {
	if _, err := c.command("AUTH TLS"); err != nil {
		return err
	}
	c.private = &tls.Config{
		InsecureSkipVerify: true, ServerName: "bench",
		MinVersion: tls.VersionTLS13, ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	conn := tls.Client(c.conn, c.private)
	if err := conn.HandshakeContext(c.ctx); err != nil {
		return err
	}
	c.conn, c.r = conn, bufio.NewReader(conn)
	for _, line := range []string{"PBSZ 0", "PROT P"} {
		if _, err := c.command(line); err != nil {
			return err
		}
	}
	return nil
}

// data opens a data connection, begins a transfer over it and protects it.
func (c *ftpClient) data(line string) (plain *net.TCPConn, data net.Conn, err error) {
	said, err := c.command("PASV")
	if err != nil {
		return nil, nil, err
	}
	_, numbers, _ := strings.Cut(said, "(")
	var a, b, d, e, hi, lo int
	if _, err := fmt.Sscanf(numbers, "%d,%d,%d,%d,%d,%d", &a, &b, &d, &e, &hi, &lo); err != nil {
		return nil, nil, fmt.Errorf("read %q: %w", said, err)
	}
	conn, err := (&net.Dialer{}).DialContext(c.ctx, "tcp", fmt.Sprintf("%d.%d.%d.%d:%d", a, b, d, e, hi<<8|lo))
	if err != nil {
		return nil, nil, err
	}
	plain = conn.(*net.TCPConn)
	_ = plain.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.command(line); err != nil {
		conn.Close()
		return nil, nil, err
	}
	if c.private == nil {
		return plain, plain, nil
	}
	private := tls.Client(plain, c.private)
	if err := private.HandshakeContext(c.ctx); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return plain, private, nil
}

// fetch begins a transfer and discards what comes: size bytes, or at least -size.
func (c *ftpClient) fetch(line string, size int64) error {
	plain, data, err := c.data(line)
	if err != nil {
		return err
	}
	var n int64
	if c.private == nil {
		n, err = discard(plain)
	} else {
		n, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{data}, make([]byte, 256<<10))
	}
	data.Close()
	if err != nil {
		return err
	}
	if n != size && (size >= 0 || n < -size) {
		return fmt.Errorf("%s gave %d bytes", line, n)
	}
	_, err = c.reply()
	return err
}

// discard reads to the end and copies nothing: MSG_TRUNC, tcp(7).
func discard(conn *net.TCPConn) (n int64, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 1<<20)
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		for {
			got, _, err := syscall.Recvfrom(int(fd), buf, syscall.MSG_TRUNC)
			switch {
			case errors.Is(err, syscall.EAGAIN):
				return false
			case errors.Is(err, syscall.EINTR):
				continue
			case err != nil || got == 0:
				failed = err
				return true
			}
			n += int64(got)
		}
	})
	return n, errors.Join(err, failed)
}

// send begins a transfer and sends a file from the page cache.
func (c *ftpClient) send(line, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, _, err := c.data(line)
	if err != nil {
		return err
	}
	_, err = plain.ReadFrom(f) // sendfile
	plain.Close()
	if err != nil {
		return err
	}
	_, err = c.reply()
	return err
}
