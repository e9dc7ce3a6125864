package ftpd_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// desk is where a client works: a folder of its own, and a server with a folder in which it may do all.
type desk struct {
	t          testing.TB
	here       string // the client's folder
	there      string // the server's
	host, port string
	addr       string
}

// newDesk serves over FTP and FTPS, with files in the client's folder.
func newDesk(t testing.TB, files map[string]string) *desk {
	t.Helper()
	here, _ := folder(t, files)
	there, root := folder(t, nil)
	t.Cleanup(func() { writable(here) })
	addr := serve(t, &ftpd.Server{Accounts: guestsToo{tree.Folder(root)}, TLS: selfSigned(t)})
	host, port, _ := strings.Cut(addr, ":")
	return &desk{t: t, here: here, there: there, host: host, port: port, addr: addr}
}

// run runs a program in the client's folder with text as its input and returns what it printed.
func (d *desk) run(text string, program string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), program, args...)
	cmd.Dir = d.here
	cmd.Env = append(os.Environ(), "HOME="+d.t.TempDir(), "http_proxy=", "ftp_proxy=", "LC_ALL=C.UTF-8", "NETRC=/dev/null")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Errorf("%s: %v: %s", program, err, out)
	}
	return string(out)
}

// expand puts the address into the text of a script.
func (d *desk) expand(text string) string {
	return strings.NewReplacer("HOST", d.host, "PORT", d.port, "HERE", d.here).Replace(text)
}

// TestClientsUpload lets the clients that people use store a tree, and finds it whole.
func TestClientsUpload(t *testing.T) {
	const obscured = "4AymCdvFfPV4hb42oF79injJawukHiimdsmMxsY7" // what "rclone obscure" makes of a password
	for _, test := range []struct {
		name, program, debian string
		without               string // a part of a name that this client gets wrong by itself
		args                  func(d *desk) []string
	}{
		{"lftp", "lftp", "lftp", "", func(d *desk) []string {
			return []string{"-c", d.expand("set net:max-retries 1; set ftp:ssl-allow no; open -u ann,x ftp://HOST:PORT; mirror -R -P 4 . /")}
		}},
		{"lftp-tls", "lftp", "lftp", "", func(d *desk) []string {
			return []string{"-c", d.expand("set net:max-retries 1; set ssl:verify-certificate no; set ftp:ssl-force yes; " +
				"set ftp:ssl-protect-data yes; open -u ann,x ftp://HOST:PORT; mirror -R -P 4 . /")}
		}},
		{"rclone", "rclone", "rclone", "", func(d *desk) []string {
			return []string{
				"copy", "--config", "/dev/null", "--retries", "1", ".",
				":ftp,host=" + d.host + ",port=" + d.port + ",user=ann,pass=" + obscured + ",encoding=Slash:/",
			}
		}},
		{"ncftpput", "ncftpput", "ncftp", "caf\u00e9", func(d *desk) []string {
			return []string{"-V", "-R", "-u", "ann", "-p", "x", "-P", d.port, d.host, "/", "README", "empty", "pub", "big.bin", "many"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			program := needs.Program(t, test.program, test.debian)
			files := oddTree()
			maps.DeleteFunc(files, func(name, _ string) bool { return test.without != "" && strings.Contains(name, test.without) })
			d := newDesk(t, files)
			d.run("", program, test.args(d)...)
			if got := read(t, d.there); !maps.Equal(got, files) {
				t.Errorf("%d files are there, want %d: %s", len(got), len(files), differ(got, files))
			}
		})
	}
}

// differ names the files that are not the same.
func differ(got, want map[string]string) string {
	var names []string
	for name, body := range want {
		if g, ok := got[name]; !ok || g != body {
			names = append(names, fmt.Sprintf("%q (%d of %d bytes)", name, len(g), len(body)))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, fmt.Sprintf("%q too much", name))
		}
	}
	return strings.Join(names, ", ")
}

// lifeBody is the content of the files of TestClientsLife.
var lifeBody = strings.Repeat("0123456789abcdef", 1<<13)

// checkLife looks at what is left: the file that was stored, that was gone on with, and that was renamed; what was fetched; and
// nothing else.
func (d *desk) checkLife() {
	d.t.Helper()
	for name, got := range map[string]map[string]string{"the server": read(d.t, d.there), "the client": read(d.t, d.here)} {
		want := map[string]string{"stored.bin": lifeBody, "resumed.bin": lifeBody, "new name.bin": lifeBody}
		if name == "the client" {
			want = map[string]string{"whole": lifeBody, "half": lifeBody[:len(lifeBody)/2], "resumed.bin": lifeBody, "fetched.bin": lifeBody}
		}
		if !maps.Equal(got, want) {
			d.t.Errorf("%s: %s", name, differ(got, want))
		}
	}
	if _, err := os.Stat(filepath.Join(d.there, "dir")); err != nil {
		d.t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(d.there, "dead")); err == nil {
		d.t.Error("the directory that was removed is there")
	}
}

