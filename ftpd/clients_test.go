package ftpd_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/index/indextest/needs"
)

// oddTree is a tree whose names are hard on clients and servers.
func oddTree() map[string]string {
	tree := map[string]string{
		"README":                          "read me\n",
		"empty":                           "",
		"pub/with space.txt":              "1",
		"pub/ leading":                    "2",
		"pub/caf\u00e9/\u65e5\u672c":      "3",
		"pub/.hidden":                     "4",
		"pub/per%20cent":                  "5",
		"pub/semi;colon":                  "6",
		"pub/quo\"te'":                    "7",
		"pub/arrow -> x":                  "8",
		"pub/star*[a]":                    "9",
		"pub/back\\slash":                 "10",
		"pub/" + strings.Repeat("n", 255): "11",
		"big.bin":                         strings.Repeat("0123456789abcdef", 1<<16),
	}
	for i := range 50 {
		tree[fmt.Sprintf("many/%d/%d", i%7, i)] = fmt.Sprint(i)
	}
	return tree
}

// read returns the files below dir by name.
func read(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		got[name] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestClients lets the clients that people use fetch a tree and finds it whole.
func TestClients(t *testing.T) {
	const obscured = "4AymCdvFfPV4hb42oF79injJawukHiimdsmMxsY7" // what "rclone obscure" makes of a password
	tests := []struct {
		program, debian string
		without         string // a part of a name that this client gets wrong by itself
		args            func(host, port, into string) []string
	}{
		{"lftp", "lftp", "", func(host, port, into string) []string {
			return []string{"-c", "set net:max-retries 1; open ftp://" + host + ":" + port + "; mirror -P 4 / " + into}
		}},
		{"rclone", "rclone", "", func(host, port, into string) []string {
			return []string{
				"copy", "--config", "/dev/null", "--retries", "1", "--create-empty-src-dirs",
				":ftp,host=" + host + ",port=" + port + ",user=anonymous,pass=" + obscured + ",encoding=Slash:/", into,
			}
		}},
		{"ncftpget", "ncftp", "caf\u00e9", func(host, port, into string) []string {
			return []string{"-V", "-R", "-P", port, host, into, "/"}
		}},
	}
	tree := oddTree()
	_, root := folder(t, tree)
	host, port, _ := strings.Cut(serve(t, &ftpd.Server{FS: ftpd.Dir(root)}), ":")
	for _, test := range tests {
		t.Run(test.program, func(t *testing.T) {
			program := needs.Program(t, test.program, test.debian)
			into := t.TempDir()
			cmd := exec.CommandContext(t.Context(), program, test.args(host, port, into)...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "http_proxy=", "ftp_proxy=")
			cmd.Dir = into
			out, err := cmd.CombinedOutput()
			if err != nil && test.without == "" {
				t.Errorf("%v: %s", err, bytes.TrimSpace(out))
			}
			got := read(t, into)
			for name, body := range tree {
				if test.without != "" && strings.Contains(name, test.without) {
					delete(got, name)
					continue
				}
				if got[name] != body {
					t.Errorf("%q is not as it was: %d bytes of %d", name, len(got[name]), len(body))
				}
			}
			for name := range got {
				if _, ok := tree[name]; !ok {
					t.Errorf("%q is not of the tree", name)
				}
			}
		})
	}
}

// TestCurl fetches each file by its URL, over IPv4 and IPv6, passive and active.
func TestCurl(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	tree := oddTree()
	_, root := folder(t, tree)
	for _, test := range []struct {
		name, listen string
		options      []string
	}{
		{"EPSV", "127.0.0.1:0", []string{"--ftp-pasv"}},
		{"PASV", "127.0.0.1:0", []string{"--disable-epsv"}},
		{"EPRT", "127.0.0.1:0", []string{"--ftp-port", "-"}},
		{"PORT", "127.0.0.1:0", []string{"--ftp-port", "-", "--disable-eprt"}},
		{"EPSV6", "[::1]:0", []string{"--ftp-pasv"}},
		{"EPRT6", "[::1]:0", []string{"--ftp-port", "-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := serveAt(t, &ftpd.Server{FS: ftpd.Dir(root)}, test.listen)
			args := append([]string{"-sS", "-g"}, test.options...)
			into := t.TempDir()
			for name := range tree {
				u := url.URL{Scheme: "ftp", Host: addr, Path: name}
				args = append(args, "--create-dirs", "-o", filepath.Join(into, name), u.String())
			}
			out, err := exec.CommandContext(t.Context(), curl, args...).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			if !maps.Equal(read(t, into), tree) {
				t.Error("what curl fetched is not the tree")
			}
		})
	}
}

// TestCurlResumes fetches the end of a file.
func TestCurlResumes(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	_, root := folder(t, map[string]string{"file": "0123456789"})
	addr := serve(t, &ftpd.Server{FS: ftpd.Dir(root)})
	part := filepath.Join(t.TempDir(), "part")
	if err := os.WriteFile(part, []byte("0123"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), curl, "-sS", "-C", "-", "-o", part, "ftp://"+addr+"/file").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, _ := os.ReadFile(part); string(got) != "0123456789" {
		t.Errorf("got %q", got)
	}
}
