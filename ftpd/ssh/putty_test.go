package ssh_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"trawl/index/indextest/needs"
)

// puttyPrograms move the folder tree to the server and back with the clients of PuTTY. They log in by a password.
func puttyPrograms() map[string]func(t *testing.T, h *host, local, port string) {
	common := func(h *host, port string) []string {
		return []string{"-batch", "-P", port, "-pw", "secret", "-hostkey", gossh.FingerprintSHA256(h.known)}
	}
	pscp := func(way string) func(t *testing.T, h *host, local, port string) {
		return func(t *testing.T, h *host, local, port string) {
			program := needs.Program(t, "pscp", "putty-tools")
			plain(t, local)
			args := slices.Concat([]string{way, "-r", "-p", "-q"}, common(h, port))
			run(t, local, "", true, program, append(args, "tree", "ann@127.0.0.1:/")...)
			same(t, filepath.Join(local, "tree"), filepath.Join(h.dir, "tree"))
			run(t, local, "", true, program, append(args, "ann@127.0.0.1:/tree", "back")...)
			run(t, local, "", false, program, append(args, "ann@127.0.0.1:/missing", "none")...)
		}
	}
	return map[string]func(t *testing.T, h *host, local, port string){
		"psftp": func(t *testing.T, h *host, local, port string) {
			program := needs.Program(t, "psftp", "putty-tools")
			plain(t, local)
			args := append(common(h, port), "-b", "/dev/stdin", "ann@127.0.0.1")
			run(t, local, "put -r tree\nget -r tree back\nmkdir new\nmv tree/plain new/other\nchmod 600 new/other\nls new\n"+
				"get new/other again\ndel new/other\nrmdir new\nquit\n", true, program, args...)
			if _, err := os.Stat(filepath.Join(h.dir, "new")); err == nil {
				t.Error("the folder is still there")
			}
			must(t, os.Rename(filepath.Join(local, "again"), filepath.Join(local, "back/plain")))
		},
		"pscp by SFTP": pscp("-sftp"),
		"pscp by SCP":  pscp("-scp"),
	}
}

// plain takes names from the tree that PuTTY takes for paths or patterns.
func plain(t testing.TB, local string) {
	t.Helper()
	for _, name := range []string{"back\\slash", "star*"} {
		must(t, os.Remove(filepath.Join(local, "tree", name)))
	}
}
