package ftpd_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// interruption is a way to interrupt a transfer.
type interruption struct {
	name string
	do   func(c *client, data *net.TCPConn)
	ends bool // it ends an upload as if all had come, which only ALLO refutes
}

// interruptions returns all ways.
func interruptions() []interruption {
	sends := func(commands string) interruption {
		return interruption{name: commands, do: func(c *client, _ *net.TCPConn) { fmt.Fprint(c, commands) }}
	}
	return []interruption{
		sends("ABOR\r\n"), sends("\xff\xf4\xff\xf2ABOR\r\n"), sends("NOOP\r\nSTAT\r\nABOR\r\nPWD\r\n"), sends("REIN\r\n"),
		sends("USER bob\r\nPASS x\r\nPWD\r\n"), sends("QUIT\r\n"), sends("QUIT\r\nABOR\r\n"), sends("RETR big\r\nSTOR x\r\nABOR\r\n"),
		sends("SIZE b"), sends("EPSV\r\nRETR big\r\nABOR\r\n"),
		{name: "control ends", do: func(c *client, _ *net.TCPConn) { c.Close() }},
		{name: "control reset", do: func(c *client, _ *net.TCPConn) { _ = c.Conn.(*net.TCPConn).SetLinger(0); c.Close() }},
		{name: "both end", do: func(c *client, data *net.TCPConn) { c.Close(); data.Close() }},
		{name: "data reset", do: func(_ *client, data *net.TCPConn) { _ = data.SetLinger(0); data.Close() }},
		{name: "data ends", do: func(_ *client, data *net.TCPConn) { data.Close() }, ends: true},
	}
}

// TestInterruptions interrupts transfers of each kind at random moments in each way. No file that is not whole is seen, and
// nothing is left of the sessions: no goroutine (see TestMain) and no descriptor.
func TestInterruptions(t *testing.T) {
	body := strings.Repeat("0123456789abcde\n", 2<<20/16)
	dir, root := folder(t, map[string]string{"big": body, "many/a": "", "many/b": ""})
	addr := serveAt(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}, Stall: 5 * time.Second}, needs.Own())
	before := descriptors(t)
	transfers := []string{"RETR big", "STOR up%d", "APPE up%d", "STOU up%d", "LIST -R", "MLSD many", "HASH big", "XSHA512 big"}
	setups := [][]string{{"TYPE I"}, {"TYPE A"}, {"MODE Z", "TYPE I"}, {"TYPE I", fmt.Sprint("ALLO ", len(body))}}
	ways := interruptions()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), uint64(time.Now().UnixNano())))
			for i := range 25 {
				setup, transfer, way := setups[r.IntN(len(setups))], transfers[r.IntN(len(transfers))], ways[r.IntN(len(ways))]
				if strings.Contains(transfer, "%d") {
					transfer = fmt.Sprintf(transfer, worker*1000+i)
				}
				if way.ends && strings.Contains(transfer, "up") && len(setup[1:]) == 0 {
					continue
				}
				interrupt(t, addr, setup, transfer, body, way, time.Duration(r.IntN(15))*time.Millisecond)
			}
		})
	}
	wg.Wait()
	seen, err := filepath.Glob(filepath.Join(dir, "up*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range seen {
		if got, _ := os.ReadFile(p); string(got) != body {
			t.Errorf("%s is seen with %d bytes", filepath.Base(p), len(got))
		}
	}
	for range 3000 { // an upload whose client is gone ends by Stall
		if descriptors(t) <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d descriptors are open, %d were", descriptors(t), before)
}

// descriptors returns how many descriptors the process has.
func descriptors(t testing.TB) int {
	t.Helper()
	for range 2 {
		runtime.GC() // pipes of splice wait in a pool for the next upload, which two collections empty
	}
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		needs.Missing(t, "a system with /proc")
	}
	return len(all)
}

// interrupt begins a transfer and interrupts it after a time.
func interrupt(t *testing.T, addr string, setup []string, transfer, body string, way interruption, after time.Duration) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	c := &client{t, conn, bufio.NewReader(conn)}
	fmt.Fprint(c, "USER ann\r\nPASS x\r\n"+strings.Join(setup, "\r\n")+"\r\n")
	for range 3 + len(setup) {
		c.reply()
	}
	raw, err := net.Dial("tcp", c.passive())
	if err != nil {
		t.Error(err)
		return
	}
	data := raw.(*net.TCPConn)
	defer data.Close()
	_ = data.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprint(c, transfer+"\r\n")
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		if !strings.Contains(transfer, "up") {
			_, _ = io.Copy(io.Discard, data)
			return
		}
		// A client that has not sent all leaves the connection as it is, or resets it.
		if n, err := io.Copy(data, strings.NewReader(body)); err == nil && n == int64(len(body)) {
			data.Close()
		} else {
			_ = data.SetLinger(0)
		}
	}()
	time.Sleep(after)
	way.do(c, data)
	fmt.Fprint(c, "\r\nQUIT\r\n")
	if _, err := io.Copy(io.Discard, c.r); err != nil && os.IsTimeout(err) {
		t.Errorf("%s, then %q, does not end", transfer, way.name)
	}
	data.Close()
	<-moved
}
