package sftp_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"golang.org/x/text/encoding/charmap"

	"trawl/crawler"
	"trawl/crawler/sftp"
	"trawl/index"
	"trawl/index/indextest/needs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sshd is OpenSSH's server, on a port of its own, with keys of its own.
type sshd struct {
	addr    string
	hostKey ssh.PublicKey
	keyFile string // of a user who may log in
	user    string
}

// newKey writes a private key and returns its public half.
func newKey(t testing.TB, file string) ssh.PublicKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// startSSHD starts OpenSSH's server; it stops with the test.
func startSSHD(t testing.TB) *sshd {
	return startSSHDWith(t, "Subsystem sftp /usr/lib/openssh/sftp-server\n")
}

// startSSHDWith does what startSSHD does, with more lines in its configuration.
func startSSHDWith(t testing.TB, more string) *sshd {
	t.Helper()
	program := needs.Program(t, "sshd", "openssh-server")
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	s := &sshd{keyFile: filepath.Join(dir, "user"), addr: needs.Port(t)}
	s.hostKey = newKey(t, filepath.Join(dir, "host"))
	allowed := ssh.MarshalAuthorizedKey(newKey(t, s.keyFile))
	if err := os.WriteFile(filepath.Join(dir, "allowed"), allowed, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(s.addr)
	conf := fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s/host\nPidFile none\nUsePAM no\nStrictModes no\n"+
		"AuthorizedKeysFile %s/allowed\nPasswordAuthentication no\nPermitRootLogin yes\nMaxSessions 10\n", port, dir, dir) + more
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := exec.Command("id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	s.user = strings.TrimSpace(string(id))
	var said strings.Builder
	cmd := exec.Command(program, "-D", "-e", "-f", filepath.Join(dir, "conf"))
	cmd.Stderr = &said
	cmd.SysProcAttr = needs.Tied() // a test that is killed leaves none behind
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 200 {
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			conn.Close()
			return s
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("sshd does not answer: %s", said.String())
	return nil
}

// host returns the host that s is, with a root and the login that it lets in.
func (s *sshd) host(root string) index.Host {
	id, _, _, _ := crawler.Schemes(&sftp.Source{}).Parse("sftp://" + s.addr + root)
	return index.Host{ID: id, Settings: index.Settings{User: s.user, KeyFile: s.keyFile}}
}

// connect reaches a host.
func connect(t testing.TB, src *sftp.Source, host index.Host) crawler.Server {
	t.Helper()
	srv, err := src.Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

// onlyWay returns the way that the server has.
func onlyWay(srv crawler.Server) crawler.DirWay {
	_, dirs := srv.Ways()
	return dirs[0]
}

// list lists one directory.
func list(ctx context.Context, srv crawler.Server, dir index.Path) (index.Listing, error) {
	var whole index.Listing
	err := onlyWay(srv).List(ctx, dir, func(l index.Listing) error {
		l.Entries = append(whole.Entries, l.Entries...)
		whole = l
		return nil
	})
	return whole, err
}

// walk lists all below root, as many directories at once as the way allows.
func walk(t testing.TB, srv crawler.Server, root index.Path) map[index.Path]index.Entry {
	t.Helper()
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		visit func(dir index.Path)
	)
	found := map[index.Path]index.Entry{}
	atOnce := make(chan struct{}, onlyWay(srv).Connections())
	visit = func(dir index.Path) {
		atOnce <- struct{}{}
		l, err := list(t.Context(), srv, dir)
		<-atOnce
		if err != nil || l.State != index.Complete {
			t.Errorf("list %q: %v, %v", dir, l.State, err)
		}
		for _, e := range l.Entries {
			p := dir.Join(e.Wire())
			mu.Lock()
			found[p] = e
			mu.Unlock()
			if e.Kind == index.Dir {
				wg.Go(func() { visit(p) })
			}
		}
	}
	visit(root)
	wg.Wait()
	return found
}

// TestOpenSSH lists a tree of odd names and finds what find(1) finds.
func TestOpenSSH(t *testing.T) {
	tree := t.TempDir()
	for i := range 300 {
		name := filepath.Join(tree, fmt.Sprintf("d%d/e%d/file %d.txt", i%20, i%60, i))
		write(t, name, strings.Repeat("x", i))
	}
	for _, name := range []string{"a\nb", " lead", "caf\u00e9", "latin\xe9\xe8", "semi;colon", "per%20", "-dash", strings.Repeat("n", 255), "\xff\xfe"} {
		write(t, filepath.Join(tree, "odd", name), name)
	}
	for i := range 250 {
		write(t, filepath.Join(tree, "large", fmt.Sprint(i)), "")
	}
	for name, target := range map[string]string{"link": "odd/caf\u00e9", "dangling": "nowhere", "up": "..", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(tree, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(tree, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	daemon := startSSHD(t)
	known := filepath.Join(t.TempDir(), "known_hosts")
	write(t, known, knownhosts.Line([]string{knownhosts.Normalize(daemon.addr)}, daemon.hostKey)+"\n")
	srv := connect(t, &sftp.Source{KnownHosts: []string{known}}, daemon.host(tree))
	got := map[string]string{}
	for p, e := range walk(t, srv, daemon.host(tree).ID.Root()) {
		size := fmt.Sprint(e.Size)
		if e.Kind != index.File {
			size = "-"
		}
		got[string(p)] = fmt.Sprintf("%s %s %d %s", e.Kind, size, e.Unix, e.Target)
	}
	want := find(t, tree)
	if !maps.Equal(got, want) {
		for p, line := range want {
			if got[p] != line {
				t.Errorf("%q: got %q, find says %q", p, got[p], line)
			}
		}
		t.Errorf("%d entries, find finds %d", len(got), len(want))
	}
	if known := srv.Known(); known.HostKey != ssh.FingerprintSHA256(daemon.hostKey) || !strings.Contains(known.Software, "OpenSSH") || known.Way != "READDIR" {
		t.Errorf("known: %+v", known)
	}
}

// TestCharset finds out the charset of names by looking at many of them.
func TestCharset(t *testing.T) {
	tree := t.TempDir()
	names := []string{"Война и мир", "Мастер и Маргарита", "Преступление и наказание", "Отцы и дети", "Мёртвые души"}
	for _, name := range names {
		raw, err := charmap.Windows1251.NewEncoder().String(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(tree, raw+".txt"), "")
	}
	daemon := startSSHD(t)
	srv := connect(t, &sftp.Source{}, daemon.host(tree))
	l, err := list(t.Context(), srv, daemon.host(tree).ID.Root())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !slices.ContainsFunc(l.Entries, func(e index.Entry) bool { return e.Name == name+".txt" && e.Raw != "" }) {
			t.Errorf("no %s in %+v", name, l.Entries)
		}
	}
	if got := srv.Known().Charset; got != "windows-1251" {
		t.Errorf("charset %q", got)
	}
}

func write(t testing.TB, name, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// find returns what find(1) finds below dir: "kind size seconds target" by path.
func find(t testing.TB, dir string) map[string]string {
	t.Helper()
	out, err := exec.Command(needs.Program(t, "find", "findutils"), dir, "-mindepth", "1", "-printf", `%y %s %T@ %l\0%p\0`).Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	kinds := map[string]string{"f": "file", "d": "dir", "l": "link"}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for pair := range slices.Chunk(fields, 2) {
		f := strings.SplitN(pair[0], " ", 4)
		seconds, _, _ := strings.Cut(f[2], ".")
		if f[0] != "f" {
			f[1] = "-"
		}
		found[pair[1]] = strings.Join([]string{kinds[f[0]], f[1], seconds, f[3]}, " ")
	}
	return found
}

// TestOpen reads files of a real server from an offset on.
func TestOpen(t *testing.T) {
	tree := t.TempDir()
	body := strings.Repeat("0123456789", 30_000)
	write(t, filepath.Join(tree, "caf\xe9"), body)
	srv := connect(t, &sftp.Source{}, startSSHD(t).host(tree))
	for _, offset := range []int64{0, 7, 299_999, 300_000, 400_000} {
		f, err := srv.Open(t.Context(), index.Path(tree).Join("caf\xe9"), offset)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if want := body[min(offset, 300_000):]; string(got) != want || err != nil {
			t.Errorf("from %d: %d bytes, want %d; %v", offset, len(got), len(want), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := srv.Open(t.Context(), "/no/such", 0); !errors.Is(err, crawler.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := list(t.Context(), srv, "/no/such"); !errors.Is(err, crawler.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := list(t.Context(), srv, index.Path(tree).Join("caf\xe9")); !errors.Is(err, crawler.ErrDenied) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := list(ctx, srv, index.Path(tree)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestTrust shows which host keys are accepted.
func TestTrust(t *testing.T) {
	l := &liar{user: "me", password: "pw"}
	addr := l.serve(t)
	right := ssh.FingerprintSHA256(l.key)
	wrong := newKey(t, filepath.Join(t.TempDir(), "other"))
	line := func(key ssh.PublicKey) string {
		file := filepath.Join(t.TempDir(), "known_hosts")
		write(t, file, knownhosts.Line([]string{knownhosts.Normalize(addr)}, key)+"\n")
		return file
	}
	rightFile, wrongFile, noFile := line(l.key), line(wrong), filepath.Join(t.TempDir(), "none")
	tests := []struct {
		name               string
		pin, before, hosts string
		insecure           bool
		want               string // of the error
	}{
		{name: "first use"},
		{name: "seen before", before: right},
		{name: "changed", before: ssh.FingerprintSHA256(wrong), want: "changed from"},
		{name: "changed, and pinned since", before: ssh.FingerprintSHA256(wrong), pin: right},
		{name: "changed, whatever", before: ssh.FingerprintSHA256(wrong), insecure: true},
		{name: "pinned", pin: right},
		{name: "pinned another", pin: ssh.FingerprintSHA256(wrong), want: "pinned is"},
		{name: "pinned another, whatever", pin: ssh.FingerprintSHA256(wrong), insecure: true, want: "pinned is"},
		{name: "known host", hosts: rightFile},
		{name: "known host, changed", hosts: rightFile, before: ssh.FingerprintSHA256(wrong)},
		{name: "known as another", hosts: wrongFile, want: "line 1 of " + wrongFile},
		{name: "no known hosts", hosts: noFile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host := l.host(addr)
			host.Settings.Pin, host.Settings.Insecure, host.Known.HostKey = test.pin, test.insecure, test.before
			src := &sftp.Source{}
			if test.hosts != "" {
				src.KnownHosts = []string{test.hosts}
			}
			srv, err := src.Connect(t.Context(), host, nil)
			if err == nil {
				defer func() { _ = srv.Close() }()
				if got := srv.Known().HostKey; got != right {
					t.Errorf("kept %s, want %s", got, right)
				}
			}
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (!errors.Is(err, crawler.ErrTrust) || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestNoSubsystem logs in to a real server that offers no SFTP.
func TestNoSubsystem(t *testing.T) {
	began := time.Now()
	_, err := (&sftp.Source{}).Connect(t.Context(), startSSHDWith(t, "").host("/"), nil)
	if !errors.Is(err, crawler.ErrLogin) || !strings.Contains(err.Error(), "offers no SFTP") || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestRefused shows the errors of Connect.
func TestRefused(t *testing.T) {
	l := &liar{user: "me", password: "pw"}
	addr, dir := l.serve(t), t.TempDir()
	other, locked := filepath.Join(dir, "other"), filepath.Join(dir, "locked")
	newKey(t, other)
	_, private, _ := ed25519.GenerateKey(nil)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, locked, string(pem.EncodeToMemory(block)))
	tests := []struct {
		name string
		addr string
		set  func(*index.Settings)
		want error
	}{
		{"another key", addr, func(s *index.Settings) { s.KeyFile, s.Password = other, "" }, crawler.ErrLogin},
		{"anonymous", addr, func(s *index.Settings) { *s = index.Settings{} }, crawler.ErrLogin},
		{"another password", addr, func(s *index.Settings) { s.Password = "x" }, crawler.ErrLogin},
		{"another user", addr, func(s *index.Settings) { s.User = "you" }, crawler.ErrLogin},
		{"no key file", addr, func(s *index.Settings) { s.KeyFile = "/no/such" }, crawler.ErrLogin},
		{"no key in it", addr, func(s *index.Settings) { s.KeyFile = "/etc/passwd" }, crawler.ErrLogin},
		{"passphrase is missing", addr, func(s *index.Settings) { s.KeyFile, s.Password = locked, "" }, crawler.ErrLogin},
		{"passphrase is wrong", addr, func(s *index.Settings) { s.KeyFile, s.Password = locked, "x" }, crawler.ErrLogin},
		{"proxy", addr, func(s *index.Settings) { s.Proxy = "socks5://h:1" }, crawler.ErrDown},
		{"nobody there", needs.Nobody, nil, crawler.ErrDown},
		{"hangs", peer(t, func(net.Conn) {}), nil, crawler.ErrDown},
		{"hangs up", peer(t, func(c net.Conn) { c.Close() }), nil, crawler.ErrBusy},
		{"speaks FTP", peer(t, func(c net.Conn) { fmt.Fprint(c, strings.Repeat("220 Welcome to FTP\r\n", 1000)) }), nil, crawler.ErrDown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			host := l.host(addr)
			host.ID = index.HostID("sftp://" + test.addr + "/")
			if test.set != nil {
				test.set(&host.Settings)
			}
			src := &sftp.Source{Limits: sftp.Limits{Silence: 300 * time.Millisecond}}
			srv, err := src.Connect(t.Context(), host, nil)
			if err == nil {
				_ = srv.Close()
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// peer listens, and does as talk says with each connection.
func peer(t testing.TB, talk func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() { talk(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return ln.Addr().String()
}
