package main

import (
	"os"
	"slices"
	"strings"

	"trawl/ftpd/account"
	"trawl/ftpd/ssh"
)

// overSSH says what concerns SFTP and SCP.
func (k *hostingCheck) overSSH(dir string) {
	if k.f.SFTP.Listen == "" {
		return
	}
	k.hostKeys(dir)
	k.sshUsers()
	k.oldAlgorithms()
}

// hostKeys looks at the host keys, and makes those that are not there.
func (k *hostingCheck) hostKeys(dir string) {
	keys, err := ssh.HostKeys(dir)
	if err != nil {
		k.warns("host key", "mend the file, or take it away: another one is made", "%v", err)
		return
	}
	for _, print := range slices.Concat(ssh.Fingerprints(keys), ssh.OldFingerprints(keys)) {
		k.says("host key", "%s", print)
	}
}

// sshUsers says who may log in over SSH.
func (k *hostingCheck) sshUsers() {
	some := false
	for i := range k.f.Users {
		u := &k.f.Users[i]
		some = some || u.CanLogIn() && !account.IsAnonymous(u.Name)
		if u.KeyFile == "" {
			continue
		}
		file := k.f.Resolve(u.KeyFile)
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o022 != 0 {
			k.warns("keys", "run chmod go-w on it", "others than its owner may write %s (mode %04o), and let themselves in as %s", file, info.Mode().Perm(), u.Name)
		}
	}
	switch view, _ := k.accounts.guests(); {
	case k.f.SFTP.Anonymous && view != nil:
		k.says("sftp", "guests may log in, by any password or none")
	case !some:
		k.warns("sftp", "add one with trawl passwd, or set anonymous = true in [sftp] for guests", "nobody can log in: there are no users")
	default:
		k.says("sftp", "guests may not log in; anonymous = true in [sftp] lets them")
	}
}

// oldAlgorithms says which weak algorithms are on.
func (k *hostingCheck) oldAlgorithms() {
	all := k.f.SFTP.Algorithms()
	switch {
	case len(all) == 0:
		k.says("algorithms", "those of today alone")
	case len(all) == len(ssh.AllOld()):
		k.warns("algorithms", `name in old of [sftp] only those that your clients need, such as old = ["ssh-rsa"]`,
			"all weak ones are on, those that are broken as well: %s", strings.Join(all, ", "))
	default:
		k.says("algorithms", "weak ones are on, too: %s", strings.Join(all, ", "))
	}
}
