package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestServeHostile lets the schedule of serve crawl honest hosts among liars,
// stops it, starts it again with one more honest host, and stops it again. Honest
// hosts are crawled when they are due, and not more often; each stop is soon; memory
// stays bounded; the log holds nothing raw of what servers say; and check finds
// nothing wrong.
func TestServeHostile(t *testing.T) {
	const most = raced * 512 << 20 // some 300 MiB are taken, and up to 630 with the race detector
	c := command{t, t.TempDir()}
	add := []string{"add", "--every", "1m"}
	for i, lie := range ftptest.Lies() {
		if i%3 > 0 && !lie.Encrypted() { // a third less takes half the time
			add = append(add, "ftp://"+ftptest.StartLiar(t, lie).Addr+"/")
		}
	}
	crawled := map[string]time.Time{} // honest hosts: when
	for round, honest := range []int{10, 1} {
		for range honest {
			url := "ftp://" + ftptest.StartLiar(t, ftptest.Honest).Addr + "/"
			crawled[url] = time.Time{}
			add = append(add, url)
		}
		c.run(add...)
		add = add[:3]
		cmd, out := c.start("serve", "--http", "127.0.0.1:0")
		peak := watchMemory(t, cmd)
		c.await(crawled, 2*time.Minute) // the machine may be busy
		time.Sleep(time.Second)
		took := stopServe(t, cmd, out)
		t.Logf("round %d: %d MiB, stopped after %s", round, peak()>>20, took)
		if took > 3*time.Second {
			t.Errorf("it took %s to stop", took)
		}
		if peak() > most {
			t.Errorf("it took %d MiB of memory", peak()>>20)
		}
		noRawBytes(t, out.String())
	}
	if well := c.run("check"); well != "all is well\n" {
		t.Errorf("check: %s", well)
	}
}

// noRawBytes demands that a log holds nothing that a terminal would not show.
func noRawBytes(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if line = strings.TrimSuffix(line, "\n"); index.Visible(line) != line {
			t.Errorf("the log holds raw bytes: %q", line)
		}
	}
}

// await waits until hosts are complete, and demands that none is crawled that was.
func (c command) await(crawled map[string]time.Time, patience time.Duration) {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
		left := 0
		for url, at := range c.complete() {
			before, honest := crawled[url]
			switch {
			case !honest:
			case at.IsZero():
				left++
			case before.IsZero():
				crawled[url] = at
			case !before.Equal(at):
				c.t.Errorf("%s was crawled at %s and again at %s", url, before, at)
				crawled[url] = at
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			c.t.Errorf("%d honest hosts are not complete after %s", left, patience)
			return
		}
	}
}

// complete returns when the hosts were last crawled; zero is never, or not
// wholly.
func (c command) complete() map[string]time.Time {
	c.t.Helper()
	hosts := map[string]time.Time{}
	for url, h := range c.hosts() {
		hosts[url] = time.Time{}
		if h.Complete && h.LastCrawl != nil && h.Files == ftptest.LiarDirs*ftptest.LiarFiles {
			hosts[url] = *h.LastCrawl
		}
	}
	return hosts
}

// stopServe interrupts serve, which must end well, and returns how long that took.
func stopServe(t *testing.T, cmd *exec.Cmd, out *bytes.Buffer) time.Duration {
	t.Helper()
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("serve ended with %v: %s", err, out)
	}
	return time.Since(start)
}

// watchMemory watches the private memory of a process. peak returns the most that it had, in
// bytes.
func watchMemory(t *testing.T, cmd *exec.Cmd) (peak func() int64) {
	t.Helper()
	var most atomic.Int64
	done := make(chan struct{})
	var eye sync.WaitGroup
	eye.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			_, rest, _ := strings.Cut(string(status), "RssAnon:")
			var kb int64
			if _, err := fmt.Sscan(rest, &kb); err == nil {
				most.Store(max(most.Load(), kb<<10))
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		eye.Wait()
	})
	return most.Load
}
