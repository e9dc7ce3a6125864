package ssh_test

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/index/indextest/needs"
)

// sized is a tree that is mounted and says how large its files are.
type sized struct{ fstest.MapFS }

func (m sized) For(netip.Addr) fs.FS { return m.MapFS }

// mounted serves two trees of the same files: one says their sizes, the other does not.
func mounted(t *testing.T) (h *host, content []byte) {
	t.Helper()
	h, content = serve(t), noise(300_000)
	files := fstest.MapFS{"dir/sub/large": {Data: content, ModTime: time.Unix(1e9, 0)}, "dir/small": {Data: content[:5]}, "dir/empty": {}}
	must(t, h.store.Mount("known", sized{files}))
	must(t, h.store.Mount("unknown", toy{files}))
	return h, content
}

// want checks that the files of a mount have come to a folder.
func want(t *testing.T, dir string, content []byte) {
	t.Helper()
	for name, n := range map[string]int{"sub/large": len(content), "small": 5, "empty": 0} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != string(content[:n]) {
			t.Errorf("%s has %d bytes, %v", filepath.Join(dir, name), len(got), err)
		}
	}
}

// TestMountClients reads mounted trees with real clients. All of them read to the end of a file whose size is not known.
func TestMountClients(t *testing.T) {
	h, content := mounted(t)
	local := t.TempDir()
	_, port, err := net.SplitHostPort(h.addr)
	must(t, err)
	t.Run("sftp", func(t *testing.T) {
		must(t, os.Mkdir(filepath.Join(local, "sftp"), 0o700))
		h.batch(t, local, true, "get -r known/dir sftp/known", "get -r unknown/dir sftp/unknown", "ls -la unknown/dir/sub")
		want(t, filepath.Join(local, "sftp/known"), content)
		want(t, filepath.Join(local, "sftp/unknown"), content)
		h.batch(t, local, false, "put sftp/known/small unknown/new")
	})
	t.Run("lftp", func(t *testing.T) {
		lftp := needs.Program(t, "lftp", "lftp")
		run(t, local, "", true, lftp, "--norc", "-c", h.byLftp(port)+"mirror known lftp/known; mirror unknown lftp/unknown; bye")
		want(t, filepath.Join(local, "lftp/known/dir"), content)
		want(t, filepath.Join(local, "lftp/unknown/dir"), content)
	})
	t.Run("curl", func(t *testing.T) {
		curl := needs.Program(t, "curl", "curl")
		for _, tree := range []string{"known", "unknown"} {
			got := run(t, local, "", true, curl, "-sS", "--insecure", "--user", "ann:secret", "sftp://127.0.0.1:"+port+"/"+tree+"/dir/sub/large")
			if got != string(content) {
				t.Errorf("curl gets %d bytes of %s", len(got), tree)
			}
		}
	})
	t.Run("rclone", func(t *testing.T) {
		rclone := needs.Program(t, "rclone", "rclone")
		secret := strings.TrimSpace(run(t, local, "", true, rclone, "obscure", "secret"))
		remote := []string{"--sftp-host", "127.0.0.1", "--sftp-port", port, "--sftp-user", "ann", "--sftp-pass", secret, "--sftp-shell-type", "none", "--config", "/dev/null"}
		got := run(t, local, "", true, rclone, append(remote, "lsf", "-R", "--format", "ps", ":sftp:/known")...)
		for _, line := range []string{"dir/sub/large;300000", "dir/small;5", "dir/empty;0"} {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("lsf prints no %s:\n%s", line, got)
			}
		}
		run(t, local, "", true, rclone, append(remote, "copy", ":sftp:/known", "rclone")...)
		want(t, filepath.Join(local, "rclone/dir"), content)
		run(t, local, "", true, rclone, append(remote, "copy", ":sftp:/unknown", "rclone2")...)
		want(t, filepath.Join(local, "rclone2/dir"), content)
		if got := run(t, local, "", true, rclone, append(remote, "cat", ":sftp:/unknown/dir/sub/large")...); got != string(content) {
			t.Errorf("rclone cat gets %d bytes", len(got))
		}
	})
}

// TestMountFUSE reads mounted trees through sshfs and rclone mount. The system reads no further than the size that they report, so
// that files whose size is not known need sshfs -o direct_io.
func TestMountFUSE(t *testing.T) {
	needFUSE(t)
	h, content := mounted(t)
	local := t.TempDir()
	_, port, err := net.SplitHostPort(h.addr)
	must(t, err)
	at := filepath.Join(local, "sshfs")
	h.mount(t, at, "direct_io")
	want(t, filepath.Join(at, "known/dir"), content)
	want(t, filepath.Join(at, "unknown/dir"), content)

	rclone := needs.Program(t, "rclone", "rclone")
	secret := strings.TrimSpace(run(t, local, "", true, rclone, "obscure", "secret"))
	at = filepath.Join(local, "rclone")
	must(t, os.Mkdir(at, 0o700))
	cmd := exec.CommandContext(t.Context(), rclone, "--sftp-host", "127.0.0.1", "--sftp-port", port, "--sftp-user", "ann", "--sftp-pass", secret,
		"--sftp-shell-type", "none", "--config", "/dev/null", "mount", ":sftp:/known", at)
	var said strings.Builder
	cmd.Stderr = &said
	cmd.Env = append(os.Environ(), "HOME="+local)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = exec.Command("fusermount3", "-u", "-z", at).Run()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(at, "dir")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("rclone mounts nothing: %s", said.String()))
		}
	}
	want(t, filepath.Join(at, "dir"), content)
}
