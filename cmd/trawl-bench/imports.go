package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// measureImport times `trawl import` of the corpus, host after host, beside
// plocate-build over the same names, and weighs what both leave on the disk.
func (b *bench) measureImport(ctx context.Context) error {
	paths, err := b.corpus(ctx)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(b.data()); err != nil {
		return err
	}
	var entries int
	var took time.Duration
	var peak memory
	hosts := make([][]string, b.hosts)
	for i := range hosts {
		hosts[i] = hostPaths(paths, i)
		n, d, mem, err := b.importHost(ctx, i, hosts[i])
		if err != nil {
			return err
		}
		entries += n
		took += d
		peak = peak.max(mem)
	}
	peer, err := b.buildPlocate(ctx, hosts)
	if err != nil {
		return err
	}
	disk, err := weigh(b.data())
	if err != nil {
		return err
	}
	plocateDisk, err := weigh(b.plocateDB())
	if err != nil {
		return err
	}
	t := newTable(os.Stdout, fmt.Sprintf("Import of %d entries, %d host(s)", entries, b.hosts),
		"", "seconds", "entries/s", "bytes/entry", "peak heap", "peak with mapped files")
	t.row("trawl import (names, sizes, times)", seconds(took), rate(entries, took), each(disk, entries), mib(peak.anon), mib(peak.all))
	t.row("plocate-build (names)", seconds(peer), rate(entries, peer), each(plocateDisk, entries), "", "")
	t.row("ratio", ratio(took, peer), "", fmt.Sprintf("%.2fx", float64(disk)/float64(plocateDisk)), "", "")
	return t.close()
}

// importHost writes one host's listing to a file and imports it.
func (b *bench) importHost(ctx context.Context, host int, paths []string) (entries int, took time.Duration, mem memory, err error) {
	f, err := os.Create(filepath.Join(b.work, "ls-lR"))
	if err != nil {
		return 0, 0, mem, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if entries, err = writeListing(f, paths); err != nil {
		return 0, 0, mem, err
	}
	if err := f.Close(); err != nil {
		return 0, 0, mem, err
	}
	cmd := exec.CommandContext(ctx, b.trawl, "--data", b.data(), "import", f.Name(), "--host", fmt.Sprintf("ftp://host%02d.example/", host))
	start := time.Now()
	mem, err = watch(cmd)
	return entries, time.Since(start), mem, err
}

// buildPlocate times plocate-build over the same names.
func (b *bench) buildPlocate(ctx context.Context, hosts [][]string) (time.Duration, error) {
	list := filepath.Join(b.work, "paths.txt")
	if err := writePaths(list, hosts); err != nil {
		return 0, err
	}
	defer os.Remove(list)
	start := time.Now()
	out, err := exec.CommandContext(ctx, "plocate-build", "-p", "-l", "no", list, b.plocateDB()).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("plocate-build: %w: %s: apt-get install plocate", err, out)
	}
	return time.Since(start), nil
}

// memory is the memory of a process at its peak, in bytes: anon is its own, all
// counts the pages of mapped files too, which the system may take back.
type memory struct{ anon, all int64 }

func (m memory) max(o memory) memory { return memory{max(m.anon, o.anon), max(m.all, o.all)} }

// watch runs a command and looks at its memory ten times a second.
func watch(cmd *exec.Cmd) (memory, error) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return memory{}, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var peak memory
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				err = fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, out.String())
			}
			return peak, err
		case <-tick.C:
			peak = peak.max(memoryOf(cmd.Process.Pid))
		}
	}
}

// memoryOf reads the memory of a process from /proc.
func memoryOf(pid int) (m memory) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		switch name {
		case "RssAnon":
			m.anon = n << 10
		case "VmRSS":
			m.all = n << 10
		}
	}
	return m
}

// cpuOf reads the processor's time that a process and its children that have ended have used from /proc.
func cpuOf(pid int) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 15 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:15] { // of its own in user and kernel mode, of its children in both
		n, _ := strconv.ParseInt(field, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// weigh returns the bytes that a file or a directory takes on the disk.
func weigh(name string) (total int64, err error) {
	err = filepath.WalkDir(name, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

func rate(n int, d time.Duration) string { return fmt.Sprintf("%.0f", float64(n)/d.Seconds()) }

func each(size int64, n int) string { return fmt.Sprintf("%.1f", float64(size)/float64(n)) }

func mib(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
