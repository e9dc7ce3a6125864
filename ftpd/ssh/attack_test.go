package ssh_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
)

// unproved is a key whose private half the client does not have.
type unproved struct {
	public gossh.PublicKey
	gossh.Signer
}

func (u unproved) PublicKey() gossh.PublicKey { return u.public }

// TestLogin shows who gets in, and what is recorded of it.
func TestLogin(t *testing.T) {
	h := serve(t, quick)
	for _, test := range []struct {
		name, user string
		auth       []gossh.AuthMethod
		in         bool
	}{
		{"password", "ann", []gossh.AuthMethod{gossh.Password("secret")}, true},
		{"key", "ann", []gossh.AuthMethod{gossh.PublicKeys(h.key)}, true},
		{"another key, then the key", "ann", []gossh.AuthMethod{gossh.PublicKeys(signer(t), h.key)}, true},
		{"another key", "ann", []gossh.AuthMethod{gossh.PublicKeys(signer(t))}, false},
		{"a key that is not proved", "ann", []gossh.AuthMethod{gossh.PublicKeys(unproved{h.key.PublicKey(), signer(t)})}, false},
		{"the key of another", "bob", []gossh.AuthMethod{gossh.PublicKeys(h.key)}, false},
		{"a wrong password", "ann", []gossh.AuthMethod{gossh.Password("x")}, false},
		{"nobody", "bob", []gossh.AuthMethod{gossh.Password("secret")}, false},
		{"password, when asked", "ann", asked("secret"), true},
		{"a wrong password, when asked", "ann", asked("x"), false},
		{"a wrong one when asked, then the password", "ann", append(asked("x"), gossh.Password("secret")), true},
		{"nobody, when asked", "bob", asked("secret"), false},
		{"a guest, when asked", "anonymous", asked("x"), false},
		{"a guest", "anonymous", []gossh.AuthMethod{gossh.Password("x")}, false},
		{"none", "anonymous", nil, false},
	} {
		before := h.events.Count(ftpd.LoggedIn)
		c, err := h.dial(test.user, test.auth...)
		if (err == nil) != test.in {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil {
			_ = c.Close()
		}
		if got := h.events.Count(ftpd.LoggedIn) - before; (got == 1) != test.in {
			t.Errorf("%s: %d logins", test.name, got)
		}
	}
	if got := h.events.Count(ftpd.LoginFailed); got != 7 {
		t.Errorf("%d failed logins, not those with wrong passwords", got)
	}
}

// asked answers with a password when the server asks for it (keyboard-interactive).
func asked(password string) []gossh.AuthMethod {
	return []gossh.AuthMethod{gossh.KeyboardInteractive(func(_, _ string, questions []string, echos []bool) ([]string, error) {
		if !slices.Equal(questions, []string{"Password: "}) || !slices.Equal(echos, []bool{false}) {
			return nil, fmt.Errorf("the questions are %q %v", questions, echos)
		}
		return []string{password}, nil
	})}
}

// quick lets failed logins wait for nothing.
func quick(s *ssh.Server, _ *tree.Options) {
	s.Guard = guard.New(guard.Config{Delay: -1, MaxDelay: -1, Failures: -1})
}

// TestGuest shows that guests get in by any password and by none, if they may.
func TestGuest(t *testing.T) {
	h := serve(t, quick, func(s *ssh.Server, _ *tree.Options) { s.Anonymous = true })
	for _, auth := range [][]gossh.AuthMethod{nil, {gossh.Password("me@example.org")}, asked("me@example.org")} {
		c, err := h.dial("anonymous", auth...)
		must(t, err)
		if err := open(t, c).status(14, "/x", uint32(0)); err == nil {
			t.Error("a guest makes a folder")
		}
		_ = c.Close()
	}
	if _, err := h.dial("ann"); err == nil {
		t.Error("ann gets in without a password")
	}
}

// TestNoProgram shows that there is no shell, and that nothing is forwarded.
func TestNoProgram(t *testing.T) {
	h := serve(t)
	c := h.connect(t)
	for _, command := range []string{
		"id", "scp", "scp -t", "scp -f", "scp -t -f /", "scp -t -x /", "scp -S id -t /", "/usr/bin/scp -t /", "scp -t 'a", "scp -t 'a' b",
		"scp  -t /", "scp -f a\\", "rsync --server . /", "scp;id -t /",
	} {
		s, err := c.NewSession()
		must(t, err)
		if err := s.Start(command); err == nil {
			t.Errorf("%q is run", command)
		}
		_ = s.Close()
	}
	for _, request := range []string{"shell", "pty-req", "env", "x11-req", "auth-agent-req@openssh.com", "signal", "window-change"} {
		s, err := c.NewSession()
		must(t, err)
		if ok, err := s.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s is granted: %v", request, err)
		}
		_ = s.Close()
	}
	for _, kind := range []string{"direct-tcpip", "forwarded-tcpip", "direct-streamlocal@openssh.com", "tun@openssh.com", "x11"} {
		if _, _, err := c.OpenChannel(kind, nil); err == nil {
			t.Errorf("a channel %s is opened", kind)
		}
	}
	for _, request := range []string{"tcpip-forward", "streamlocal-forward@openssh.com", "keepalive@openssh.com"} {
		if ok, _, err := c.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s is granted: %v", request, err)
		}
	}
	if _, err := h.sftp(t).ReadDir("/"); err != nil {
		t.Error(err)
	}
}

