package ssh_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// TestSSHFS mounts the server with sshfs and works in it as in a folder.
func TestSSHFS(t *testing.T) {
	needFUSE(t)
	h, local := serve(t), t.TempDir()
	at := filepath.Join(local, "mounted")
	h.mount(t, at, "auto_cache")
	plant(t, filepath.Join(local, "tree"))
	run(t, local, "", true, "cp", "-r", "--preserve=mode,timestamps", "tree", at)
	same(t, filepath.Join(local, "tree"), filepath.Join(h.dir, "tree"))
	run(t, local, "", true, "cp", "-r", "-p", filepath.Join(at, "tree"), "back")
	same(t, filepath.Join(local, "tree"), filepath.Join(local, "back"))

	file := filepath.Join(at, "log")
	must(t, os.WriteFile(file, []byte("one\n"), 0o600))
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("two\n")
	must(t, err)
	must(t, f.Close())
	must(t, os.Truncate(file, 5))
	must(t, os.Rename(file, filepath.Join(at, "log2")))
	must(t, os.Chtimes(filepath.Join(at, "log2"), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	text, err := os.ReadFile(filepath.Join(h.dir, "log2"))
	if err != nil || string(text) != "one\nt" {
		t.Errorf("the file is %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(h.dir, "log2")); err != nil || info.ModTime().Unix() != 1e9 {
		t.Errorf("its time is %v, %v", info, err)
	}
	if err := os.Symlink("log2", filepath.Join(at, "link")); err == nil {
		t.Error("a link is made")
	}
	var space syscall.Statfs_t
	if err := syscall.Statfs(at, &space); err != nil || space.Bavail == 0 {
		t.Errorf("the free space is %+v, %v", space, err)
	}
	must(t, os.RemoveAll(filepath.Join(at, "tree")))
}

// needFUSE skips a test where programs cannot serve file systems.
func needFUSE(t *testing.T) {
	t.Helper()
	needs.Program(t, "sshfs", "sshfs")
	needs.Program(t, "fusermount3", "fuse3")
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		needs.Missing(t, "a machine with FUSE")
		return
	}
	_ = f.Close()
}

// mount mounts the server with sshfs until the test ends.
func (h *host) mount(t *testing.T, at, options string) {
	t.Helper()
	must(t, os.Mkdir(at, 0o700))
	_, port, err := net.SplitHostPort(h.addr)
	must(t, err)
	t.Cleanup(func() { _ = exec.Command("fusermount3", "-u", "-z", at).Run() })
	run(t, filepath.Dir(at), "", true, "sshfs", "-p", port, "-F", "/dev/null", "-o", "IdentityFile="+h.file+
		",IdentitiesOnly=yes,BatchMode=yes,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,"+options, "ann@127.0.0.1:/", at)
}
