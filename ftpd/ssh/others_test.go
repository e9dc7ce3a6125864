package ssh_test

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// TestResume goes on with OpenSSH's sftp where a transfer broke off, both ways, and moves the rest alone.
func TestResume(t *testing.T) {
	h, local := serve(t), t.TempDir()
	whole := noise(2<<20 + 5)
	must(t, os.WriteFile(filepath.Join(local, "up"), whole, 0o600))
	must(t, os.WriteFile(filepath.Join(h.dir, "up"), whole[:1<<20+3], 0o600))
	must(t, os.WriteFile(filepath.Join(h.dir, "down"), whole, 0o600))
	must(t, os.WriteFile(filepath.Join(local, "down"), whole[:1<<20+3], 0o600))
	h.batch(t, local, true, "reput up", "reget down")
	for _, file := range []string{filepath.Join(h.dir, "up"), filepath.Join(local, "down")} {
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("%s has %d bytes, %v", file, len(got), err)
		}
	}
	h.batch(t, local, false, "get missing")
}

// TestScp copies folders there and back, by SFTP and by the old protocol: the same names, bytes, modes and times.
func TestScp(t *testing.T) {
	scp := needs.Program(t, "scp", "openssh-client")
	for name, old := range map[string][]string{"by SFTP": nil, "by SCP": {"-O"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, local := serve(t), t.TempDir()
			plant(t, filepath.Join(local, "tree"))
			args := append(append(h.options(t), old...), "-r", "-p")
			run(t, local, "", true, scp, append(args, "tree", "ann@127.0.0.1:/")...)
			same(t, filepath.Join(local, "tree"), filepath.Join(h.dir, "tree"))
			run(t, local, "", true, scp, append(args, "ann@127.0.0.1:/tree", "back")...)
			same(t, filepath.Join(local, "tree"), filepath.Join(local, "back"))
			run(t, local, "", false, scp, append(args, "ann@127.0.0.1:/missing", "none")...)
		})
	}
}

// plant makes a folder with awkward names, modes and times.
func plant(t testing.TB, dir string) {
	t.Helper()
	then := time.Unix(1_000_000_000, 0)
	for name, size := range map[string]int{
		"plain": 5, "empty": 0, "a b": 70_000, "ümlaut": 3, "-dash": 1, "quote'\"": 2, "star*": 3, "back\\slash": 4, "sub/deeper/file": 300_000, "sub/.hidden": 1,
	} {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o750))
		must(t, os.WriteFile(file, noise(size), 0o640))
		must(t, os.Chmod(file, 0o604))
		must(t, os.Chtimes(file, then, then))
	}
}

// same compares two folders.
func same(t testing.TB, want, got string) {
	t.Helper()
	if a, b := describe(t, want), describe(t, got); a != b {
		t.Errorf("%s has\n%s\nand %s\n%s", want, a, got, b)
	}
}

// describe returns a line for each file below a folder.
func describe(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(p)
		fmt.Fprintf(&b, "%q %v %v %x\n", strings.TrimPrefix(p, dir), info.Mode(), info.ModTime().Unix(), text[:min(len(text), 8)])
		return err
	}))
	return b.String()
}

