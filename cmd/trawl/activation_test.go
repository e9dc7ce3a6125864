package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// TestInherited lets serve take over sockets that are open, as systemd hands them over, and refuse one that is not there.
func TestInherited(t *testing.T) {
	shell := needs.Program(t, "sh", "dash")
	exe, err := exec.LookPath("trawl") // testscript has put it there
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	start := func(name string) (*exec.Cmd, *strings.Builder) {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), shell, "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=ftp exec "$0" "$@"`,
			exe, "--data", t.TempDir(), "serve", "--http", "127.0.0.1:0", "--ftp", "socket:"+name, "--root", root)
		cmd.ExtraFiles = []*os.File{f}
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, &said
	}
	cmd, said := start("http")
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "FileDescriptorName=http") {
		t.Errorf("a socket that is not there: %v, %s", err, said)
	}
	cmd, said = start("ftp")
	ln.Close()
	f.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(line, "220 ") {
		t.Errorf("it answers %q, %v", line, err)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}