// TestPackets sends what no client sends.
func TestPackets(t *testing.T) {
	h := serve(t)
	must(t, os.WriteFile(filepath.Join(h.dir, "file"), []byte("content"), 0o600))
	c := h.connect(t)
	b := open(t, c)
	file := b.handle(3, "/file", uint32(1), uint32(0))
	dir := b.handle(11, "/")
	up := b.handle(3, "/up", uint32(2|8|16), uint32(0))
	for name, err := range map[string]error{
		"an unknown request":   b.status(99),
		"a request cut off":    b.status(3, "/x"),
		"a long string":        b.status(13, uint32(1<<31)),
		"extended attributes":  b.status(9, "/file", uint32(1<<31), uint32(1<<31)),
		"an unknown handle":    b.status(5, "17", uint64(0), uint32(1)),
		"a folder read":        b.status(5, dir, uint64(0), uint32(1)),
		"a file listed":        b.status(12, file),
		"a file written":       b.status(6, file, uint64(0), "x"),
		"a negative place":     b.status(6, up, uint64(1<<63), "x"),
		"a place far off":      b.status(6, up, uint64(1)<<61, "x"),
		"a symbolic link":      b.status(20, "/etc/passwd", "/link"),
		"a hard link":          b.status(200, "hardlink@openssh.com", "/file", "/other"),
		"another owner":        b.status(9, "/file", uint32(2), uint32(0), uint32(0)),
		"no flags":             b.status(3, "/x", uint32(0), uint32(0)),
		"a NUL":                b.status(13, "/file\x00"),
		"above the root":       b.status(13, "/../../../../etc/passwd"),
		"a link, above":        b.status(19, "../../etc"),
		"the reserved folder":  b.status(11, "/.trawl"),
		"rename onto":          b.status(18, "/file", "/file/../file"),
		"an unknown extension": b.status(200, "x@example.org"),
	} {
		if err == nil {
			t.Errorf("%s is answered well", name)
		}
	}
	if err := b.status(4, file); err != nil {
		t.Error(err)
	}
	if b.status(4, file) == nil || b.status(5, file, uint64(0), uint32(1)) == nil {
		t.Error("a handle is of use after its end")
	}
	for _, bad := range [][]byte{{0x80, 0, 0, 0, 5}, {0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}, packet(1, uint32(3)), packet(5)} {
		b := open(t, c)
		_, err := b.w.Write(bad)
		must(t, err)
		if kind, _ := b.receive(); kind != 0 {
			t.Errorf("%x is answered by packet %d", bad, kind)
		}
	}
}

