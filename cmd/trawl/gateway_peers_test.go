package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler/ftp/ftptest"
	"trawl/index/indextest/needs"
)

// archive is a real server behind a portal, and what it has.
type archive struct {
	name  string
	url   string            // of its host
	files map[string][]byte // by their names
}

const oddName = " #1 100% \"caf\xe9\" <b>.txt" // most servers give no control characters

// newArchive makes a directory with files that no other archive has, and serves it.
func newArchive(t *testing.T, number int, name string, serve func(root string) (url string)) archive {
	t.Helper()
	root := ftptest.Ground(t)
	pub := filepath.Join(root, "pub")
	files := map[string][]byte{
		fmt.Sprintf("noise%d.bin", number): make([]byte, 2<<20+number),
		fmt.Sprintf("empty%d", number):     {},
		fmt.Sprintf("read%d.txt", number):  fmt.Appendf(nil, "one\r\ntwo of %s\r\n", name), // gophernicus ends each line so
		strconv.Itoa(number) + oddName:     fmt.Appendf(nil, "odd %d\r\n", number),
	}
	_, _ = rand.NewChaCha8([32]byte{byte(number)}).Read(files[fmt.Sprintf("noise%d.bin", number)])
	err := os.MkdirAll(pub, 0o755)
	for name, data := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(pub, name), data, 0o644))
	}
	large := fmt.Sprintf("noise%d.bin", number)
	sums := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(files[large]), large)
	if err = errors.Join(err, os.WriteFile(filepath.Join(pub, "SHA256SUMS"), sums, 0o644)); err != nil {
		t.Fatal(err)
	}
	return archive{name, serve(root), files}
}

// address returns where a portal gives a file of the archive.
func (a *archive) address(portal, page, file string) string {
	if strings.HasPrefix(a.url, "gopher:") {
		file = inOctal(file)
	}
	return portal + page + "/" + strings.Replace(a.url, "://", "/", 1) + "pub/" + url.PathEscape(file)
}

// inOctal writes a name as gophernicus does in its menus: "a b" => "a#040b".
func inOctal(name string) string {
	var out strings.Builder
	for _, b := range []byte(name) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte(`#%"`, b) >= 0 {
			fmt.Fprintf(&out, "#%03o", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// startPortal starts serve, and returns where its portal is.
func (c command) startPortal(args ...string) (portal string) {
	c.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), exe) // it ends when it is interrupted
	cmd.SysProcAttr = needs.Tied()
	cmd.Args = append([]string{"trawl", "serve", "--http", "127.0.0.1:0"}, args...)
	cmd.Env = append(os.Environ(), "TRAWL_DATA="+c.data)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		err := cmd.Wait()
		if err != nil || strings.Contains(log.String(), "DATA RACE") {
			c.t.Errorf("serve: %v", err)
		}
		if c.t.Failed() {
			c.t.Logf("serve: %s", &log)
		}
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	found := portalLine.FindStringSubmatch(line)
	if found == nil {
		c.t.Fatalf("there is no portal: %q", line)
	}
	return found[1]
}

// answer is what a portal answered.
type answer struct {
	status int
	length int64 // as its header says, or -1
	body   []byte
}

// askPortal returns what a portal answers.
func askPortal(t *testing.T, method, url string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Errorf("%s %s: after %d bytes: %v", method, url, len(body), err)
	}
	return answer{got.StatusCode, got.ContentLength, body}
}

// demand demands the status and the bytes of an answer.
func (a answer) demand(t *testing.T, what string, status int, want []byte) {
	t.Helper()
	if a.status != status || !bytes.Equal(a.body, want) {
		t.Errorf("%s: %d with %d bytes, want %d with %d: %.200q", what, a.status, len(a.body), status, len(want), a.body)
	}
}

