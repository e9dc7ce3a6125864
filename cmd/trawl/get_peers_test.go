package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index/indextest/needs"
)

const (
	bigSize  = 16 << 20                // bytes of big.iso
	bigSpeed = "anon_max_rate=6000000" // of vsftpd
)

// getTree makes a directory with big.iso, its checksums and odd names in pub.
func getTree(t *testing.T) (root string, big []byte) {
	t.Helper()
	root = t.TempDir()
	big = make([]byte, bigSize)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(big)
	pub := filepath.Join(root, "pub")
	err := errors.Join(
		os.Mkdir(pub, 0o755),
		os.WriteFile(filepath.Join(pub, "big.iso"), big, 0o644),
		os.WriteFile(filepath.Join(pub, "empty"), nil, 0o644),
		os.WriteFile(filepath.Join(pub, "\x1b[2J #1 100% caf\xe9\\.txt"), []byte("odd\n"), 0o644),
	)
	for name, at := range map[string]int64{"big.iso": 1_700_000_000, "empty": 1_600_000_001} {
		err = errors.Join(err, os.Chtimes(filepath.Join(pub, name), time.Time{}, time.Unix(at, 0)))
	}
	cmd := exec.CommandContext(t.Context(), "sha256sum", "--tag", "big.iso")
	cmd.Dir = pub
	sums, wrong := cmd.Output()
	if err := errors.Join(err, wrong, os.WriteFile(filepath.Join(pub, "CHECKSUM"), sums, 0o644)); err != nil {
		t.Fatal(err)
	}
	return root, big
}

// gotten demands that the only files in dir are these, and that name holds data.
func gotten(t *testing.T, dir, name string, data []byte, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(there, names) {
		t.Errorf("there is %q, want %q", there, names)
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%s: %d bytes, want %d, %v", name, len(got), len(data), err)
	}
}

// awaitPart waits until so many bytes of a file have come.
func awaitPart(t *testing.T, file string, bytes int64) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(file + ".part"); err == nil && info.Size() >= bytes {
			return
		}
	}
	t.Fatalf("%s.part does not come", file)
}

// TestGetPeers fetches files of real servers: one of a large size over one connection and
// several, proved by a checksum of theirs, an empty one, and one of an odd name.
func TestGetPeers(t *testing.T) {
	root, big := getTree(t)
	fetchAll := func(t *testing.T, c command, url string, odd bool) {
		dir := t.TempDir()
		c.run("get", url+"pub/big.iso", "--verify", "-d", dir)
		c.run("get", url+"pub/big.iso", "--verify", "-d", dir, "-j", "3", "--force")
		c.run("get", url+"pub/empty", "-d", dir)
		names := []string{"big.iso", "empty"}
		if odd {
			out := c.run("get", url+"pub/%1B%5B2J%20%231%20100%25%20caf%E9%5C.txt", "-d", dir)
			if !strings.Contains(out, `\x1b[2J #1`) || strings.Contains(out, "\x1b") || strings.Contains(out, "\xe9") {
				t.Errorf("%q", out)
			}
			names = append(names, "_[2J #1 100% café_.txt")
		}
		gotten(t, dir, "big.iso", big, names...)
		gotten(t, dir, "empty", nil, names...)
		if info, err := os.Stat(filepath.Join(dir, "big.iso")); err != nil || info.ModTime().Unix() != 1_700_000_000 {
			t.Errorf("%v, %v", info.ModTime(), err)
		}
	}
	for _, peer := range ftptest.Peers()[:3] {
		t.Run(peer.Name, func(t *testing.T) {
			c := command{t, t.TempDir()}
			url := "ftp://" + peer.Start(t, root) + "/"
			c.run("crawl", url)
			fetchAll(t, c, url, peer.Name != "pure-ftpd") // which gives no file with a control character
		})
	}
	t.Run("OpenSSH", func(t *testing.T) {
		c := command{t, t.TempDir()}
		addr, user, key := startSSHD(t)
		url := "sftp://" + addr + root + "/"
		c.run("add", "sftp://"+user+"@"+addr+root, "--key", key, "--insecure")
		c.run("crawl", url)
		fetchAll(t, c, url, true)
	})
}

// startSSHD starts OpenSSH's server, which lets user in by a key.
func startSSHD(t *testing.T) (addr, user, key string) {
	t.Helper()
	program, keygen := needs.Program(t, "sshd", "openssh-server"), needs.Program(t, "ssh-keygen", "openssh-client")
	dir := t.TempDir()
	for _, name := range []string{"host", "user"} {
		if out, err := exec.CommandContext(t.Context(), keygen, "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if os.Getuid() == 0 {
		_ = os.MkdirAll("/run/sshd", 0o755)
	}
	addr = needs.Port(t)
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(t.Context(), program, "-D", "-e", "-f", "/dev/null", "-p", port, "-o", "ListenAddress=127.0.0.1",
		"-o", "HostKey="+filepath.Join(dir, "host"), "-o", "PidFile=none", "-o", "UsePAM=no", "-o", "StrictModes=no", "-o", "PermitRootLogin=yes",
		"-o", "AuthorizedKeysFile="+filepath.Join(dir, "user.pub"), "-o", "Subsystem=sftp internal-sftp")
	cmd.SysProcAttr = needs.Tied()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			break
		}
	}
	who, err := exec.CommandContext(t.Context(), "id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	return addr, strings.TrimSpace(string(who)), filepath.Join(dir, "user")
}