// TestHandles shows that a session has a bounded number of open files.
func TestHandles(t *testing.T) {
	h := serve(t)
	must(t, os.WriteFile(filepath.Join(h.dir, "file"), nil, 0o600))
	c := h.connect(t)
	a, b := open(t, c), open(t, c)
	var held []string
	for range 60 {
		held = append(held, a.handle(3, "/file", uint32(1), uint32(0)))
	}
	for range 40 {
		b.handle(11, "/")
	}
	if a.status(3, "/file", uint32(1), uint32(0)) == nil || b.status(11, "/") == nil {
		t.Error("there is no bound")
	}
	must(t, a.status(4, held[0]))
	b.handle(11, "/")
}

// TestManyHandles lets sessions open what the process may have: others still open a file.
func TestManyHandles(t *testing.T) {
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	few := before
	few.Cur = min(before.Cur, 1000)
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few))
	h := serve(t)
	h.connect(t) // it has started
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before))
	must(t, os.WriteFile(filepath.Join(h.dir, "file"), []byte("content"), 0o600))
	total := 0
	for range 10 {
		b := open(t, h.connect(t))
		for range 100 {
			kind, _ := b.ask(3, "/file", uint32(1), uint32(0))
			if kind == 102 {
				total++
			}
		}
	}
	if total > 250+10*4 {
		t.Errorf("%d files are open, of 1,000 that the process may have", total)
	}
	b := open(t, h.connect(t))
	for range 4 {
		b.handle(3, "/file", uint32(1), uint32(0))
	}
}

// TestNamesSCP sends names that lead elsewhere.
func TestNamesSCP(t *testing.T) {
	h := serve(t)
	must(t, os.Mkdir(filepath.Join(h.dir, "in"), 0o700))
	s := bySCP{t, h.connect(t)}
	for _, line := range []string{
		"C0644 1 ../x", "C0644 1 ..", "C0644 1 .", "C0644 1 ", "C0644 1 a/b", "C0644 1 /x", "C0644 1 a\x1b[2J", "C0644 -1 x", "C99999 1 x",
		"C0644 x x", "D0755 0 ..", "D0755 0 ../x", "X", "T1 2", "C0644 1 .trawl", strings.Repeat("x", 9000),
	} {
		if out := s.run("scp -r -t in", line+"\nx\x00"); strings.HasSuffix(out, "\x00\x00\x00") {
			t.Errorf("%.40q is taken: %q", line, out)
		}
	}
	for _, dir := range []string{h.dir, filepath.Join(h.dir, "in"), filepath.Dir(h.dir)} {
		for _, name := range []string{"x", "b", "a"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				t.Errorf("%s is there", filepath.Join(dir, name))
			}
		}
	}
}

// TestNamesSent copies names that harm a terminal: none is sent as it is.
func TestNamesSent(t *testing.T) {
	h := serve(t)
	must(t, os.Mkdir(filepath.Join(h.dir, "dir"), 0o700))
	for _, name := range []string{"a\x1b[2Jb", "a\nC0644 1 evil", "a\u009b2Jb", "a\x9b2J\x1b", "good"} {
		must(t, os.WriteFile(filepath.Join(h.dir, "dir", name), []byte("x"), 0o600))
	}
	c := h.connect(t)
	out := bySCP{t, c}.run("scp -r -f /dir", strings.Repeat("\x00", 100))
	if strings.ContainsAny(out, "\x1b") || strings.Contains(out, "\u009b") || strings.Contains(out, "\nC0644 1 evil") {
		t.Errorf("it sends %q", out)
	}
	if !strings.Contains(out, "C0600 1 good\n") {
		t.Errorf("the other file is not sent: %q", out)
	}
	b := open(t, c)
	_, names := b.ask(12, b.handle(11, "/dir"))
	for _, name := range []string{`a\x1b[2Jb`, `a\x0aC0644 1 evil`, `a\u009b2Jb`, `a\x9b2J\x1b`} {
		if !bytes.Contains(names, []byte(" "+name)) {
			t.Errorf("no long name ends with %s", name)
		}
	}
}

