package ftp_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestWan measures crawls over a link with a round trip of 50 ms, beside lftp and
// rclone on the same tree. It needs root and the tool wanlink, and runs only if
// TRAWL_WANLINK names that:
//
//	TRAWL_WANLINK=/tmp/wanlink go test -v -run 'TestWan$' ./crawler/ftp
func TestWan(t *testing.T) {
	tool := os.Getenv("TRAWL_WANLINK")
	if tool == "" {
		return
	}
	cmd := exec.CommandContext(t.Context(), tool, "-rtt", "50ms", "--", os.Args[0], "-test.v", "-test.run", "^TestWanLinked$")
	cmd.Env = append(os.Environ(), "TRAWL_WAN_LINKED=1", "TRAWL_WANLINK=")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// wanRuns are what is measured, each by so many connections.
var wanRuns = []struct {
	peer, way   string
	connections int
}{
	{"vsftpd", "LIST -lR", 1},
	{"vsftpd", "STAT", 1},
	{"vsftpd", "LIST", 32},
	{"proftpd", "LIST -lR", 1},
	{"proftpd", "STAT", 1},
	{"proftpd", "MLSD", 32},
	{"pure-ftpd", "MLSD", 32},
	{"vsftpd", "ls-lR.gz", 1}, // over the only connection
	{"vsftpd", "ls-lR.gz", 4}, // over one of its own
	{"vsftpd", "RETR", 1},
	{"proftpd", "RETR", 1},
}

// TestWanLinked runs while the link is up: servers in one namespace, clients in
// the other.
func TestWanLinked(t *testing.T) {
	if os.Getenv("TRAWL_WAN_LINKED") == "" {
		return
	}
	root := ftptest.Tree(t, 10_000, 3_450)
	if err := os.WriteFile(filepath.Join(root, "README"), make([]byte, 2<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	publishListOf(t, root)
	t.Logf("tree: %d names", len(ftptest.Find(t, root)))
	var vsftpd string
	for _, run := range wanRuns {
		addr := wanServer(t, run.peer, root)
		if run.peer == "vsftpd" {
			vsftpd = addr
		}
		out := inClient(t, time.Minute, "TRAWL_WAN_CLIENT="+strings.Join([]string{addr, run.way, fmt.Sprint(run.connections)}, ","),
			os.Args[0], "-test.run", "^TestWanClient$", "-test.v")
		for line := range strings.SplitSeq(out, "\n") {
			if strings.Contains(line, "seconds") || strings.Contains(line, "FAIL") {
				t.Logf("trawl %s %s, %d connections: %s", run.peer, run.way, run.connections, line)
			}
		}
	}
	host, port, _ := strings.Cut(vsftpd, ":")
	for _, command := range []string{
		fmt.Sprintf(`lftp -e "set net:max-retries 1; ls -lR / > /dev/null; exit" ftp://%s/`, vsftpd),
		fmt.Sprintf(`lftp -e "find / > /dev/null; exit" ftp://%s/`, vsftpd),
		fmt.Sprintf(`rclone lsf -R :ftp:/ --checkers 8 --ftp-host %s --ftp-port %s --ftp-user anonymous --ftp-pass $(rclone obscure a@b.c) > /dev/null`, host, port),
	} {
		start := time.Now()
		inClient(t, time.Minute, "", "sh", "-c", command)
		t.Logf("%s: %.2f seconds (60 is given up)", command, time.Since(start).Seconds())
	}
}

// wanServer starts a server at its end of the link and returns its address.
func wanServer(t *testing.T, peer, root string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", "wan-server", os.Args[0], "-test.run", "^TestWanServer$", "-test.v")
	cmd.Env = append(os.Environ(), "TRAWL_PEERS_AT=10.77.0.1", "TRAWL_WAN_SERVER="+peer+","+root, "TRAWL_WAN_LINKED=")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, addr, ok := strings.Cut(lines.Text(), "serving at "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return addr
		}
	}
	t.Fatalf("%s did not start", peer)
	return ""
}

// TestWanServer serves until its input ends.
func TestWanServer(t *testing.T) {
	name, root, ok := strings.Cut(os.Getenv("TRAWL_WAN_SERVER"), ",")
	if !ok {
		return
	}
	for _, peer := range ftptest.Peers() {
		if peer.Name != name {
			continue
		}
		var extra []string
		if name == "pure-ftpd" {
			extra = []string{"-L", "1000000:100"}
		}
		fmt.Println("serving at " + peer.Start(t, root, extra...))
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
}

// inClient runs a command at its end of the link.
func inClient(t *testing.T, atMost time.Duration, env string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), atMost)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", "wan-client"}, args...)...)
	cmd.Env = append(os.Environ(), env, "TRAWL_WAN_LINKED=")
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		t.Errorf("%q: %v: %s", args, err, out.Bytes())
	}
	return out.String()
}

// TestWanClient lists a server by one way, or reads a hundred files one after the
// other, and reports how long that took, including the login.
func TestWanClient(t *testing.T) {
	words := strings.Split(os.Getenv("TRAWL_WAN_CLIENT"), ",")
	if len(words) != 3 {
		return
	}
	host := index.Host{ID: index.HostID("ftp://" + words[0] + "/")}
	_, _ = fmt.Sscan(words[2], &host.Settings.Connections)
	start := time.Now()
	srv, err := (&ftp.Source{}).Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()
	connected := time.Since(start)
	if words[1] == "RETR" {
		for range 100 {
			if _, err := size(t.Context(), srv, "/README"); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%.2f seconds (login %.2f), 100 files", time.Since(start).Seconds(), connected.Seconds())
		return
	}
	got, err := walk(t.Context(), wayOf(t, srv, words[1]))
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for _, l := range got {
		entries += len(l.Entries)
	}
	t.Logf("%.2f seconds (login %.2f), %d directories, %d entries", took.Seconds(), connected.Seconds(), len(got), entries)
}
