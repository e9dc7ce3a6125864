package ftpd_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/index/indextest/needs"
)

// uploads is how many small files each client sends: FTPD_TEST_UPLOADS, or a few.
func uploads(t testing.TB) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("FTPD_TEST_UPLOADS")); err == nil {
		return n
	}
	return 20
}

// ftplib sends all files of a folder as Python's ftplib does, with the one change that it takes to resume the session.
const ftplib = `
import ftplib, os, ssl, sys
class FTPS(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
        return conn, size
host, port, folder, back, version = sys.argv[1:]
context = ssl._create_unverified_context()
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
ftp = FTPS(context=context, timeout=20)
ftp.connect(host, int(port)); ftp.login("ann", "x"); ftp.prot_p()
ftp.cwd("up")
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), "rb") as f: ftp.storbinary("STOR " + name, f)
for name in ftp.nlst():
    with open(os.path.join(back, name), "wb") as f: ftp.retrbinary("RETR " + name, f.write)
ftp.quit()
`

// TestSecureClients lets clients that people use send files over FTPS, with each version of TLS, and fetch them again. Data
// connections have to resume the session.
func TestSecureClients(t *testing.T) {
	const obscured = "4AymCdvFfPV4hb42oF79injJawukHiimdsmMxsY7" // what "rclone obscure" makes of a password
	type run struct{ host, port, from, back string }
	for _, test := range []struct {
		name, program, debian string
		args                  func(r run) [][]string
	}{
		{"curl 1.3", "curl", "curl", func(r run) [][]string { return curlBothWays(r.host+":"+r.port, r.from, r.back, "--tlsv1.3") }},
		{"lftp active", "lftp", "lftp", func(r run) [][]string {
			return [][]string{{"-c", "set ftp:passive-mode no; set ssl:verify-certificate no; set net:max-retries 1; set ftp:ssl-force yes; open -u ann,x ftp://" + r.host + ":" + r.port +
				"; mirror -R " + r.from + " /up; mirror /up " + r.back}}
		}},
		{"lftp", "lftp", "lftp", func(r run) [][]string {
			return [][]string{{"-c", "set ssl:verify-certificate no; set net:max-retries 1; set ftp:ssl-force yes; open -u ann,x ftp://" + r.host + ":" + r.port +
				"; mirror -R -P 2 " + r.from + " /up; mirror -P 2 /up " + r.back}}
		}},
		{"lftp 1.2", "lftp", "lftp", func(r run) [][]string {
			return [][]string{{"-c", "set ssl:priority NORMAL:-VERS-TLS1.3; set ssl:verify-certificate no; set net:max-retries 1; set ftp:ssl-force yes; open -u ann,x ftp://" + r.host + ":" + r.port +
				"; mirror -R " + r.from + " /up; mirror /up " + r.back}}
		}},
		{"ftplib 1.3", "python3", "python3", func(r run) [][]string { return [][]string{{"-c", ftplib, r.host, r.port, r.from, r.back, "TLSv1_3"}} }},
		{"ftplib 1.2", "python3", "python3", func(r run) [][]string { return [][]string{{"-c", ftplib, r.host, r.port, r.from, r.back, "TLSv1_2"}} }},
		{"rclone", "rclone", "rclone", func(r run) [][]string {
			at := ":ftp,host=" + r.host + ",port=" + r.port + ",user=ann,pass=" + obscured + ",explicit_tls=true,no_check_certificate=true,concurrency=1,encoding=Slash:/up"
			options := []string{"copy", "--config", "/dev/null", "--retries", "1"}
			return [][]string{append(options, r.from, at), append(options, at, r.back)}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			program := needs.Program(t, test.program, test.debian)
			files := map[string]string{"big": strings.Repeat("0123456789abcdef", 1<<16)}
			for i := range uploads(t) {
				files[fmt.Sprint("f", i)] = strings.Repeat(fmt.Sprint(i), i%3000+1)
			}
			from, _ := folder(t, files)
			dir, addr := tlsServer(t, func(s *ftpd.Server) { s.TLS.Demand = true })
			if err := os.Mkdir(filepath.Join(dir, "up"), 0o755); err != nil {
				t.Fatal(err)
			}
			host, port, _ := net.SplitHostPort(addr)
			r := run{host, port, from, t.TempDir()}
			for _, args := range test.args(r) {
				cmd := exec.CommandContext(t.Context(), program, args...)
				cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "http_proxy=", "ftp_proxy=")
				out, err := cmd.CombinedOutput()
				t.Logf("%.1500s", out)
				if err != nil {
					t.Errorf("%v: %.2000s", err, out)
				}
			}
			if got := read(t, filepath.Join(dir, "up")); !maps.Equal(got, files) {
				t.Errorf("of %d files %d arrived", len(files), same(got, files))
			}
			if got := read(t, r.back); !maps.Equal(got, files) {
				t.Errorf("of %d files %d came back", len(files), same(got, files))
			}
		})
	}
}

// same returns how many files are in both.
func same(a, b map[string]string) int {
	n := 0
	for name, body := range a {
		if other, ok := b[name]; ok && other == body {
			n++
		}
	}
	return n
}

// curlBothWays sends all files of a folder and fetches them: the first ones in one run of curl, which uses one session, and
// each of the others in a run of its own. (Where the reply to EPSV comes at once, as on loopback, curl 7.88 waits for a
// second before each further transfer of a session.)
func curlBothWays(addr, from, back string, options ...string) (runs [][]string) {
	names, _ := filepath.Glob(filepath.Join(from, "*"))
	common := append([]string{"-sS", "--ssl-reqd", "-k", "-u", "ann:x"}, options...)
	together := names[:min(4, len(names))]
	some := [][]string{together}
	for _, name := range names[len(together):] {
		some = append(some, []string{name})
	}
	for _, names := range some {
		up, down := slices.Clone(common), slices.Clone(common)
		for _, name := range names {
			up = append(up, "-T", name, "ftp://"+addr+"/up/")
			down = append(down, "-o", filepath.Join(back, filepath.Base(name)), "ftp://"+addr+"/up/"+filepath.Base(name))
		}
		runs = append(runs, up, down)
	}
	return runs
}