// TestUpload shows that an upload is seen when it is closed well, and that one that breaks off can be continued and is not seen.
func TestUpload(t *testing.T) {
	h := serve(t)
	at := filepath.Join(h.dir, "file")
	c := h.connect(t)
	b := open(t, c)
	up := b.handle(3, "/file", uint32(2|8|16), uint32(0))
	must(t, b.status(6, up, uint64(4), "efgh"))
	must(t, b.status(6, up, uint64(0), "abcd"))
	if _, err := os.Stat(at); err == nil {
		t.Error("it is seen before its end")
	}
	_ = c.Close()
	for deadline := time.Now().Add(time.Minute); h.events.Count(ftpd.Disconnected) == 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := os.Stat(at); err == nil {
		t.Error("it is seen after it broke off")
	}
	client := h.sftp(t)
	info, err := client.Stat("/file")
	if err != nil || info.Size() != 8 {
		t.Fatalf("what is left is %v, %v", info, err)
	}
	f, err := client.OpenFile("/file", os.O_RDWR|os.O_CREATE)
	must(t, err)
	_, err = f.WriteAt([]byte("ijkl"), 8)
	must(t, err)
	part := make([]byte, 4)
	if _, err := f.ReadAt(part, 2); err != nil || string(part) != "cdef" {
		t.Errorf("reading back gives %q, %v", part, err)
	}
	must(t, f.Chmod(0o604))
	must(t, f.Close())
	got, err := os.ReadFile(at)
	if err != nil || !bytes.Equal(got, []byte("abcdefghijkl")) {
		t.Errorf("the file is %q, %v", got, err)
	}
	must(t, client.Truncate("/file", 3))
	if err := client.Rename("/file", "/file2"); err != nil {
		t.Error(err)
	}
	must(t, os.WriteFile(at, nil, 0o600))
	if client.Rename("/file2", "/file") == nil {
		t.Error("a plain rename replaces a file")
	}
	must(t, client.PosixRename("/file2", "/file"))
	if got, _ := os.ReadFile(at); string(got) != "abc" {
		t.Errorf("the file is %q", got)
	}
}

// TestQuota shows that an upload over the quota is not seen.
func TestQuota(t *testing.T) {
	h := serve(t, func(_ *ssh.Server, o *tree.Options) { o.Quota = &tree.Quota{Bytes: 100} })
	b := open(t, h.connect(t))
	up := b.handle(3, "/file", uint32(2|8|16), uint32(0))
	must(t, b.status(6, up, uint64(0), strings.Repeat("x", 100)))
	if b.status(6, up, uint64(100), "y") == nil || b.status(6, up, uint64(5000), "y") == nil {
		t.Error("there is no quota")
	}
	if b.status(4, up) == nil {
		t.Error("what is not whole is closed well")
	}
	if _, err := os.Stat(filepath.Join(h.dir, "file")); err == nil {
		t.Error("what is not whole is seen")
	}
	if got := h.store.Used(); got.Bytes != 0 {
		t.Errorf("%d bytes are counted", got.Bytes)
	}
}

// TestKick ends a session by its number.
func TestKick(t *testing.T) {
	h := serve(t)
	c := h.connect(t)
	b := open(t, c)
	b.handle(3, "/file", uint32(2|8|16), uint32(0))
	all := h.live.All()
	if len(all) != 1 || all[0].User != "ann" || all[0].Door != ftpd.SFTP || all[0].Path != "/file" || !h.live.Kick(all[0].ID) {
		t.Fatalf("the sessions are %+v", all)
	}
	if kind, _ := b.receive(); kind != 0 {
		t.Error("the session goes on")
	}
}
