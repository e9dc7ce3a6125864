package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// measureCrawl times trawl, lftp and rclone over the same tree of vsftpd: over a
// link with a round trip of 50 ms, and a larger one on loopback.
func (b *bench) measureCrawl(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces and vsftpd need root")
	}
	if err := b.crawlFar(ctx); err != nil {
		return err
	}
	return b.crawlNear(ctx)
}

// crawlFar measures over the link.
func (b *bench) crawlFar(ctx context.Context) error {
	tree, entries, dirs, err := b.plant(ctx, "tree-far", 10_000, 4)
	if err != nil {
		return err
	}
	wan := exec.CommandContext(ctx, b.wanlink, "-rtt", "50ms", "--", "sleep", "3600")
	wan.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if err := wan.Start(); err != nil {
		return fmt.Errorf("start wanlink: %w: build shared/tools/wanlink and name it with -wanlink", err)
	}
	defer func() {
		wan.Process.Signal(os.Interrupt) // it removes its namespaces
		wan.Wait()
	}()
	far := link{
		name:   fmt.Sprintf("Crawl over 50 ms round trip: %d entries in %d directories, vsftpd", entries, dirs),
		server: []string{"ip", "netns", "exec", "wan-server"},
		client: []string{"ip", "netns", "exec", "wan-client"},
		addr:   "10.77.0.1",
	}
	if err := waitFor(ctx, 10*time.Second, func() bool {
		return exec.CommandContext(ctx, "ip", "-n", "wan-client", "route", "get", far.addr).Run() == nil
	}); err != nil {
		return fmt.Errorf("wait for wanlink: %w", err)
	}
	return b.race(ctx, far, tree, []contest{
		{name: "trawl, the way it chooses", trawl: true},
		{name: "trawl, pipelined STAT only", trawl: true, ways: "STAT"},
		{name: "trawl, LIST by directory only", trawl: true, ways: "LIST"},
		{name: "lftp ls -lR", command: lftp},
		{name: "rclone lsf -R, 8 checkers", command: rclone},
	})
}

// crawlNear measures on loopback.
func (b *bench) crawlNear(ctx context.Context) error {
	tree, entries, dirs, err := b.plant(ctx, "tree-near", 100_000, 7)
	if err != nil {
		return err
	}
	near := link{name: fmt.Sprintf("Crawl on loopback: %d entries in %d directories, vsftpd", entries, dirs), addr: "127.0.0.1"}
	return b.race(ctx, near, tree, []contest{
		{name: "trawl: listed, stored, searchable", trawl: true},
		{name: "lftp ls -lR: listed", command: lftp},
	})
}

// contest is one way of listing the tree.
type contest struct {
	name    string
	trawl   bool
	ways    string // for trawl: the ways that it may use
	command func(addr string) []string
}

func lftp(addr string) []string {
	return []string{"lftp", "-e", "ls -lR /; bye", "ftp://" + addr + ":2121"}
}

func rclone(addr string) []string {
	return []string{"rclone", "lsf", "-R", "--checkers", "8", ":ftp,host=" + addr + ",port=2121,user=anonymous,pass=" + rclonePassword + ":"}
}

// rclonePassword is "anonymous" as `rclone obscure` writes it.
const rclonePassword = "c1uoHnu4Z4pL6y9z0FnyE-Pugy3Xggm10Q"

// patience is how long a peer may take.
const patience = 2 * time.Minute

// race runs a server and every contest, each as often as the others, in turn.
func (b *bench) race(ctx context.Context, l link, tree string, contests []contest) error {
	conf := filepath.Join(b.work, "vsftpd.conf")
	lines := []string{
		"listen=YES", "listen_ipv6=NO", "listen_port=2121", "listen_address=" + l.addr, "background=NO", "anonymous_enable=YES",
		"local_enable=NO", "anon_root=" + tree, "no_anon_password=YES", "ls_recurse_enable=YES", "seccomp_sandbox=NO",
		"secure_chroot_dir=/var/run/vsftpd/empty", "xferlog_enable=NO", "max_per_ip=0", "max_clients=0",
	}
	if err := os.WriteFile(conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll("/var/run/vsftpd/empty", 0o755); err != nil {
		return err
	}
	server := command(ctx, l.server, "vsftpd", conf)
	if err := server.Start(); err != nil {
		return fmt.Errorf("start vsftpd: %w: apt-get install vsftpd", err)
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	time.Sleep(time.Second)
	took := make([][]time.Duration, len(contests))
	for range min(b.runs, 3) {
		for i, c := range contests {
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
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var args []string
	if c.trawl {
		data, err := os.MkdirTemp(b.work, "crawl-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(data)
		host := "ftp://" + l.addr + ":2121/"
		add := []string{"--data", data, "add", host}
		if c.ways != "" {
			add = append(add, "--ways", c.ways)
		}
		if out, err := exec.CommandContext(ctx, b.trawl, add...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%w: %s", err, out)
		}
		args = []string{b.trawl, "--data", data, "crawl", host}
	} else {
		args = c.command(l.addr)
	}
	cmd := command(ctx, l.client, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil && ctx.Err() == nil {
		return 0, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return took, nil
}

// command returns a command behind a prefix, which ends with this process.
func command(ctx context.Context, prefix []string, args ...string) *exec.Cmd {
	all := append(append([]string{}, prefix...), args...)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
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
// so many neighbours, and returns what it holds. It is kept between runs.
func (b *bench) plant(ctx context.Context, name string, files, run int) (tree string, entries, dirs int, err error) {
	tree = filepath.Join(b.work, name)
	if _, err := os.Stat(tree); err != nil {
		paths, err := b.corpus(ctx)
		if err != nil {
			return "", 0, 0, err
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
	err = filepath.WalkDir(tree, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs++
		}
		entries++
		return err
	})
	return tree, entries - 1, dirs, err
}
