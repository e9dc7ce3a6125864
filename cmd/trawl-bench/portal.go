package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// portal is `trawl serve` over the index under test, in a process of its own.
type portal struct {
	cmd    *exec.Cmd
	url    string
	client http.Client
}

// openPortal starts it, for so many clients at once.
func (b *bench) openPortal(ctx context.Context, clients int) (*portal, error) {
	p := &portal{cmd: command(ctx, nil, b.trawl, "--data", b.data(), "serve", "--http", "127.0.0.1:0")}
	p.client.Transport = &http.Transport{MaxIdleConnsPerHost: clients}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var said strings.Builder
	p.cmd.Stderr = &said
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	link, ok := strings.CutPrefix(strings.TrimSpace(line), "portal on ")
	if !ok {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		return nil, fmt.Errorf("start trawl serve: it said %q: run trawl-bench import first", line+said.String())
	}
	p.url = strings.TrimSuffix(link, "/")
	return p, nil
}

// close ends it in order.
func (p *portal) close() error {
	p.client.CloseIdleConnections()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// errCrowded is an answer of 503.
var errCrowded = errors.New("too many search at once")

// get fetches a page and returns how long it took until all of it was there.
func (p *portal) get(ctx context.Context, path string) (time.Duration, error) {
	start := time.Now()
	_, err := p.read(ctx, path)
	return time.Since(start), err
}

// read fetches a page.
func (p *portal) read(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return body, nil
	case http.StatusServiceUnavailable:
		return nil, errCrowded
	}
	return nil, fmt.Errorf("%s: %s", path, resp.Status)
}

// apiPath and pagePath are where a query is asked.
func apiPath(text string) string  { return "/api/v1/search?q=" + url.QueryEscape(text) }
func pagePath(text string) string { return "/?q=" + url.QueryEscape(text) }
