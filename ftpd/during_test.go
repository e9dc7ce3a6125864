package ftpd_test

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/ftpd"
)

// expect reads replies that must start so, in this order.
func (c *client) expect(starts ...string) {
	c.t.Helper()
	for _, start := range starts {
		if got := c.reply(); !strings.HasPrefix(got, start) {
			c.t.Errorf("got %q, want %q", got, start)
		}
	}
}

// TestDuringTransfer gives commands in the middle of a download, which the client then reads to its end or not.
func TestDuringTransfer(t *testing.T) {
	const size = 32 << 20
	tests := []struct {
		name     string
		commands []string
		at       []string // replies before the client reads on
		after    []string // replies at the end
		aborts   bool
	}{
		{"NOOP", []string{"NOOP", "STAT"}, []string{"200 ", "211-"}, []string{"226 "}, false},
		{"in order", []string{"SIZE big", "NOOP", "PWD"}, nil, []string{"226 ", "213 ", "200 ", "257 "}, false},
		{"REIN", []string{"REIN", "TYPE A", "LIST"}, []string{"220 ", "530 ", "530 "}, []string{"226 "}, false},
		{"USER", []string{"USER ftp", "PWD"}, []string{"331 ", "530 "}, []string{"226 "}, false},
		{"USER and PASS", []string{"USER ftp", "PASS x", "PWD"}, []string{"331 "}, []string{"226 ", "230 ", "257 "}, false},
		{"QUIT", []string{"QUIT", "NOOP"}, []string{"221 "}, []string{"226 ", "EOF"}, false},
		{"unknown", []string{"XYZZY"}, []string{"500 "}, []string{"226 "}, false},
		{"ABOR", []string{"ABOR"}, []string{"426 ", "226 "}, nil, true},
		{"ABOR behind others", []string{"SIZE big", "RETR big", "NOOP", "ABOR"}, []string{"426 ", "213 ", "425 ", "200 ", "226 "}, nil, true},
		{"ABOR after QUIT", []string{"QUIT", "ABOR"}, []string{"221 ", "426 ", "226 ", "EOF"}, nil, true},
		{"ABOR after REIN", []string{"REIN", "ABOR"}, []string{"220 ", "530 "}, []string{"226 "}, false},
		{"telnet", []string{"\xff\xf4\xff\xf2ABOR"}, []string{"426 ", "226 "}, nil, true},
		{"too many", []string{strings.TrimSuffix(strings.Repeat("PWD\r\n", 100), "\r\n")}, nil, append([]string{"226 "}, slicesOf("257 ", 100)...), false},
	}
	_, root := folder(t, map[string]string{"big": strings.Repeat("x", size)})
	addr := serve(t, &ftpd.Server{FS: ftpd.Dir(root)})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := login(t, addr)
			data := c.begin("RETR big")
			for _, command := range test.commands {
				c.send(command)
			}
			c.expect(test.at...)
			n, err := io.Copy(io.Discard, data)
			if whole := n == size && err == nil; whole == test.aborts {
				t.Errorf("%d bytes came, %v", n, err)
			}
			c.expect(test.after...)
			if last := append(test.at, test.after...); last[len(last)-1] != "EOF" {
				c.want("FEAT", "211-")
			}
		})
	}
}

// TestHeldUp waits for the replies to commands before it reads on, so that nothing would ever move: they are refused. Commands
// that come later wait again.
func TestHeldUp(t *testing.T) {
	const size = 64 << 20
	_, root := folder(t, map[string]string{"big": strings.Repeat("x", size)})
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(root), Held: 200 * time.Millisecond}))
	data := c.begin("RETR big")
	c.send("EPSV")
	c.send("RETR big")
	c.expect("450 EPSV: ", "450 RETR: ")
	c.want("NOOP", "200 ")
	c.send("PWD")
	c.expect("450 PWD: ")
	if n, err := io.Copy(io.Discard, data); n != size || err != nil {
		t.Errorf("%d bytes came, %v", n, err)
	}
	c.expect("226 ")
	c.want("PWD", "257 ")
	data = c.begin("RETR big")
	c.send("PWD")
	c.expect("450 PWD: ")
	c.send("QUIT")
	c.expect("221 ")
	if n, err := io.Copy(io.Discard, data); n != size || err != nil {
		t.Errorf("%d bytes came behind QUIT, %v", n, err)
	}
	c.expect("226 ", "EOF")
}