// TestMirrors moves a folder there and back with other clients than OpenSSH's: each file has the same bytes then.
func TestMirrors(t *testing.T) {
	programs := map[string]func(t *testing.T, h *host, local, port string){
		"lftp": func(t *testing.T, h *host, local, port string) {
			lftp := needs.Program(t, "lftp", "lftp")
			script := h.byLftp(port) + "mirror -R tree /tree; mirror /tree back; rm -r /tree/sub; ls /tree; bye"
			run(t, local, "", true, lftp, "--norc", "-c", script)
			if _, err := os.Stat(filepath.Join(h.dir, "tree/sub")); err == nil {
				t.Error("rm -r leaves the folder")
			}
		},
		"rclone": func(t *testing.T, _ *host, local, port string) {
			rclone := needs.Program(t, "rclone", "rclone")
			secret := strings.TrimSpace(run(t, local, "", true, rclone, "obscure", "secret"))
			remote := []string{"--sftp-host", "127.0.0.1", "--sftp-port", port, "--sftp-user", "ann", "--sftp-pass", secret, "--sftp-shell-type", "none", "--config", "/dev/null"}
			run(t, local, "", true, rclone, append(remote, "copy", "tree", ":sftp:/tree")...)
			run(t, local, "", true, rclone, append(remote, "check", "--download", "tree", ":sftp:/tree")...)
			run(t, local, "", true, rclone, append(remote, "copy", ":sftp:/tree", "back")...)
			run(t, local, "", true, rclone, append(remote, "purge", ":sftp:/tree/sub")...)
		},
		"curl": func(t *testing.T, h *host, local, port string) {
			curl := needs.Program(t, "curl", "curl")
			url := "sftp://127.0.0.1:" + port + "/"
			args := []string{"-sS", "--insecure", "--user", "ann:secret"}
			if out, err := exec.CommandContext(t.Context(), curl, "--version").Output(); err != nil || !bytes.Contains(out, []byte("sftp")) {
				needs.Missing(t, "a curl that speaks SFTP, as the Debian package curl")
			}
			run(t, local, "", true, curl, append(args, "--ftp-create-dirs", "-T", "tree/sub/deeper/file", url+"new/file")...)
			run(t, local, "", true, curl, append(args, "-o", "back/sub/deeper/file", "--create-dirs", url+"new/file")...)
			if got := run(t, local, "", true, curl, append(args, "-r", "3-7", url+"new/file")...); got != string(noise(300_000)[3:8]) {
				t.Errorf("a range is %q", got)
			}
			must(t, os.RemoveAll(filepath.Join(local, "tree")))
			must(t, os.Rename(filepath.Join(local, "back"), filepath.Join(local, "tree")))
			must(t, os.CopyFS(filepath.Join(local, "back/sub/deeper"), os.DirFS(filepath.Join(h.dir, "new"))))
		},
		"paramiko": func(t *testing.T, _ *host, local, port string) {
			python := "/usr/bin/python3" // another one in PATH does not see Debian's packages
			if exec.CommandContext(t.Context(), python, "-c", "import paramiko").Run() != nil {
				needs.Missing(t, "the Debian package python3-paramiko")
			}
			run(t, local, paramiko, true, python, "-", port)
		},
	}
	maps.Copy(programs, puttyPrograms())
	for name, do := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, local := serve(t), t.TempDir()
			plant(t, filepath.Join(local, "tree"))
			_, port, err := net.SplitHostPort(h.addr)
			must(t, err)
			do(t, h, local, port)
			if got, want := contents(t, filepath.Join(local, "back")), contents(t, filepath.Join(local, "tree")); got != want {
				t.Errorf("it brings back\n%s\nof\n%s", got, want)
			}
		})
	}
}

// byLftp returns the commands by which lftp reaches the server.
func (h *host) byLftp(port string) string {
	return "set sftp:auto-confirm yes; set sftp:connect-program \"ssh -a -x -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -o IdentitiesOnly=yes -i " + h.file + "\"; " +
		"open -u ann, -p " + port + " sftp://127.0.0.1; "
}

// contents returns a line for each file below a folder, without mode and time, which not all clients keep.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		fmt.Fprintf(&b, "%q %d %v\n", strings.TrimPrefix(p, dir), len(text), bytes.Equal(text, noise(len(text))))
		return err
	}))
	return b.String()
}

// paramiko moves the folder tree to the server and back, and does what programs do with handles.
const paramiko = `
import os, sys, paramiko
c = paramiko.SSHClient()
c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect("127.0.0.1", int(sys.argv[1]), "ann", "secret", allow_agent=False, look_for_keys=False)
s = c.open_sftp()
for at, dirs, files in os.walk("tree"):
    s.mkdir("/" + at)
    os.makedirs("back" + at[4:], exist_ok=True)
    for f in files:
        s.put(at + "/" + f, "/" + at + "/" + f)
        s.get("/" + at + "/" + f, "back" + at[4:] + "/" + f)
with s.open("/log", "w") as f:
    f.write("one\n")
with s.open("/log", "a") as f:
    f.write("two\n")
with s.open("/log", "r+") as f:
    f.seek(4)
    f.write("TWO\n")
    f.truncate(7)
assert s.open("/log").read() == b"one\nTWO", s.open("/log").read()
s.posix_rename("/log", "/log2")
assert s.stat("/log2").st_size == 7 and s.normalize(".") == "/"
s.truncate("/log2", 3)
s.utime("/log2", (1, 1000000000))
assert (s.stat("/log2").st_size, s.stat("/log2").st_mtime) == (3, 1000000000)
for wrong in (lambda: s.open("/none"), lambda: s.symlink("a", "/b"), lambda: s.rmdir("/tree"), lambda: s.mkdir("/tree")):
    try:
        wrong()
    except IOError:
        continue
    raise SystemExit("this should fail")
`