// TestGatewayPeers gets files of all kinds of hosts through the portal: whole, in parts, as
// download managers do, and as a crowd does.
func TestGatewayPeers(t *testing.T) {
	c := command{t, t.TempDir()}
	archives := newArchives(c)
	crawl := []string{"crawl"}
	for _, a := range archives {
		crawl = append(crawl, a.url)
	}
	c.run(crawl...)
	portal := c.startPortal("--gateway-per-host", "4")
	for _, a := range archives {
		t.Run(a.name, func(t *testing.T) {
			for file, data := range a.files {
				getWhole(t, a.address(portal, "get", file), data)
				if len(data) > 1<<20 {
					getParts(t, a.address(portal, "get", file), data)
					managersGet(t, a.address(portal, "get", file), a.address(portal, "metalink", file), data)
				}
			}
		})
	}
	t.Run("crowd", func(t *testing.T) {
		var crowd sync.WaitGroup
		for i := range 50 {
			a := archives[i%len(archives)]
			for file, data := range a.files {
				if len(data) > 1<<20 {
					at := a.address(portal, "get", file)
					crowd.Go(func() { askPortal(t, http.MethodGet, at).demand(t, at, http.StatusOK, data) })
				}
			}
		}
		crowd.Wait()
	})
}

// newArchives starts a server of each kind. The hosts that need settings are added.
func newArchives(c command) (all []archive) {
	c.t.Helper()
	for i, peer := range ftptest.Peers()[:3] {
		all = append(all, newArchive(c.t, i, peer.Name, func(root string) string { return "ftp://" + peer.Start(c.t, root) + "/" }))
	}
	return append(all,
		newArchive(c.t, 3, "FTPS", func(root string) string {
			id := ftptest.NewIdentity(c.t)
			addr := ftptest.Vsftpd(c.t, root, "ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_data_ssl=YES", "force_anon_logins_ssl=YES",
				"rsa_cert_file="+id.File, "rsa_private_key_file="+id.File, "ssl_ciphers=HIGH", "require_ssl_reuse=YES")
			c.run("add", "ftp://"+addr+"/", "--tls", "explicit", "--pin", id.Pin)
			return "ftp://" + addr + "/"
		}),
		newArchive(c.t, 4, "OpenSSH", func(root string) string {
			addr, user, key := startSSHD(c.t)
			c.run("add", "sftp://"+user+"@"+addr+root, "--key", key, "--insecure")
			return "sftp://" + addr + root + "/"
		}),
		newArchive(c.t, 5, "gophernicus", func(root string) string { return "gopher://" + startGophernicus(c.t, root) + "/" }),
	)
}

// startGophernicus serves each connection by Debian's gophernicus, as inetd would.
func startGophernicus(t *testing.T, root string) (addr string) {
	t.Helper()
	program := needs.Program(t, "gophernicus", "gophernicus")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { l.Close(); running.Wait() })
	host, port, _ := net.SplitHostPort(l.Addr().String())
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			cmd := exec.CommandContext(t.Context(), program, "-r", root, "-h", host, "-p", port, "-nr", "-nm", "-ns", "-nx", "-nu", "-no")
			cmd.SysProcAttr = needs.Tied()
			if file, err := conn.(*net.TCPConn).File(); err == nil {
				cmd.Stdin, cmd.Stdout = file, file
				running.Go(func() { _ = cmd.Run(); file.Close() })
			}
			conn.Close()
		}
	})
	return l.Addr().String()
}

// getWhole demands a file, and its size by HEAD.
func getWhole(t *testing.T, at string, data []byte) {
	t.Helper()
	askPortal(t, http.MethodGet, at).demand(t, at, http.StatusOK, data)
	head := askPortal(t, http.MethodHead, at)
	head.demand(t, "HEAD "+at, http.StatusOK, nil)
	if gopher := strings.Contains(at, "/gopher/"); head.length != int64(len(data)) && !gopher {
		t.Errorf("HEAD %s: %d bytes, want %d", at, head.length, len(data))
	}
}