// TestClientsLife lets each client store a file, go on with one, fetch a file, go on with fetching, rename, delete, make and
// remove directories. On the client's side resumed.bin begins as the first half.
func TestClientsLife(t *testing.T) {
	for _, test := range []struct {
		name, program, debian string
		args                  string // divided by blanks
		script                string
	}{
		{"lftp", "lftp", "lftp", "-f /dev/stdin", `
set net:max-retries 1
set ssl:verify-certificate no
open -u ann,x ftp://HOST:PORT
put whole -o stored.bin
put half -o resumed.bin
put -c whole -o resumed.bin
put half -o gone.bin
put whole -o "old name.bin"
mv "old name.bin" "new name.bin"
rm gone.bin
mkdir dir
mkdir dead
rmdir dead
get stored.bin -o fetched.bin
get -c stored.bin -o resumed.bin
`},
		{"tnftp", "tnftp", "tnftp", "-n -i -v -p", tnftpLife},
		{"tnftp-active", "tnftp", "tnftp", "-n -i -v -A", tnftpLife},
		{"inetutils", "inetutils-ftp", "inetutils-ftp", "-n -i -v", tnftpLife},
		{"inetutils-passive", "inetutils-ftp", "inetutils-ftp", "-n -i -v -p", tnftpLife},
		{"python", "/usr/bin/python3", "python3", "-", `
import ftplib
f = ftplib.FTP()
f.connect("HOST", PORT)
f.login("ann", "x")
def put(name, to, rest=None, cmd="STOR"):
    with open(name, "rb") as fp:
        fp.seek(rest or 0)
        f.storbinary(cmd + " " + to, fp, rest=rest)
put("whole", "stored.bin")
put("half", "resumed.bin")
put("whole", "resumed.bin", rest=f.size("resumed.bin"))
put("half", "gone.bin")
put("half", "old name.bin")
put("whole", "old name.bin", rest=None, cmd="STOR")
f.rename("old name.bin", "new name.bin")
f.delete("gone.bin")
f.mkd("dir"); f.mkd("dead"); f.rmd("dead")
with open("fetched.bin", "wb") as fp: f.retrbinary("RETR stored.bin", fp.write)
with open("resumed.bin", "ab") as fp: f.retrbinary("RETR stored.bin", fp.write, rest=fp.tell())
f.voidcmd("MFMT 20200102030405 stored.bin")
assert f.voidcmd("MDTM stored.bin") == "213 20200102030405"
facts = dict(f.mlsd())["stored.bin"]
assert facts["modify"] == "20200102030405" and facts["size"] == "131072", facts
assert sorted(f.nlst()) == ["dir", "new name.bin", "resumed.bin", "stored.bin"], f.nlst()
f.quit()
`},
		{"ncftp", "ncftp", "ncftp", "-u ann -p x -P PORT HOST", `
put -z whole stored.bin
put -z half resumed.bin
put -z whole resumed.bin
put -z half gone.bin
put -z whole "old name.bin"
rename "old name.bin" "new name.bin"
rm gone.bin
mkdir dir
mkdir dead
rmdir dead
get -z stored.bin fetched.bin
get -z stored.bin resumed.bin
quit
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			program := needs.Program(t, test.program, test.debian)
			half := lifeBody[:len(lifeBody)/2]
			d := newDesk(t, map[string]string{"whole": lifeBody, "half": half, "resumed.bin": half})
			// An upload that goes on has the time of the part that is there.
			early := time.Now().Add(-24 * time.Hour)
			for _, name := range []string{"half", "resumed.bin"} {
				if err := os.Chtimes(filepath.Join(d.here, name), early, early); err != nil {
					t.Fatal(err)
				}
			}
			out := d.run(d.expand(test.script), program, strings.Fields(d.expand(test.args))...)
			d.checkLife()
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// tnftpLife is for the clients of BSD.
const tnftpLife = `
open HOST PORT
user ann x
binary
put whole stored.bin
put half resumed.bin
restart 65536
put whole resumed.bin
put half gone.bin
put whole "old name.bin"
rename "old name.bin" "new name.bin"
delete gone.bin
mkdir dir
mkdir dead
rmdir dead
get stored.bin fetched.bin
reget stored.bin resumed.bin
modtime stored.bin
quit
`

// TestCurlUploads stores, goes on, renames and deletes by URL, plain and over TLS.
func TestCurlUploads(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	for _, test := range []struct {
		name    string
		options []string
	}{
		{"plain", nil},
		{"active", []string{"--ftp-port", "-"}},
		{"tls", []string{"--ssl-reqd", "-k"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			half := lifeBody[:len(lifeBody)/2]
			d := newDesk(t, map[string]string{"whole": lifeBody, "half": half, "resumed.bin": half})
			do := func(args ...string) {
				t.Helper()
				d.run("", curl, append(append([]string{"-sS", "-u", "ann:x"}, test.options...), args...)...)
			}
			url := "ftp://" + d.addr + "/"
			do("-T", "whole", url+"stored.bin")
			do("-T", "half", url+"resumed.bin")
			do("-C", "-", "-T", "whole", url+"resumed.bin")
			do("-T", "half", url+"gone.bin")
			do("-T", "whole", url+"old%20name.bin", "-Q", "-RNFR old name.bin", "-Q", "-RNTO new name.bin")
			do("-Q", "DELE gone.bin", "-Q", "MKD dir", "-Q", "MKD dead", "-Q", "RMD dead", "-l", "-o", "/dev/null", url)
			do("-o", "fetched.bin", url+"stored.bin")
			do("-C", "-", "-o", "resumed.bin", url+"stored.bin")
			d.checkLife()
		})
	}
}

// TestFetchers lets wget and aria2c fetch, and go on with a part.
func TestFetchers(t *testing.T) {
	for _, test := range []struct{ program, debian, args string }{
		{"wget", "wget", "-q -c -O part.bin --user=ann --password=x ftp://HOST:PORT/whole.bin"},
		{"wget", "wget", "-q -c -O part.bin --no-passive-ftp --user=ann --password=x ftp://HOST:PORT/whole.bin"},
		{"aria2c", "aria2", "-q -c -x 4 -s 4 -k 1M --allow-overwrite=true -o part.bin --ftp-user=ann --ftp-passwd=x ftp://HOST:PORT/whole.bin"},
	} {
		t.Run(test.program, func(t *testing.T) {
			program := needs.Program(t, test.program, test.debian)
			d := newDesk(t, map[string]string{"part.bin": lifeBody})
			body := strings.Repeat(lifeBody, 400) // it does not fit into the buffers of sockets: aria2 waits in vain for a 226 that comes with the 150
			if err := os.WriteFile(filepath.Join(d.there, "whole.bin"), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			d.run("", program, strings.Fields(d.expand(test.args))...)
			if got := read(t, d.here)["part.bin"]; got != body {
				t.Errorf("%d bytes of %d came", len(got), len(body))
			}
		})
	}
}

// TestThousandUploads stores a thousand small files over TLS 1.3 with each client, one data connection a file, and finds each
// whole. Each client works with some sessions at once: curl waits for a second from time to time, if a reply comes quickly.
func TestThousandUploads(t *testing.T) {
	const sessions = 10
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("d%d/f%03d", i%sessions, i)] = fmt.Sprintf("%d\n", i*i) + strings.Repeat("x", i)
	}
	for _, test := range []struct {
		program, debian string
		input           func(d *desk, session int) (text string, args []string) // of one session
	}{
		{"curl", "curl", func(d *desk, session int) (string, []string) {
			var b strings.Builder
			for name := range files {
				if strings.HasPrefix(name, fmt.Sprintf("d%d/", session)) {
					fmt.Fprintf(&b, "upload-file = %q\nurl = \"ftp://%s/%s\"\n", name, d.addr, name)
				}
			}
			return b.String(), []string{"-sS", "-k", "--ssl-reqd", "--tlsv1.3", "-u", "ann:x", "--ftp-create-dirs", "-K", "-"}
		}},
		{"lftp", "lftp", func(d *desk, session int) (string, []string) {
			dir := fmt.Sprintf("d%d", session)
			return "", []string{"-c", d.expand("set net:max-retries 1; set ssl:verify-certificate no; set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS1.3; " +
				"set ftp:ssl-force yes; set ftp:ssl-protect-data yes; open -u ann,x ftp://HOST:PORT; mirror -R " + dir + " /" + dir)}
		}},
		{"/usr/bin/python3", "python3", func(d *desk, session int) (string, []string) {
			return d.expand(ftplibUploads), []string{"-W", "ignore", "-", fmt.Sprintf("d%d", session)}
		}},
	} {
		t.Run(filepath.Base(test.program), func(t *testing.T) {
			program := needs.Program(t, test.program, test.debian)
			d := newDesk(t, files)
			var all sync.WaitGroup
			for session := range sessions {
				text, args := test.input(d, session)
				all.Go(func() { d.run(text, program, args...) })
			}
			all.Wait()
			if got := read(t, d.there); !maps.Equal(got, files) {
				t.Errorf("%d files are there, want %d: %.500s", len(got), len(files), differ(got, files))
			}
		})
	}
}

// ftplibUploads resumes the session of the control connection, as the server asks of named users; ftplib alone does not.
const ftplibUploads = `
import ftplib, os, ssl, sys
class FTP(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session), size
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode, context.minimum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_3
f = FTP(context=context)
f.connect("HOST", PORT)
f.login("ann", "x")
f.prot_p()
dir = sys.argv[1]
f.mkd(dir)
for name in os.listdir(dir):
    with open(os.path.join(dir, name), "rb") as fp:
        f.storbinary("STOR " + dir + "/" + name, fp)
assert f.sock.version() == "TLSv1.3"
f.quit()
`
