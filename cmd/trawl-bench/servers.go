package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// port is where the servers that are crawled listen.
const port = "2121"

// server is an FTP server that shows a tree to anonymous users. If the bench has a certificate, it serves TLS with it, and
// lets them write where the modes of the files do.
type server string

const (
	trawlFTP server = "trawl"
	vsftpd   server = "vsftpd"
	proftpd  server = "proftpd"
	pureFTPd server = "pure-ftpd"

	trawlSFTP server = "trawl over SFTP"
	openSSH   server = "sshd and sftp-server"
)

// command returns how the server is started.
func (s server) command(b *bench, addr, tree string) (args []string, err error) {
	switch s {
	case trawlFTP:
		return b.trawlFTP(addr, tree), nil
	case proftpd:
		args, err = b.proftpd(addr)
		return atHome(tree, args...), err
	case pureFTPd:
		return atHome(tree, b.pureFTPd(addr)...), nil
	case trawlSFTP:
		return []string{b.suite, "-listen", addr + ":" + port, "-root", tree, "-sftp", b.keys, "-user", "root", "-keys", b.public()}, nil
	case openSSH:
		return b.sshd(addr, tree)
	case trawlHTTP:
		return b.trawlServe(addr, tree)
	case nginx:
		return b.nginx(addr, tree)
	}
	return b.vsftpd(addr, tree)
}

// serve starts a server at its end of a link and returns a function that stops it.
func (b *bench) serve(ctx context.Context, l link, peer server, tree string) (stop func(), err error) {
	_, stop, err = b.start(ctx, l, peer, tree)
	return stop, err
}

// start is serve; pid is that of a process from which those of the server descend.
func (b *bench) start(ctx context.Context, l link, peer server, tree string) (pid int, stop func(), err error) {
	if os.Geteuid() != 0 {
		return 0, nil, errors.New("network namespaces and servers need root")
	}
	args, err := peer.command(b, l.addr, tree)
	if err != nil {
		return 0, nil, err
	}
	// In a PID namespace of their own, all processes end with the first, a shell:
	// vsftpd does not bear being that.
	const script = `"$0" "$@"; exit`
	cmd := command(ctx, append(l.server, "unshare", "--pid", "--fork", "--kill-child", "--mount", "sh", "-c", script), args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+peers("usr/lib/x86_64-linux-gnu"))
	if err := cmd.Start(); err != nil {
		return 0, nil, fmt.Errorf("start %s: %w: see .ci/install", peer, err)
	}
	time.Sleep(time.Second)
	return cmd.Process.Pid, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}, nil
}

// peers returns a file of the Debian packages that .ci/install unpacks.
func peers(name string) string {
	return filepath.Join(cmp.Or(os.Getenv("TRAWL_PEERS"), "/opt/trawl-peers"), name)
}

// configure writes the configuration file of a server.
func (b *bench) configure(name string, lines ...string) (file string, err error) {
	file = filepath.Join(b.work, name+".conf")
	return file, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func (b *bench) vsftpd(addr, tree string) ([]string, error) {
	const empty = "/var/run/vsftpd/empty"
	if err := os.MkdirAll(empty, 0o755); err != nil {
		return nil, err
	}
	lines := []string{
		"listen=YES", "listen_ipv6=NO", "listen_port=" + port, "listen_address=" + addr, "background=NO", "anonymous_enable=YES",
		"local_enable=NO", "anon_root=" + tree, "no_anon_password=YES", "ls_recurse_enable=YES", "seccomp_sandbox=NO",
		"secure_chroot_dir=" + empty, "xferlog_enable=NO", "max_per_ip=0", "max_clients=0",
	}
	if b.cert != "" {
		lines = append(lines, "write_enable=YES", "anon_upload_enable=YES", "anon_umask=022", "ssl_enable=YES", "allow_anon_ssl=YES",
			"force_local_data_ssl=NO", "force_local_logins_ssl=NO", "require_ssl_reuse=YES", "ssl_ciphers=HIGH",
			"rsa_cert_file="+b.cert, "rsa_private_key_file="+b.cert)
	}
	conf, err := b.configure("vsftpd", lines...)
	return []string{"vsftpd", conf}, err
}

// home is that of the user ftp.
const home = "/srv/ftp"

// atHome returns how a server is started with the tree in the place of that home,
// wherever it lies: the user ftp may not enter the home of root, where it lies by
// default, and ProFTPD refuses the login for that.
func atHome(tree string, server ...string) []string {
	const script = `mkdir -p "$1" && mount --bind "$0" "$1" && shift && exec "$@"`
	return append([]string{"sh", "-c", script, tree, home}, server...)
}

func (b *bench) proftpd(addr string) ([]string, error) {
	lines := []string{
		"ServerName bench", "ServerType standalone", "Port " + port, "DefaultAddress " + addr, "SocketBindTight on",
		"UseIPv6 off", "User nobody", "Group nogroup", "RequireValidShell off", "PidFile " + b.work + "/proftpd.pid",
		"ScoreboardFile " + b.work + "/proftpd.scoreboard", "DelayEngine off", "WtmpLog off", "TransferLog none",
		"SystemLog " + b.work + "/proftpd.log", "UseReverseDNS off", "AuthOrder mod_auth_unix.c", "ControlsEngine off",
		"MaxInstances none", "ModulePath " + peers("usr/lib/proftpd"),
		"<Anonymous " + home + ">", "User ftp", "Group nogroup", "UserAlias anonymous ftp", "RequireValidShell off", "</Anonymous>",
	}
	if b.cert != "" {
		lines = append(lines, "LoadModule mod_tls.c", "TLSEngine on", "TLSProtocol TLSv1.2 TLSv1.3", "TLSRSACertificateFile "+b.cert,
			"TLSRSACertificateKeyFile "+b.cert, "TLSRequired off")
	}
	conf, err := b.configure("proftpd", lines...)
	return []string{peers("usr/sbin/proftpd"), "-n", "-c", conf}, err
}

// pureFTPd shows the home of the user ftp.
func (b *bench) pureFTPd(addr string) []string {
	args := []string{
		peers("usr/sbin/pure-ftpd"), "-e", "-S", addr + "," + port, "-4", "-H",
		"-c", "2000", "-C", "2000", "-z", "-g", filepath.Join(b.work, "pure-ftpd.pid"), "-L", "1000000:100",
	}
	if b.cert != "" {
		args = append(args, "--tls=1", "--certfile="+b.cert)
	}
	return args
}

// trawlFTP is the server of package ftpd alone, without limits on sessions.
func (b *bench) trawlFTP(addr, tree string) []string {
	args := []string{b.suite, "-listen", addr + ":" + port, "-root", tree, "-guests-write"}
	if b.cert != "" {
		args = append(args, "-cert", b.cert)
	}
	return args
}