// getParts demands parts of a file, or all of it where its host says nothing of its size.
func getParts(t *testing.T, at string, data []byte) {
	t.Helper()
	size := len(data)
	from := rand.IntN(size - 1000)
	to := from + rand.IntN(size-from)
	for header, want := range map[string][]byte{
		fmt.Sprintf("bytes=%d-%d", from, to):  data[from : to+1],
		fmt.Sprintf("bytes=%d-", from):        data[from:],
		fmt.Sprintf("bytes=-%d", size-from):   data[from:],
		fmt.Sprintf("bytes=%d-", size-1):      data[size-1:],
		"bytes=0-0":                           data[:1],
		fmt.Sprintf("bytes=0-%d", size+10):    data,
		fmt.Sprintf("bytes=1-2,%d-%d", 9, 11): nil,
	} {
		got := askPortal(t, http.MethodGet, at, "Range", header)
		switch {
		case want == nil || strings.Contains(at, "/gopher/"):
			got.demand(t, at+" "+header, http.StatusOK, data)
		default:
			got.demand(t, at+" "+header, http.StatusPartialContent, want)
		}
	}
}

// managersGet demands that curl takes a file up, and that aria2c gets it from its places and proves it by the checksum that lies
// beside it.
func managersGet(t *testing.T, at, metalink string, data []byte) {
	t.Helper()
	dir := t.TempDir()
	if !strings.Contains(at, "/gopher/") { // which has no ranges
		begun := filepath.Join(dir, "begun")
		if err := os.WriteFile(begun, data[:len(data)/3], 0o600); err != nil {
			t.Fatal(err)
		}
		manage(t, begun, data, needs.Program(t, "curl", "curl"), "-q", "-sSf", "-C", "-", "-o", begun, at)
	}
	hash := fmt.Sprintf(`<hash type="sha-256">%x</hash>`, sha256.Sum256(data))
	if got := askPortal(t, http.MethodGet, metalink); !bytes.Contains(got.body, []byte(hash)) {
		t.Errorf("the Metalink has not the checksum of SHA256SUMS: %s", got.body)
	}
	manage(t, filepath.Join(dir, path.Base(at)), data, needs.Program(t, "aria2c", "aria2"),
		"--no-conf", "--quiet", "--file-allocation=none", "--dir", dir, metalink)
}

// manage runs a program that writes a file.
func manage(t *testing.T, file string, data []byte, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	got, wrong := os.ReadFile(file)
	if err != nil || wrong != nil || !bytes.Equal(got, data) {
		t.Errorf("%s %q: %v, %v, %d bytes of %d: %s", program, args, err, wrong, len(got), len(data), out)
	}
}

// large writes a file of 40 MiB, more than all buffers on its way hold.
func large(t *testing.T) (root string, data []byte) {
	t.Helper()
	root, data = ftptest.Ground(t), make([]byte, 40<<20)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(data)
	if err := os.WriteFile(filepath.Join(root, "large.iso"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	return root, data
}

// TestGatewayFailsOver kills the place of which a visitor gets a file, in the middle.
func TestGatewayFailsOver(t *testing.T) {
	root, data := large(t)
	c := command{t, t.TempDir()}
	other := "ftp://" + ftptest.Vsftpd(t, root) + "/"
	var got *http.Response
	var begun []byte
	t.Run("first", func(t *testing.T) { // its end kills the server
		first := "ftp://" + ftptest.Proftpd(t, root) + "/"
		c.run("crawl", first, other)
		portal := c.startPortal()
		r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, portal+"get/"+strings.Replace(first, "://", "/", 1)+"large.iso", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err = http.DefaultClient.Do(r); err != nil { //nolint:bodyclose // it is read and closed after this test
			t.Fatal(err)
		}
		begun = make([]byte, 1<<20)
		if _, err := io.ReadFull(got.Body, begun); err != nil {
			t.Fatal(err)
		}
	})
	if got == nil {
		return // the test of the first place says why
	}
	defer got.Body.Close()
	rest, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK || !bytes.Equal(append(begun, rest...), data) {
		t.Errorf("%d with %d bytes of %d, %v", got.StatusCode, len(begun)+len(rest), len(data), err)
	}
}

// TestGatewayLeaving holds a visitor who goes away to leaving no data connection at the host.
func TestGatewayLeaving(t *testing.T) {
	root, _ := large(t)
	first := 10_000 + os.Getpid()%1000*20 // below the ports that the system gives
	c := command{t, t.TempDir()}
	host := ftptest.Vsftpd(t, root, fmt.Sprintf("pasv_min_port=%d\npasv_max_port=%d", first, first+19))
	c.run("crawl", "ftp://"+host+"/")
	portal := c.startPortal()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, portal+"get/ftp/"+host+"/large.iso", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if _, err := io.CopyN(io.Discard, got.Body, 1<<20); err != nil || connected(t, first, first+19) == 0 {
		t.Fatalf("%d, %v, %d data connections", got.StatusCode, err, connected(t, first, first+19))
	}
	began := time.Now()
	leave()
	for end := began.Add(20 * time.Second); connected(t, first, first+19) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the data connection stays")
		}
	}
	t.Logf("the data connection is gone after %s", time.Since(began))
}

