package ftptest

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// Peer is a real FTP server that can be started.
type Peer struct {
	Name string

	// Start serves root to anonymous users until the test ends and returns the
	// address. The extra settings are lines of the server's configuration file or,
	// where it has none, arguments. Where the server is not installed the test is
	// skipped, and fails if TRAWL_CI=1.
	Start func(t testing.TB, root string, extra ...string) (addr string)
}

// Peers returns all real servers.
func Peers() []Peer {
	return []Peer{
		{"vsftpd", Vsftpd},
		{"proftpd", Proftpd},
		{"pure-ftpd", PureFTPd},
		{"inetutils-ftpd", Inetutils},
		{"pyftpdlib", Pyftpdlib},
	}
}

// Vsftpd starts vsftpd, which recurses unless "ls_recurse_enable=NO" is set.
func Vsftpd(t testing.TB, root string, extra ...string) string {
	t.Helper()
	bin := needs.Program(t, "vsftpd", "vsftpd")
	needs.Root(t)
	empty := filepath.Join(scratch(t), "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, root)
	return start(t, func(port string) (*exec.Cmd, error) {
		conf, err := config(t, append([]string{
			"listen=YES", "listen_address=" + address(), "listen_port=" + port, "background=NO",
			"anonymous_enable=YES", "local_enable=NO", "anon_root=" + root, "ls_recurse_enable=YES",
			"secure_chroot_dir=" + empty, "xferlog_enable=NO", "seccomp_sandbox=NO", "isolate_network=NO",
			"isolate=NO", "max_clients=0", "max_per_ip=0",
		}, extra...))
		return exec.CommandContext(t.Context(), bin, conf), err
	})
}

// Proftpd starts proftpd. Its TLS module is configured by extra lines, in which PORT
// stands for its port.
func Proftpd(t testing.TB, root string, extra ...string) string {
	t.Helper()
	bin := needs.Unpacked(t, "usr/sbin/proftpd", "proftpd-core")
	needs.Root(t)
	open(t, root)
	dir := scratch(t)
	return start(t, func(port string) (*exec.Cmd, error) {
		lines := strings.Split(strings.ReplaceAll(strings.Join(extra, "\n"), "PORT", port), "\n")
		conf, err := config(t, append([]string{
			"ServerName test", "ServerType standalone", "Port " + port, "DefaultAddress " + address(),
			"SocketBindTight on", "UseIPv6 off", "User nobody", "Group nogroup", "RequireValidShell off",
			"PidFile " + dir + "/pid", "ScoreboardFile " + dir + "/scoreboard", "DelayEngine off",
			"WtmpLog off", "TransferLog none", "SystemLog " + dir + "/log", "UseReverseDNS off",
			"AuthOrder mod_auth_unix.c", "ControlsEngine off", "MaxInstances none",
			"ModulePath " + filepath.Join(needs.Dir(), "usr/lib/proftpd"),
			"<Anonymous " + root + ">", "User ftp", "Group nogroup", "UserAlias anonymous ftp",
			"RequireValidShell off", "</Anonymous>",
		}, lines...))
		return inNamespace(t, bin, "-n", "-c", conf), err
	})
}

// PureFTPd starts pure-ftpd, which shows names that begin with a dot; extra are arguments
// ("-L", "10000:5").
func PureFTPd(t testing.TB, root string, extra ...string) string {
	t.Helper()
	bin := needs.Unpacked(t, "usr/sbin/pure-ftpd", "pure-ftpd")
	needs.Root(t)
	open(t, root)
	pid := filepath.Join(scratch(t), "pid")
	return start(t, func(port string) (*exec.Cmd, error) {
		args := append([]string{bin, "-e", "-S", address() + "," + port, "-4", "-H", "-c", "500", "-C", "500", "-z", "-g", pid}, extra...)
		return atFTPHome(t, root, args...), nil
	})
}

// Inetutils serves each connection by an ftpd of GNU inetutils, as inetd would.
func Inetutils(t testing.TB, root string, extra ...string) string {
	t.Helper()
	bin := needs.Unpacked(t, "usr/sbin/ftpd", "inetutils-ftpd")
	needs.Root(t)
	open(t, root)
	args := append([]string{bin, "-A", "-a", "default"}, extra...)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(address(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			cmd := atFTPHome(t, root, args...)
			if f, err := c.(*net.TCPConn).File(); err == nil {
				cmd.Stdin, cmd.Stdout = f, f
				if cmd.Start() == nil {
					running.Go(func() { _ = cmd.Wait() })
				}
				f.Close()
			}
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr().String()
}

// pythonWithServer returns the first Python in PATH that has pyftpdlib: Debian's package is
// for Debian's own Python, and another one may come before it in PATH.
func pythonWithServer(t testing.TB) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		python := filepath.Join(dir, "python3")
		if exec.CommandContext(t.Context(), python, "-c", "import pyftpdlib").Run() == nil {
			return python
		}
	}
	needs.Missing(t, "the Debian package python3-pyftpdlib")
	return ""
}

// Pyftpdlib starts a server of pyftpdlib; extra are lines of Python that may set
// attributes of the class H.
func Pyftpdlib(t testing.TB, root string, extra ...string) string {
	t.Helper()
	python := pythonWithServer(t)
	open(t, root)
	return start(t, func(port string) (*exec.Cmd, error) {
		script, err := config(t, append(append([]string{
			"from pyftpdlib.authorizers import DummyAuthorizer",
			"from pyftpdlib.handlers import FTPHandler as H",
			"from pyftpdlib.servers import FTPServer",
			"a = DummyAuthorizer(); a.add_anonymous(" + strconv.Quote(root) + "); H.authorizer = a",
		}, extra...), "FTPServer(('"+address()+"', "+port+"), H).serve_forever()"))
		return exec.CommandContext(t.Context(), python, script), err
	})
}

// atFTPHome returns a command that sees root as /srv/ftp, the home of the user
// ftp, to which servers without a setting of their own confine anonymous users.
func atFTPHome(t testing.TB, root string, args ...string) *exec.Cmd {
	script := `mount --bind "$0" /srv/ftp && exec "$@"`
	return exec.CommandContext(t.Context(), needs.Program(t, "unshare", "util-linux"), append([]string{"-m", needs.Program(t, "sh", "dash"), "-c", script, root}, args...)...)
}

// inNamespace returns a command in a PID namespace that ends with this process. The kernel
// would end others by Pdeathsig, but it forgets that when a process changes its user, as
// proftpd does.
func inNamespace(t testing.TB, args ...string) *exec.Cmd {
	const script = `"$0" "$@"; exit` // the shell stays: with it the namespace ends
	return exec.CommandContext(t.Context(), needs.Program(t, "unshare", "util-linux"), append([]string{"--pid", "--fork", "--kill-child", needs.Program(t, "sh", "dash"), "-c", script}, args...)...)
}

// start runs a server on a free port and waits until it greets.
func start(t testing.TB, command func(port string) (*exec.Cmd, error)) string {
	t.Helper()
	var failure error
	for range 3 { // another process may take the port first
		addr, err := launch(t, command)
		if err == nil {
			return addr
		}
		failure = err
	}
	t.Fatal(failure)
	return ""
}

func launch(t testing.TB, command func(port string) (*exec.Cmd, error)) (string, error) {
	addr := needs.PortAt(t, address())
	_, port, _ := net.SplitHostPort(addr)
	cmd, err := command(port)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = environment()
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = needs.Tied()
	cmd.SysProcAttr.Setpgid = true
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		return "", err
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	stop := func() { _ = cmd.Cancel(); <-exited }
	for range 100 {
		if greets(t.Context(), addr) {
			t.Cleanup(stop)
			return addr, nil
		}
		select {
		case <-exited:
			return "", fmt.Errorf("%s ended: %s", cmd.Path, out.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	return "", fmt.Errorf("%s does not greet at %s: %s", cmd.Path, addr, out.String())
}

func greets(ctx context.Context, addr string) bool {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	if c.SetDeadline(time.Now().Add(3*time.Second)) != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	// A server of implicit TLS does not speak first: an open connection is enough.
	return strings.HasPrefix(line, "220") || err != nil && os.IsTimeout(err)
}

// address returns where servers listen: 127.0.0.1, or as TRAWL_PEERS_AT says.
func address() string { return cmp.Or(os.Getenv("TRAWL_PEERS_AT"), "127.0.0.1") }

func environment() []string {
	return append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(needs.Dir(), "usr/lib/x86_64-linux-gnu"))
}

// config writes the lines to a file of their own.
func config(t testing.TB, lines []string) (string, error) {
	name := filepath.Join(scratch(t), "config")
	return name, os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// scratch returns a new directory that everyone may enter.
func scratch(t testing.TB) string {
	dir := t.TempDir()
	open(t, dir)
	return dir
}

// open lets everyone pass through to dir: servers read it as the user ftp.
func open(t testing.TB, dir string) {
	t.Helper()
	for ; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o005 != 0o005 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o055); err != nil {
				t.Fatal(err)
			}
		}
	}
}
