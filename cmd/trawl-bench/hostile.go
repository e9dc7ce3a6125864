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

// The hosts of a hostile run.
const (
	hostileRunHosts = 200 // crawled at once
	hostileRunLiars = 70  // of these
)

// The tree of each honest host.
const (
	honestDirs  = 100
	honestFiles = 20 // in each
)

// hostileRun is a crawl of many hosts on loopback, some of them hostile.
type hostileRun struct {
	*bench
	data   string
	honest map[string]bool // URLs
	urls   []string
	wait   sync.WaitGroup // for the servers
}

const (
	honestPatience  = 10 * time.Minute // for the honest hosts to be complete
	hostilePatience = time.Minute      // for which the crawl then goes on with the others
)

// measureHostile crawls many hosts at once. A third of them lie, each in one of the ways
// of ftptest. It interrupts the crawl a minute after the honest ones are complete.
func (b *bench) measureHostile(ctx context.Context) error {
	serving, stop := context.WithCancel(ctx)
	g := hostileRun{bench: b, honest: map[string]bool{}}
	defer g.wait.Wait()
	defer stop()
	var err error
	if g.data, err = os.MkdirTemp(b.work, "hostile-"); err != nil {
		return err
	}
	defer os.RemoveAll(g.data)
	if err := g.start(serving); err != nil {
		return err
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d hosts at once, %d of them hostile", hostileRunHosts, hostileRunLiars),
		"", "honest ones complete", "in", "peak memory of its own", "with mapped files", "a clean stop takes")
	if err := g.measure(ctx, t, "trawl crawl", append([]string{"crawl", "--patience", "5s"}, g.urls...)...); err != nil {
		return err
	}
	return t.close()
}

// tree makes the tree of the honest hosts.
func (g *hostileRun) tree() (tree string, err error) {
	tree = filepath.Join(g.work, "tree-hostile")
	for d := range honestDirs {
		dir := filepath.Join(tree, fmt.Sprintf("section-%02d", d%10), fmt.Sprintf("package-%03d", d))
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return "", err
		}
		for f := range honestFiles {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%d-%d.tar.gz", d, f)), nil, 0o600); err != nil {
				return "", err
			}
		}
	}
	return tree, nil
}

// start starts the servers, honest and hostile ones in turn.
func (g *hostileRun) start(ctx context.Context) error {
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
	for i := range hostileRunHosts {
		addr := ""
		if i*hostileRunLiars/hostileRunHosts != (i+1)*hostileRunLiars/hostileRunHosts {
			liar, err := ftptest.NewLiar(ctx, lies[i*hostileRunLiars/hostileRunHosts%len(lies)], 200_000)
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
func (g *hostileRun) host(ctx context.Context, tree string) (net.Listener, error) {
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
func (g *hostileRun) measure(ctx context.Context, t *table, name string, args ...string) error {
	cmd := g.run(ctx, args...)
	var complete int
	var took time.Duration
	var stopped time.Time
	var eye sync.WaitGroup
	eye.Go(func() {
		complete, took = g.await(ctx)
		time.Sleep(hostilePatience)
		stopped = time.Now()
		cmd.Process.Signal(syscall.SIGINT)
	})
	peak, err := watch(cmd)
	ended := time.Now()
	eye.Wait()
	if err == nil || !strings.Contains(err.Error(), "continues from there") {
		return fmt.Errorf("the crawl was not stopped cleanly: %w", err)
	}
	t.row(name, fmt.Sprintf("%d of %d", complete, len(g.honest)), seconds(took), mib(peak.anon), mib(peak.all), seconds(ended.Sub(stopped)))
	return nil
}

// await waits until the honest hosts are complete. It returns how many are, and the time
// that it waited.
func (g *hostileRun) await(ctx context.Context) (complete int, took time.Duration) {
	start := time.Now()
	for complete < len(g.honest) && time.Since(start) < honestPatience && ctx.Err() == nil {
		time.Sleep(time.Second)
		if n, err := g.complete(ctx); err == nil { // it may not be up yet
			complete = n
		}
	}
	return complete, time.Since(start)
}

// run returns a command on the data directory.
func (g *hostileRun) run(ctx context.Context, args ...string) *exec.Cmd {
	return command(ctx, []string{g.trawl, "--data", g.data}, args...)
}

// complete counts the honest hosts that the catalogue holds completely.
func (g *hostileRun) complete(ctx context.Context) (n int, err error) {
	out, err := g.run(ctx, "hosts", "--json").Output()
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var h wire.Host
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return 0, err
		}
		if g.honest[h.URL] && h.Complete && h.Files == honestDirs*honestFiles {
			n++
		}
	}
	return n, nil
}