// connected returns how many TCP connections of this machine's servers have a port within a range.
func connected(t *testing.T, first, last int) (n int) {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[3] != "01" { // established
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if port, err := strconv.ParseInt(hex, 16, 32); err == nil && int(port) >= first && int(port) <= last {
			n++
		}
	}
	return n
}

// TestGatewayChanges holds the gateway to what happened to files since the crawl: a plain sentence in the
// visitor's language, and a catalogue that knows it then.
func TestGatewayChanges(t *testing.T) {
	root := ftptest.Ground(t)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("changed.txt", "as it was")
	write("gone.txt", "here")
	write("kept.txt", "kept")
	if err := errors.Join(os.Mkdir(filepath.Join(root, "dir"), 0o755), os.Symlink("dir", filepath.Join(root, "link")), os.Symlink("kept.txt", filepath.Join(root, "alias"))); err != nil {
		t.Fatal(err)
	}
	c := command{t, t.TempDir()}
	host := ftptest.Vsftpd(t, root)
	c.run("crawl", "ftp://"+host+"/")
	write("changed.txt", "as it is now")
	if err := os.Remove(filepath.Join(root, "gone.txt")); err != nil {
		t.Fatal(err)
	}
	portal := c.startPortal()
	for _, tt := range []struct {
		file, accept, lang string
		status             int
		want               string
	}{
		{"changed.txt", "text/html", "es", 409, "El archivo ha cambiado desde el rastreo: tenía 9 bytes y ahora tiene 12 bytes."},
		{"changed.txt", "*/*", "", 200, "as it is now"},
		{"gone.txt", "text/html", "es", 410, "El servidor lo tenía, y ya no lo tiene"},
		{"gone.txt", "text/html", "es", 410, "El servidor lo tenía, y ya no lo tiene"},
		{"gone.txt", "*/*", "", 410, "The host no longer has the file.\n"},
		{"none.txt", "*/*", "", 404, "The catalogue does not hold that file.\n"},
		{"never.txt", "text/html", "es", 404, "El catálogo no tiene nada en esta ruta del servidor"},
		{"link", "text/html", "es", 404, "Es un enlace, y el servidor no da ningún archivo por él."},
		{"link", "*/*", "", 404, "It is a link, and the host gives no file for it.\n"},
		{"dir", "text/html", "es", 404, "Eso es una carpeta y no un archivo."},
		{"alias", "*/*", "", 200, "kept"},
	} {
		got := askPortal(t, http.MethodGet, portal+"get/ftp/"+host+"/"+tt.file, "Accept", tt.accept, "Accept-Language", tt.lang)
		if got.status != tt.status || !strings.Contains(string(got.body), tt.want) {
			t.Errorf("%s: %d, want %d, %q: %s", tt.file, got.status, tt.status, tt.want, sentences(got.body))
		}
	}
}

// sentences returns the paragraphs of a page, or a line as it is.
func sentences(body []byte) []byte {
	if found := regexp.MustCompile(`<p>.*`).FindAll(body, -1); found != nil {
		return bytes.Join(found, []byte("\n"))
	}
	return body
}
