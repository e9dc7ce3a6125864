package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The files of the contest over HTTP.
const (
	httpSmall  = 10_000 // files that one connection fetches
	httpListed = 10_000 // files of the folder whose page is fetched
)

// The servers of files over HTTP.
const (
	trawlHTTP server = "trawl serve"
	nginx     server = "nginx"
)

// measureHostHTTP lets trawl serve and nginx host the same files on tmpfs over HTTP, in turn. Both write a line of log for each
// request.
func (b *bench) measureHostHTTP(ctx context.Context) error {
	tree, err := os.MkdirTemp("/dev/shm", "trawl-bench-http-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := plantHost(tree, httpSmall, httpListed); err != nil {
		return err
	}
	return b.contest(ctx, "Hosting over HTTP on loopback", []server{trawlHTTP, nginx}, tree, []hostContest{
		{name: "GET 1 GiB", bytes: hostBig, run: (*hosted).getBig},
		{name: "10,000 files of 4,000 bytes over one connection", times: httpSmall, run: (*hosted).getSmall},
		{name: "page of a folder of 10,000", times: 1, run: func(h *hosted) outcome { return h.getPage("/listed/") }},
	})
}

// trawlServe is the program as people run it, with a new data directory.
func (b *bench) trawlServe(addr, tree string) ([]string, error) {
	dir := filepath.Join(b.work, "serve-http")
	err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o750))
	return []string{"sh", "-c", `"$@" 2>"$0/log"`, dir, b.trawl, "serve", "--data", dir, "--http", addr + ":0", "--files-http", addr + ":" + port, "--root", tree}, err
}

// nginx is set up as Debian does, with pages of folders. Its requests on one connection are not bounded.
func (b *bench) nginx(addr, tree string) ([]string, error) {
	var paths strings.Builder
	for _, of := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&paths, "%s_temp_path %s; ", of, filepath.Join(b.work, of))
	}
	conf, err := b.configure("nginx", "user root; daemon off; worker_processes 1; pid "+b.work+"/nginx.pid; error_log "+b.work+"/nginx-error.log;",
		"events { worker_connections 768; }",
		"http { sendfile on; tcp_nopush on; keepalive_requests 1000000; access_log "+b.work+"/nginx-access.log; "+paths.String(),
		"server { listen "+addr+":"+port+"; root "+tree+"; autoindex on; } }")
	return []string{peers("usr/sbin/nginx"), "-e", b.work + "/nginx-error.log", "-p", b.work, "-c", conf}, err
}

// httpClient is a client that does little itself.
type httpClient struct {
	conn *net.TCPConn
	r    *bufio.Reader
}

func dialHTTP(ctx context.Context, addr string) (*httpClient, error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return &httpClient{conn.(*net.TCPConn), bufio.NewReaderSize(conn, 64<<10)}, nil
}

// get asks for a path, and returns the length that the answer announces, or -1.
func (c *httpClient) get(path string) (size int64, err error) {
	if _, err := io.WriteString(c.conn, "GET "+path+" HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
		return 0, err
	}
	size = -1
	for first := true; ; first = false {
		line, err := c.r.ReadSlice('\n')
		switch {
		case err != nil:
			return 0, err
		case first && !strings.Contains(string(line), " 200 "):
			return 0, errors.New(strings.TrimSpace(string(line)))
		case len(line) <= 2:
			return size, nil
		}
		if name, value, _ := strings.Cut(string(line), ":"); strings.EqualFold(name, "Content-Length") {
			if size, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil {
				return 0, err
			}
		}
	}
}

// overHTTP runs work over one connection and measures it.
func (h *hosted) overHTTP(work func(c *httpClient) error) outcome {
	c, err := dialHTTP(h.ctx, h.addr)
	if err != nil {
		return outcome{err: err}
	}
	defer c.conn.Close()
	cpu, start := cpuBelow(h.pid), time.Now()
	err = work(c)
	return outcome{took: time.Since(start), cpu: cpuBelow(h.pid) - cpu, err: err}
}

// getBig ends sending after the request, so that the server ends the connection behind the file.
func (h *hosted) getBig() outcome {
	return h.overHTTP(func(c *httpClient) error {
		if _, err := io.WriteString(c.conn, "GET /big.bin HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"); err != nil {
			return err
		}
		if n, err := discard(c.conn); err != nil || n < hostBig {
			return errors.Join(err, fmt.Errorf("%d bytes came", n))
		}
		return nil
	})
}

func (h *hosted) getSmall() outcome {
	return h.overHTTP(func(c *httpClient) error {
		for i := range httpSmall {
			n, err := c.get("/small/" + strconv.Itoa(i))
			if err == nil && n != hostSmallLen {
				err = fmt.Errorf("file %d has %d bytes", i, n)
			}
			if err == nil {
				_, err = c.r.Discard(hostSmallLen)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// getPage gets a page five times and returns the mean.
func (h *hosted) getPage(path string) outcome {
	const times = 5
	var sum outcome
	for range times {
		o := h.overHTTP(func(c *httpClient) error {
			if _, err := io.WriteString(c.conn, "GET "+path+" HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"); err != nil {
				return err
			}
			if n, err := discard(c.conn); err != nil || n < httpListed*50 {
				return errors.Join(err, fmt.Errorf("%d bytes came", n))
			}
			return nil
		})
		if o.err != nil {
			return o
		}
		sum.took, sum.cpu = sum.took+o.took/times, sum.cpu+o.cpu/times
	}
	return sum
}
