package main

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// liarTree is what an honest liar holds.
const liarTree = ftptest.LiarDirs + ftptest.LiarDirs*ftptest.LiarFiles

// TestTurnedHostile crawls honest hosts, lets them lie, and crawls them again: what
// was known is still found, each host is in the state that it should be in, and
// check finds nothing wrong. A crawl that takes long is interrupted.
func TestTurnedHostile(t *testing.T) {
	hosts := []turned{
		{lie: ftptest.HangGreeting, state: "down"},
		{lie: ftptest.HangPass, state: "down"},
		{lie: ftptest.HangList, state: "crawling"},
		{lie: ftptest.HangData, state: "crawling"},
		{lie: ftptest.DropData, state: "down"},
		{lie: ftptest.DropControl, state: "down"},
		{lie: ftptest.EndFirst, state: "up"},
		{lie: ftptest.EndThrice, state: "up"},
		{lie: ftptest.BusyTenth, state: "up"},
		{lie: ftptest.RefuseLogin, state: "down"},
		{lie: ftptest.EndlessReply, state: "down"},
		{lie: ftptest.Garbage, state: "down"},
		{lie: ftptest.ForeignPassive, state: "up"},
		{lie: ftptest.ChangesDialect, state: "up"},
		{lie: ftptest.NoRecursion, state: "up"},
		{lie: ftptest.EndlessList, state: "down"},
		{lie: ftptest.EndlessChatter, state: "down"},
		{lie: ftptest.LongName, state: "up"},
		{lie: ftptest.LongDirs, state: "down"},
		{lie: ftptest.Bomb, state: "up"},
		{lie: ftptest.WideXZ, state: "up"},
		{lie: ftptest.HalfList, state: "up"},
		{lie: ftptest.EndlessText, state: "up"},
	}
	for i := range hosts {
		h := &hosts[i]
		h.liar = ftptest.StartLiar(t, ftptest.Honest)
		h.liar.Crowd = 20_000
		h.command = command{t, t.TempDir()}
		h.run("crawl", "ftp://"+h.liar.Addr)
		h.holds(liarTree)
	}
	for i := range hosts {
		h := &hosts[i]
		h.liar.Become(h.lie)
		h.again, h.out = h.start("crawl", "--patience", "1s")
		defer time.AfterFunc(15*time.Second, func() { _ = h.again.Process.Signal(syscall.SIGINT) }).Stop()
	}
	for _, h := range hosts {
		t.Run(string(h.lie), func(t *testing.T) {
			_ = h.again.Wait() // it may well fail
			h.t = t
			t.Log(h.out)
			h.holds(liarTree)
			hosts := h.run("hosts", "--json")
			if !strings.Contains(hosts, `"state":"`+h.state+`"`) && !strings.Contains(hosts, `"state":"crawling"`) {
				t.Errorf("want %q: %s", h.state, hosts)
			}
			if well := h.run("check"); well != "all is well\n" {
				t.Errorf("check: %s", well)
			}
		})
	}
}

// turned is a host that was honest.
type turned struct {
	command
	liar  *ftptest.Liar
	lie   ftptest.Lie
	state string // of the host then
	again *exec.Cmd
	out   *bytes.Buffer
}

// holds demands that all of an honest tree is found.
func (c command) holds(n int) {
	c.t.Helper()
	found := 0
	for p, e := range c.everything() {
		if p != "/" && e.Kind == index.Dir || strings.HasPrefix(e.Name, "f") && p.Depth() == 2 {
			found++
		}
	}
	if found < n {
		c.t.Errorf("%d directories and files are found, want %d", found, n)
	}
}

// TestInterruptHostile interrupts a crawl of hosts that hang in every way, and
// demands that it stops soon, can be taken up, and that a second interrupt ends it.
func TestInterruptHostile(t *testing.T) {
	c := command{t, t.TempDir()}
	var urls []string
	for _, lie := range ftptest.Lies() {
		liar := ftptest.StartLiar(t, lie)
		urls = append(urls, "ftp://"+liar.Addr)
		if lie.Encrypted() {
			c.run("add", urls[len(urls)-1], "--tls", "explicit", "--insecure")
		}
	}
	for _, again := range []bool{false, true} {
		cmd, out := c.start(append([]string{"crawl", "--full"}, urls...)...)
		time.Sleep(3 * time.Second)
		took := interrupt(t, cmd, again)
		t.Logf("stopped after %s", took)
		if most := 3 * time.Second; took > most {
			t.Errorf("it took %s to stop: %s", took, out)
		}
		if !again && !bytes.Contains(out.Bytes(), []byte("goes on from there")) {
			t.Errorf("it was not stopped cleanly: %s", out)
		}
		if well := c.run("check"); well != "all is well\n" {
			t.Errorf("check: %s", well)
		}
	}
}

// interrupt interrupts a command, and again half a second after its grace, and
// returns how long it took to end.
func interrupt(t *testing.T, cmd *exec.Cmd, again bool) time.Duration {
	t.Helper()
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if again {
		time.AfterFunc(mercy+100*time.Millisecond, func() { _ = cmd.Process.Signal(syscall.SIGINT) })
	}
	var code *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &code) {
		t.Errorf("the crawl ended with %v", err)
	}
	return time.Since(start)
}
