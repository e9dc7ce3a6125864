package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/web/wire"
)

// liarTree is what an honest liar holds.
const liarTree = ftptest.LiarDirs + ftptest.LiarDirs*ftptest.LiarFiles

// TestTurnedHostile crawls honest hosts, lets them lie, and crawls them again: what
// was known is still found, each host is in the state that it should be in, and
// check finds nothing wrong. Those that take minutes to be given up are interrupted when
// the others have come to their ends, which takes seconds on a machine that is not busy, and then they may also be "crawling".
func TestTurnedHostile(t *testing.T) {
	states := map[ftptest.Lie]string{
		ftptest.HangGreeting:   "down",
		ftptest.HangPass:       "down",
		ftptest.HangData:       "down",
		ftptest.DropData:       "down",
		ftptest.DropControl:    "down",
		ftptest.EndThrice:      "up",
		ftptest.BusyTenth:      "up",
		ftptest.RefuseLogin:    "down",
		ftptest.EndlessReply:   "down",
		ftptest.EndlessWait:    "down",
		ftptest.Garbage:        "down",
		ftptest.ForeignPassive: "up",
		ftptest.ChangesDialect: "up",
		ftptest.NoRecursion:    "up",
		ftptest.LongName:       "up",
		ftptest.Bomb:           "up",
		ftptest.WideXZ:         "up",
		ftptest.HalfList:       "up",
		ftptest.EndlessText:    "up",
		ftptest.EndlessList:    "down",
		ftptest.EndlessChatter: "down",
		ftptest.LongDirs:       "down",
	}
	long := []ftptest.Lie{ftptest.HangData, ftptest.DropData, ftptest.DropControl, ftptest.BusyTenth}
	c := command{t, t.TempDir()}
	liars := map[string]*ftptest.Liar{} // by URL
	lies := map[string]ftptest.Lie{}    // likewise
	for lie := range states {
		liar := ftptest.StartLiar(t, ftptest.Honest)
		id := "ftp://" + liar.Addr + "/"
		liars[id], lies[id] = liar, lie
	}
	urls := slices.Collect(maps.Keys(liars))
	c.run(append([]string{"crawl"}, urls...)...)
	for id, liar := range liars {
		liar.Become(lies[id])
	}
	before := c.hosts()
	// Times of crawls are in whole seconds: one that ends in the same second would seem to be under way for ever.
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	again, out := c.start(append([]string{"crawl", "--patience", "1s"}, urls...)...)
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if left := c.underWay(before); !slices.ContainsFunc(left, func(id string) bool { return !slices.Contains(long, lies[id]) }) {
			break
		}
	}
	_ = again.Process.Signal(syscall.SIGINT) // it may have ended
	_ = again.Wait()                         // and well fail
	t.Log(out)
	found, hosts := c.perHost(), c.hosts()
	for id, lie := range lies {
		if found[id] < liarTree {
			t.Errorf("%s: %d directories and files are found, want %d", lie, found[id], liarTree)
		}
		state := hosts[id].State
		if state != states[lie] && (state != "crawling" || !slices.Contains(long, lie)) {
			t.Errorf("%s: want %q: %+v", lie, states[lie], hosts[id])
		}
	}
	if well := c.run("check"); well != "all is well\n" {
		t.Errorf("check: %s", well)
	}
}

// hosts returns what is known of the hosts, by URL.
func (c command) hosts() map[string]wire.Host {
	c.t.Helper()
	hosts := map[string]wire.Host{}
	for line := range strings.Lines(c.run("hosts", "--json")) {
		var h wire.Host
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			c.t.Fatal(err)
		}
		hosts[h.URL] = h
	}
	return hosts
}

// underWay returns the hosts that were neither crawled nor found to be down since
// they were as before.
func (c command) underWay(before map[string]wire.Host) (urls []string) {
	c.t.Helper()
	for id, h := range c.hosts() {
		if h.State != "down" && h.LastCrawl.Equal(*before[id].LastCrawl) {
			urls = append(urls, id)
		}
	}
	return urls
}

// perHost returns how many directories and files of honest liars are found, by the
// URLs of hosts.
func (c command) perHost() map[string]int {
	c.t.Helper()
	found := map[string]int{}
	for _, r := range c.results() {
		for _, place := range r.Places {
			u, err := url.Parse(place.URL)
			if err != nil {
				c.t.Fatal(err)
			}
			p := index.Path(strings.TrimSuffix(u.Path, "/"))
			if r.Kind == "dir" || strings.HasPrefix(r.Name, "f") && p.Depth() == 2 {
				found["ftp://"+u.Host+"/"]++
			}
		}
	}
	return found
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
		if !again && !bytes.Contains(out.Bytes(), []byte("continues from there")) {
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
