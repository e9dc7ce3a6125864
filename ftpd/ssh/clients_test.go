package ssh_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trawl/index/indextest/needs"
)

// options are what the clients of OpenSSH need to reach the host.
func (h *host) options(t testing.TB) []string {
	t.Helper()
	_, port, err := net.SplitHostPort(h.addr)
	must(t, err)
	return []string{
		"-F", "none", "-P", port, "-i", h.file, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
	}
}

// run runs a client and returns what it prints.
func run(t testing.TB, dir, input string, ok bool, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if (err == nil) != ok {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(program), args, err, out)
	}
	return string(out)
}

// batch runs commands of OpenSSH's sftp.
func (h *host) batch(t testing.TB, dir string, ok bool, lines ...string) string {
	t.Helper()
	args := append(h.options(t), "-b", "-", "ann@127.0.0.1")
	return run(t, dir, strings.Join(lines, "\n")+"\n", ok, needs.Program(t, "sftp", "openssh-client"), args...)
}

// noise returns n bytes that are not the same anywhere.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// TestOpenSSH does with OpenSSH's sftp what people do.
func TestOpenSSH(t *testing.T) {
	h, local := serve(t), t.TempDir()
	big := noise(3<<20 + 17)
	must(t, os.WriteFile(filepath.Join(local, "big"), big, 0o640))
	out := h.batch(t, local, true,
		"mkdir folder", "put big folder/big", "ls -la folder", "rename folder/big folder/other", "get folder/other back",
		"put -p big folder/kept", "put big 'folder/a b\\\\c*\"'", "chmod 600 folder/kept", "df folder", "pwd",
	)
	for _, want := range []string{" .\n", " ..\n", "-rw-r-----", "Remote working directory: /"} {
		if !strings.Contains(out, want) {
			t.Errorf("sftp does not print %q:\n%s", want, out)
		}
	}
	for _, file := range []string{filepath.Join(local, "back"), filepath.Join(h.dir, "folder/other"), filepath.Join(h.dir, `folder/a b\c*"`)} {
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, big) {
			t.Errorf("%s has %d bytes, %v", file, len(got), err)
		}
	}
	before, err := os.Stat(filepath.Join(local, "big"))
	must(t, err)
	after, err := os.Stat(filepath.Join(h.dir, "folder/kept"))
	must(t, err)
	if after.Mode() != 0o600 || after.ModTime().Unix() != before.ModTime().Unix() {
		t.Errorf("put -p and chmod leave %v, %v", after.Mode(), after.ModTime())
	}
	h.batch(t, local, true, "rm folder/*", "rmdir folder")
	if _, err := os.Stat(filepath.Join(h.dir, "folder")); err == nil {
		t.Error("the folder is still there")
	}
}