// TestGetKilled kills get in the middle, over one connection and over several, interrupts it, and
// lets it come to its end.
func TestGetKilled(t *testing.T) {
	root, big := getTree(t)
	c := command{t, t.TempDir()}
	url := "ftp://" + ftptest.Vsftpd(t, root, bigSpeed) + "/"
	c.run("crawl", url)
	dir := t.TempDir()
	file := filepath.Join(dir, "big.iso")
	for i, way := range []struct {
		connections int
		signal      os.Signal
	}{{1, os.Kill}, {1, os.Interrupt}, {3, os.Kill}} {
		cmd, out := c.start("get", url+"pub/big.iso", "--verify", "-d", dir, "-j", strconv.Itoa(way.connections))
		awaitPart(t, file, int64(2+2*i)<<20)
		if err := cmd.Process.Signal(way.signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it has not ended well
		if way.signal == os.Interrupt {
			if want := "big.iso.part is kept, and the same command goes on with it"; cmd.ProcessState.ExitCode() != exitSome || !strings.Contains(out.String(), want) {
				t.Errorf("%v: %s", cmd.ProcessState, out)
			}
		}
		if _, err := os.Stat(file); err == nil {
			t.Fatal("it was not killed in the middle")
		}
	}
	out := c.run("get", url+"pub/big.iso", "--verify", "-d", dir, "-j", "2")
	if !strings.Contains(out, " were here, SHA-256 as in CHECKSUM") {
		t.Errorf("it was not taken up: %s", out)
	}
	gotten(t, dir, "big.iso", big, "big.iso")
}

// TestGetFailsOver kills the place that is read, in the middle, and demands that the other one
// goes on. Meanwhile another process serves the catalogue.
func TestGetFailsOver(t *testing.T) {
	root, big := getTree(t)
	other := "ftp://" + ftptest.Vsftpd(t, root) + "/"
	c := command{t, t.TempDir()}
	dir := t.TempDir()
	var cmd *exec.Cmd
	var out *bytes.Buffer
	t.Run("first", func(t *testing.T) { // its end kills the server
		first := "ftp://" + ftptest.Proftpd(t, root, "TransferRate RETR 6000") + "/"
		c.run("crawl", first, other)
		serve, _ := c.start("serve", "--http", "127.0.0.1:0")
		awaitSocket(t, c.data)
		c.t.Cleanup(func() { _ = serve.Process.Signal(os.Interrupt); _ = serve.Wait() })
		cmd, out = c.start("get", first+"pub/big.iso", "--verify", "-d", dir)
		awaitPart(t, filepath.Join(dir, "big.iso"), 4<<20)
	})
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), " from "+other) {
		t.Errorf("%v: %s", err, out)
	}
	gotten(t, dir, "big.iso", big, "big.iso")
}

// awaitSocket waits until a process serves a data directory.
func awaitSocket(t *testing.T, data string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("unix", filepath.Join(data, "trawl.sock")); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatal("nobody serves the data directory")
}

// TestGetLineBreaks fetches a file whose name holds line breaks from OpenSSH, in a terminal and through the portal: SFTP counts
// bytes, so that it can say any name.
func TestGetLineBreaks(t *testing.T) {
	root := ftptest.Ground(t)
	const name, escaped = "one\r\ntwo\n.txt", "one%0D%0Atwo%0A.txt"
	if err := os.WriteFile(filepath.Join(root, name), []byte("broken\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	addr, user, key := startSSHD(t)
	c := command{t, t.TempDir()}
	host := addr + root
	c.run("add", "sftp://"+user+"@"+host, "--key", key, "--insecure")
	c.run("crawl", "sftp://"+host+"/")
	dir := t.TempDir()
	out := c.run("get", "sftp://"+host+"/"+escaped, "-d", dir)
	gotten(t, dir, "one__two_.txt", []byte("broken\n"), "one__two_.txt")
	if strings.Count(out, "\n") != 2 || strings.Contains(out, "\r") {
		t.Errorf("get prints %q, want a line about the name and one about the file", out)
	}
	at := c.startPortal() + "get/sftp/" + host + "/" + escaped
	askPortal(t, http.MethodGet, at).demand(t, at, http.StatusOK, []byte("broken\n"))
}
