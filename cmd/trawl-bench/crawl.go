package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// link is a place to crawl from and to: over a link of 50 ms between two network
// namespaces, or on loopback.
type link struct {
	name   string
	server []string // prefix of the server's command
	client []string // prefix of the clients' commands
	addr   string   // of the server
}

// measureCrawl times trawl, lftp and rclone over the same trees.
func (b *bench) measureCrawl(ctx context.Context) error {
	return cmp.Or(b.crawlFar(ctx), b.crawlLists(ctx), b.crawlNear(ctx))
}

// crawlFar measures over a link with a round trip of 50 ms.
func (b *bench) crawlFar(ctx context.Context) error {
	return b.afar(ctx, func(far link, tree, size string) error {
		far.name = "Crawl over 50 ms round trip: " + size + ", vsftpd"
		return b.race(ctx, far, vsftpd, tree, []contest{
			{name: "trawl, the way it chooses", trawl: true},
			{name: "trawl, pipelined STAT only", trawl: true, ways: "STAT"},
			{name: "trawl, LIST by directory only", trawl: true, ways: "LIST"},
			{name: "lftp ls -lR", command: lftp},
			{name: "rclone lsf -R, 8 checkers", command: rclone},
		})
	})
}

// crawlLists measures over that link servers that list by MLSD alone.
func (b *bench) crawlLists(ctx context.Context) error {
	return b.afar(ctx, func(far link, tree, size string) error {
		for _, peer := range []server{proftpd, pureFTPd} {
			far.name = "Crawl over 50 ms round trip by MLSD alone: " + size + ", " + string(peer)
			err := b.race(ctx, far, peer, tree, []contest{
				{name: "trawl, as many connections as it finds fit", trawl: true, ways: "MLSD"},
				{name: "trawl, 4 connections", trawl: true, ways: "MLSD", connections: 4},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// afar makes the link and the tree for the measurements over it.
func (b *bench) afar(ctx context.Context, measure func(far link, tree, size string) error) error {
	tree, size, err := b.plant(ctx, "tree-far", 10_000, 9)
	if err != nil {
		return err
	}
	far, stop, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	return measure(far, tree, size)
}

// The network namespaces that wanlink joins.
const (
	farServer = "wan-server"
	farClient = "wan-client"
)

// connect makes the link and returns a function that removes it. Namespaces that a killed
// run left are removed first.
func (b *bench) connect(ctx context.Context) (far link, stop func(), err error) {
	for _, name := range []string{farServer, farClient} {
		users, err := exec.CommandContext(ctx, "ip", "netns", "pids", name).Output()
		if err == nil && len(users) == 0 {
			_ = exec.CommandContext(ctx, "ip", "netns", "del", name).Run() // wanlink reports it if it is in the way
		}
	}
	var said strings.Builder
	wan := exec.CommandContext(ctx, b.wanlink, "-rtt", "50ms", "--", "sleep", "3600")
	wan.Stderr = &said
	wan.SysProcAttr = tied(syscall.SIGINT)
	wan.Cancel = func() error { return wan.Process.Signal(os.Interrupt) } // it removes its namespaces
	if err := wan.Start(); err != nil {
		return far, nil, fmt.Errorf("start wanlink: %w: build shared/tools/wanlink and name it with -wanlink", err)
	}
	stop = func() {
		wan.Cancel()
		wan.Wait()
	}
	far = link{
		server: []string{"ip", "netns", "exec", farServer},
		client: []string{"ip", "netns", "exec", farClient},
		addr:   "10.77.0.1",
	}
	if err := waitFor(ctx, 10*time.Second, func() bool {
		return exec.CommandContext(ctx, "ip", "-n", farClient, "route", "get", far.addr).Run() == nil
	}); err != nil {
		stop()
		return far, nil, fmt.Errorf("wait for wanlink: %w: %s", err, said.String())
	}
	return far, stop, nil
}

// crawlNear measures on loopback.
func (b *bench) crawlNear(ctx context.Context) error {
	tree, size, err := b.plant(ctx, "tree-near", 100_000, 32)
	if err != nil {
		return err
	}
	near := link{name: "Crawl on loopback: " + size + ", vsftpd", addr: "127.0.0.1"}
	return b.race(ctx, near, vsftpd, tree, []contest{
		{name: "trawl: listed, stored, searchable", trawl: true},
		{name: "lftp ls -lR: listed", command: lftp},
	})
}

// contest is one way of listing the tree.
type contest struct {
	name        string
	trawl       bool
	ways        string // for trawl: the ways that it may use
	connections int    // for trawl: at most; 0 is its default
	command     func(addr string) []string
}

func lftp(addr string) []string {
	return []string{"lftp", "-e", "ls -lR /; bye", "ftp://" + addr + ":" + port}
}

func rclone(addr string) []string {
	return []string{"rclone", "lsf", "-R", "--checkers", "8", ":ftp,host=" + addr + ",port=" + port + ",user=anonymous,pass=" + rclonePassword + ":"}
}

// rclonePassword is "anonymous" as `rclone obscure` writes it.
const rclonePassword = "c1uoHnu4Z4pL6y9z0FnyE-Pugy3Xggm10Q"

// patience is how long a peer may take.
const patience = 2 * time.Minute

// race runs a server and every contest, each as often as the others, in turn.
// It does not repeat a contest that ran out of patience.
func (b *bench) race(ctx context.Context, l link, peer server, tree string, contests []contest) error {
	stop, err := b.serve(ctx, l, peer, tree)
	if err != nil {
		return err
	}
	defer stop()
	took := make([][]time.Duration, len(contests))
	for range b.runs {
		for i, c := range contests {
			if len(took[i]) > 0 && median(took[i]) >= patience {
				continue
			}
			d, err := b.contend(ctx, l, c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			took[i] = append(took[i], d)
		}
	}
	t := newTable(os.Stdout, l.name, "", "median", "over the first")
	for i, c := range contests {
		cell := seconds(median(took[i]))
		if median(took[i]) >= patience {
			cell = "over " + cell
		}
		t.row(c.name, cell, ratio(median(took[i]), median(took[0])))
	}
	return t.close()
}

// contend lists the tree once and returns how long it took, at most patience.
func (b *bench) contend(ctx context.Context, l link, c contest) (time.Duration, error) {
	within, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var args []string
	if c.trawl {
		data, err := os.MkdirTemp(b.work, "crawl-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(data)
		host := "ftp://" + l.addr + ":" + port + "/"
		add := []string{"--data", data, "add", host}
		if c.ways != "" {
			add = append(add, "--ways", c.ways)
		}
		if c.connections > 0 {
			add = append(add, "--connections", strconv.Itoa(c.connections))
		}
		if out, err := exec.CommandContext(ctx, b.trawl, add...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%w: %s", err, out)
		}
		args = []string{b.trawl, "--data", data, "crawl", host}
	} else {
		args = c.command(l.addr)
	}
	cmd := command(within, l.client, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil && within.Err() == nil {
		return 0, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return took, nil
}

// command returns a command behind a prefix, which ends with this process.
func command(ctx context.Context, prefix []string, args ...string) *exec.Cmd {
	all := append(append([]string{}, prefix...), args...)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	cmd.SysProcAttr = tied(syscall.SIGKILL)
	return cmd
}

// waitFor waits until ready.
func waitFor(ctx context.Context, most time.Duration, ready func() bool) error {
	ctx, stop := context.WithTimeout(ctx, most)
	defer stop()
	for !ready() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// plant makes a tree of empty files with names of the corpus, taken in runs of
// so many neighbours, and returns its size in words. Everyone may read it, and it is kept
// between runs.
func (b *bench) plant(ctx context.Context, name string, files, run int) (tree, size string, err error) {
	defer syscall.Umask(syscall.Umask(0o022))
	tree = filepath.Join(b.work, fmt.Sprintf("%s-%d-%d", name, files, run))
	if _, err := os.Stat(tree); err != nil {
		paths, err := b.corpus(ctx)
		if err != nil {
			return "", "", err
		}
		groups := files / run
		for g := range groups {
			at := g * (len(paths) / groups)
			for _, p := range paths[at:min(at+run, len(paths))] {
				full := filepath.Join(tree, p)
				if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
					continue // a file stands where a directory should
				}
				if f, err := os.Create(full); err == nil {
					f.Close()
				}
			}
		}
	}
	entries, dirs := 0, 0
	err = filepath.WalkDir(tree, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs++
		}
		entries++
		return err
	})
	return tree, fmt.Sprintf("%d entries in %d directories", entries-1, dirs), err
}
