package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// What is moved and listed over SFTP.
const (
	sftpSmall  = 10_000
	sftpListed = 100_000
)

// measureHostSFTP lets trawl and OpenSSH's sshd with its sftp-server host the same files on tmpfs over loopback, in turn. The
// same clients ask both, with the same ciphers; both let them in by the same key, and have host keys of the same kinds. The
// clients take as much of the processor as the servers, so what is compared is how long a user waits.
func (b *bench) measureHostSFTP(ctx context.Context) error {
	b.suite = filepath.Join(b.work, "trawl-suite")
	if err := compile(ctx, b.suite, "trawl/cmd/trawl-suite"); err != nil {
		return err
	}
	b.keys = filepath.Join(b.work, "sftp-keys")
	if err := b.makeKey(ctx); err != nil {
		return err
	}
	tree, err := os.MkdirTemp("/dev/shm", "trawl-bench-sftp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := plantHost(tree, sftpSmall, sftpListed); err != nil {
		return err
	}
	return b.contest(ctx, "Hosting over SFTP on loopback", []server{trawlSFTP, openSSH}, tree, b.sftpContests())
}

// makeKey makes the key of the client and those of the servers, unless they are there.
func (b *bench) makeKey(ctx context.Context) error {
	if err := os.MkdirAll(b.keys, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"ssh_host_ed25519_key", "client"} {
		file := filepath.Join(b.keys, name)
		if _, err := os.Stat(file); err == nil {
			continue
		}
		if out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file).CombinedOutput(); err != nil {
			return fmt.Errorf("make a key: %w: %s", err, out)
		}
	}
	return nil
}

// public is the file of the client's public key.
func (b *bench) public() string { return filepath.Join(b.keys, "client.pub") }

// sshd starts OpenSSH's server. Sessions of its sftp-server begin in the tree.
func (b *bench) sshd(addr, tree string) ([]string, error) {
	const separated = "/run/sshd"
	if err := os.MkdirAll(separated, 0o755); err != nil {
		return nil, err
	}
	conf, err := b.configure("sshd", "ListenAddress "+addr, "Port "+port, "HostKey "+filepath.Join(b.keys, "ssh_host_ed25519_key"),
		"PidFile none", "AuthorizedKeysFile "+b.public(), "StrictModes no", "UsePAM no", "PermitRootLogin yes", "UseDNS no",
		"Subsystem sftp /usr/lib/openssh/sftp-server -d "+tree)
	return []string{"/usr/sbin/sshd", "-D", "-f", conf}, err
}

// sftpContests are timed from the start of the client to its end, with the login.
func (b *bench) sftpContests() []hostContest {
	var all []hostContest
	for _, cipher := range []string{"", "aes128-gcm@openssh.com", "aes128-ctr"} {
		name := cipher
		if cipher == "" {
			name = "what both choose"
		}
		all = append(all,
			hostContest{name: "get 1 GiB, " + name, bytes: hostBig, run: func(h *hosted) outcome { return b.sftp(h, cipher, "get big.bin /dev/null") }},
			hostContest{name: "put 1 GiB, " + name, bytes: hostBig, run: func(h *hosted) outcome {
				return b.sftp(h, cipher, "put "+filepath.Join(h.tree, "big.bin")+" in/big.bin", "rm in/big.bin")
			}})
	}
	return append(all,
		hostContest{name: "get 10,000 files of 4,000 bytes, sftp", times: sftpSmall, run: func(h *hosted) outcome {
			return b.within(h, func(to string) outcome { return b.sftp(h, "", "get -r small "+to) })
		}},
		hostContest{name: "put 10,000 files, sftp", times: sftpSmall, run: func(h *hosted) outcome {
			return b.within(h, func(string) outcome { return b.sftp(h, "", "put -r "+filepath.Join(h.tree, "small")+" in/") })
		}},
		hostContest{name: "get 10,000 files, lftp", times: sftpSmall, run: func(h *hosted) outcome {
			return b.within(h, func(to string) outcome { return b.lftp(h, "mirror small "+to+"/small") })
		}},
		hostContest{name: "put 10,000 files, lftp", times: sftpSmall, run: func(h *hosted) outcome {
			return b.within(h, func(string) outcome { return b.lftp(h, "mirror -R "+filepath.Join(h.tree, "small")+" in/small") })
		}},
		hostContest{name: "directory of 100,000, sftp ls -f", times: 1, run: func(h *hosted) outcome { return b.sftp(h, "", "ls -f listed") }},
		hostContest{name: "directory of 100,000, lftp ls", times: 1, run: func(h *hosted) outcome { return b.lftp(h, "ls listed") }},
	)
}

// within lets work move files to a folder, on either side, and counts them.
func (b *bench) within(h *hosted, work func(to string) outcome) outcome {
	to, err := os.MkdirTemp("/dev/shm", "trawl-bench-local-")
	if err != nil {
		return outcome{err: err}
	}
	there := filepath.Join(h.tree, "in", "small")
	defer os.RemoveAll(to)
	defer os.RemoveAll(there)
	o := work(to)
	for _, dir := range []string{there, filepath.Join(to, "small")} {
		if all, err := os.ReadDir(dir); err == nil && o.err == nil && len(all) != sftpSmall {
			o.err = fmt.Errorf("%d files have arrived", len(all))
		}
	}
	return o
}

// options are those of ssh, of which sftp is a part.
func (b *bench) options() []string {
	return []string{
		"-F", "none", "-a", "-x", "-i", filepath.Join(b.keys, "client"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
	}
}

// sftp lets OpenSSH's client run commands.
func (b *bench) sftp(h *hosted, cipher string, lines ...string) outcome {
	args := []string{"-q", "-P", port, "-b", "-"}
	for _, o := range b.options() {
		if o != "-a" && o != "-x" {
			args = append(args, o)
		}
	}
	if cipher != "" {
		args = append(args, "-c", cipher)
	}
	return h.client(strings.Join(lines, "\n")+"\n", "sftp", append(args, "root@127.0.0.1")...)
}

// lftp lets lftp run a command. It speaks SFTP itself, through OpenSSH's ssh.
func (b *bench) lftp(h *hosted, line string) outcome {
	script := fmt.Sprintf("set sftp:auto-confirm yes; set sftp:connect-program \"ssh %s\"; open -u root, -p %s sftp://127.0.0.1; %s",
		strings.Join(b.options(), " "), port, line)
	return h.client("", "lftp", "--norc", "-c", "set cmd:fail-exit yes; "+script)
}

// client runs a client and measures it: the time, and the processor's time of the server meanwhile.
func (h *hosted) client(input, program string, args ...string) outcome {
	cmd := exec.CommandContext(h.ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	var said strings.Builder
	cmd.Stderr = &said
	cpu, start := cpuBelow(h.pid), time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", program, err, said.String())
	}
	return outcome{took: took, cpu: cpuBelow(h.pid) - cpu, err: err}
}
