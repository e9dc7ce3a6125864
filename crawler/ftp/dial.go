package ftp

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/proxy"

	"trawl/index"
)

// dial opens a connection to addr, through the host's proxy if it has one.
func (s *server) dial(ctx context.Context, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Silence)
	defer cancel()
	direct := &net.Dialer{}
	if s.settings.Proxy == "" {
		return direct.DialContext(ctx, "tcp", addr)
	}
	via, err := url.Parse(s.settings.Proxy)
	if err != nil || via.Host == "" {
		return nil, errors.New(`the proxy is not a URL: write it as "socks5://host:1080" or "http://host:3128"`)
	}
	switch via.Scheme {
	case "socks5", "socks5h":
		socks, err := proxy.FromURL(via, direct)
		if err != nil {
			return nil, err
		}
		return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
	case "http":
		return tunnel(ctx, direct, via, addr)
	}
	return nil, fmt.Errorf("the proxy's scheme is %q: socks5 and http are known", via.Scheme)
}

// tunnel opens a connection through an HTTP proxy (RFC 9110 section 9.3.6).
func tunnel(ctx context.Context, direct *net.Dialer, via *url.URL, addr string) (net.Conn, error) {
	conn, err := direct.DialContext(ctx, "tcp", via.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	if err := connectThrough(conn, via, addr); err != nil {
		conn.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("the proxy does not answer: %w", context.Cause(ctx))
		}
		return nil, err
	}
	if !stop() {
		return nil, ctx.Err()
	}
	return conn, nil
}

func connectThrough(conn net.Conn, via *url.URL, addr string) error {
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	request := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	if via.User != nil {
		password, _ := via.User.Password()
		request += "Proxy-Authorization: Basic " +
			base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+password)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return err
	}
	// A byte at a time: the bytes after the answer are not the proxy's.
	answer := textproto.NewReader(bufio.NewReaderSize(io.LimitReader(oneByte{conn}, 16<<10), 16))
	status, err := answer.ReadLine()
	if err == nil {
		_, err = answer.ReadMIMEHeader()
	}
	if err != nil {
		return fmt.Errorf("the proxy's answer: %w", err)
	}
	if _, code, _ := strings.Cut(status, " "); !strings.HasPrefix(status, "HTTP/1.") || !strings.HasPrefix(code, "2") {
		return fmt.Errorf("the proxy refuses: %s", index.Visible(status))
	}
	return conn.SetDeadline(time.Time{})
}

// oneByte reads no more than one byte at a time.
type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(1, len(p))]) }