// TestRenameAtOnce gives another command between RNFR and RNTO.
func TestRenameAtOnce(t *testing.T) {
	_, c := writableServer(t, map[string]string{"a": ""})
	for _, step := range []struct{ command, want string }{
		{"RNFR a", "350 "},
		{"NOOP", "200 "},
		{"RNTO b", "503 "},
		{"RNFR a", "350 "},
		{"PWD", "503 "},
		{"PWD", "257 "},
		{"RNTO b", "503 "},
		{"RNFR none", "550 "},
		{"PWD", "257 "},
		{"RNFR a", "350 "},
		{"RNFR a", "350 "},
		{"RNTO b", "250 "},
	} {
		c.want(step.command, step.want)
	}
}

func slicesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// urgent sends bytes the last of which is urgent, as telnet's Synch and Python's ftplib do.
func urgent(t testing.TB, c net.Conn, b string) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { err = syscall.Sendto(int(fd), []byte(b), syscall.MSG_OOB, nil) }); err != nil {
		t.Fatal(err)
	}
}

// TestUrgentAbort aborts in each form that clients send, in both directions.
func TestUrgentAbort(t *testing.T) {
	for name, abort := range map[string]func(*client){
		"IP, Synch and ABOR": func(c *client) { urgent(c.t, c.Conn, "\xff\xf4\xff\xf2"); c.send("ABOR") },
		"DM alone is urgent": func(c *client) { _, _ = io.WriteString(c, "\xff\xf4\xff"); urgent(c.t, c.Conn, "\xf2"); c.send("ABOR") },
		"ftplib":             func(c *client) { urgent(c.t, c.Conn, "ABOR\r\n") },
		"in pieces":          func(c *client) { urgent(c.t, c.Conn, "\xf4"); urgent(c.t, c.Conn, "\xff"); c.send("abor") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, c := writableServer(t, nil)
			big, err := os.Create(filepath.Join(dir, "endless"))
			if err != nil {
				t.Fatal(err)
			}
			_ = big.Truncate(1 << 40)
			big.Close()
			c.begin("RETR endless")
			abort(c)
			c.expect("426 ", "226 ")
			data := c.begin("STOR up")
			if _, err := data.Write(make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
			abort(c)
			c.expect("426 ", "226 ")
			data.Close()
			abort(c)
			c.expect("225 ")
			if _, err := os.Stat(filepath.Join(dir, "up")); err == nil {
				t.Error("an upload that was aborted is there")
			}
		})
	}
}

// TestQuitDuringUpload lets an upload end behind QUIT.
func TestQuitDuringUpload(t *testing.T) {
	dir, c := writableServer(t, nil)
	data := c.begin("STOR a")
	_, _ = io.WriteString(data, "one,")
	c.want("QUIT", "221 ")
	_, _ = io.WriteString(data, "two")
	data.Close()
	c.expect("226 ", "EOF")
	if got, _ := os.ReadFile(filepath.Join(dir, "a")); string(got) != "one,two" {
		t.Errorf("it is %q", got)
	}
}

// TestPartialLine lets a transfer end while a command has come in part, and others wait.
func TestPartialLine(t *testing.T) {
	_, c := writableServer(t, map[string]string{"a": "aaa"})
	data := c.begin("STOR b")
	c.send("SIZE a")
	_, _ = io.WriteString(c, "SIZ")
	time.Sleep(20 * time.Millisecond)
	data.Close()
	c.expect("226 ", "213 3")
	c.send("E b")
	c.expect("213 0")
}

// TestDeadClient kills a client in the middle of an upload: the system ends both connections as if all had been sent.
func TestDeadClient(t *testing.T) {
	dir, c := writableServer(t, nil)
	for i := range 20 {
		d := dial(t, c.RemoteAddr().String())
		d.reply()
		d.want("USER ann", "331 ")
		d.want("PASS x", "230 ")
		d.want("TYPE I", "200 ")
		data := d.begin(fmt.Sprint("STOR part", i))
		_, _ = io.WriteString(data, "the beginning")
		for start := time.Now(); arrived(dir, 13) <= i && time.Since(start) < 20*time.Second; {
			time.Sleep(time.Millisecond)
		}
		d.Close()
		data.Close()
	}
	for i := range 20 {
		awaitSize(t, c, fmt.Sprint("part", i), "213 13")
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprint("part", i))); err == nil {
			t.Error("the upload of a dead client counts as whole")
		}
	}
}

// arrived counts the files of a size below dir, which change meanwhile.
func arrived(dir string, size int64) (n int) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it has gone
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() && info.Size() == size {
			n++
		}
		return nil
	})
	return n
}

// awaitSize waits for a reply to SIZE.
func awaitSize(t testing.TB, c *client, name, want string) {
	t.Helper()
	var got string
	for range 3000 {
		c.send("SIZE " + name)
		if got = c.reply(); got == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("SIZE %s => %q, want %q", name, got, want)
}
