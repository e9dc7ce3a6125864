package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/ftpd"
	"trawl/web/wire"
)

// How many hosts measureGuests crawls at once, and how many of them lie.
const (
	guestHosts = 200
	guestLiars = 70
)

// The tree of each honest host.
const (
	guestDirs  = 100
	guestFiles = 20 // in each
)

// guests is a crawl of many hosts on loopback.
type guests struct {
	*bench
	data   string
	honest map[string]bool // URLs
	urls   []string
	wait   sync.WaitGroup // for the servers
}

// guestPatience is how long the honest hosts may take, and guestHostility how long
// the crawl then goes on with the others.
const (
	guestPatience  = 10 * time.Minute
	guestHostility = time.Minute
)

// measureGuests crawls many hosts at once, a third of which lie, each in one of
// the ways that ftptest knows, until the honest ones are complete and a minute
// longer, and then interrupts it.
func (b *bench) measureGuests(ctx context.Context) error {
	serving, stop := context.WithCancel(ctx)
	g := guests{bench: b, honest: map[string]bool{}}
	defer g.wait.Wait()
	defer stop()
	var err error
	if g.data, err = os.MkdirTemp(b.work, "guests-"); err != nil {
		return err
	}
	defer os.RemoveAll(g.data)
	if err := g.invite(serving); err != nil {
		return err
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d hosts at once, %d of them hostile", guestHosts, guestLiars),
		"", "honest ones complete", "in", "peak memory of its own", "with mapped files", "a clean stop takes")
	if err := g.measure(ctx, t, "trawl crawl", append([]string{"crawl", "--patience", "5s"}, g.urls...)...); err != nil {
		return err
	}
	return t.close()
}

// tree makes the tree of the honest hosts.
func (g *guests) tree() (tree string, err error) {
	tree = filepath.Join(g.work, "tree-guests")
	for d := range guestDirs {
		dir := filepath.Join(tree, fmt.Sprintf("section-%02d", d%10), fmt.Sprintf("package-%03d", d))
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return "", err
		}
		for f := range guestFiles {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%d-%d.tar.gz", d, f)), nil, 0o600); err != nil {
				return "", err
			}
		}
	}
	return tree, nil
}

// invite starts the servers, honest and not in turn.
func (g *guests) invite(ctx context.Context) error {
	tree, err := g.tree()
	if err != nil {
		return err
	}
	var lies []ftptest.Lie
	for _, lie := range ftptest.Lies()[1:] {
		if !lie.Encrypted() {
			lies = append(lies, lie)
		}
	}
	for i := range guestHosts {
		addr := ""
		if i*guestLiars/guestHosts != (i+1)*guestLiars/guestHosts {
			liar, err := ftptest.NewLiar(ctx, lies[i*guestLiars/guestHosts%len(lies)], 200_000)
			if err != nil {
				return err
			}
			context.AfterFunc(ctx, liar.Close)
			addr = "ftp://" + liar.Addr + "/"
		} else {
			l, err := g.host(ctx, tree)
			if err != nil {
				return err
			}
			addr = "ftp://" + l.Addr().String() + "/"
			g.honest[addr] = true
		}
		g.urls = append(g.urls, addr)
	}
	return nil
}

// host serves the tree honestly until ctx is done.
func (g *guests) host(ctx context.Context, tree string) (net.Listener, error) {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := ftpd.Server{FS: ftpd.Dir(root), Grace: -1}
	g.wait.Go(func() {
		defer root.Close()
		server.Serve(ctx, l)
	})
	return l, nil
}

// measure runs a command that crawls all hosts.
func (g *guests) measure(ctx context.Context, t *table, name string, args ...string) error {
	cmd := g.run(ctx, args...)
	var complete int
	var took time.Duration
	var stopped time.Time
	var eye sync.WaitGroup
	eye.Go(func() {
		complete, took = g.await(ctx)
		time.Sleep(guestHostility)
		stopped = time.Now()
		cmd.Process.Signal(syscall.SIGINT)
	})
	peak, err := watch(cmd)
	ended := time.Now()
	eye.Wait()
	if err == nil || !strings.Contains(err.Error(), "goes on from there") {
		return fmt.Errorf("the crawl was not stopped cleanly: %w", err)
	}
	t.row(name, fmt.Sprintf("%d of %d", complete, len(g.honest)), seconds(took), mib(peak.anon), mib(peak.all), seconds(ended.Sub(stopped)))
	return nil
}

// await waits until the honest hosts are complete and returns how many are and
// how long that took.
func (g *guests) await(ctx context.Context) (complete int, took time.Duration) {
	start := time.Now()
	for complete < len(g.honest) && time.Since(start) < guestPatience && ctx.Err() == nil {
		time.Sleep(time.Second)
		if n, err := g.complete(ctx); err == nil { // it may not be up yet
			complete = n
		}
	}
	return complete, time.Since(start)
}

// run returns a command on the data directory.
func (g *guests) run(ctx context.Context, args ...string) *exec.Cmd {
	return command(ctx, []string{g.trawl, "--data", g.data}, args...)
}

// complete counts the honest hosts that the catalogue holds whole.
func (g *guests) complete(ctx context.Context) (n int, err error) {
	out, err := g.run(ctx, "hosts", "--json").Output()
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var h wire.Host
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return 0, err
		}
		if g.honest[h.URL] && h.Complete && h.Files == guestDirs*guestFiles {
			n++
		}
	}
	return n, nil
}
