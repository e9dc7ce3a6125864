package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
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

// TestInheritedAll lets systemd's own program open the sockets of all doors and hand them over: each answers.
func TestInheritedAll(t *testing.T) {
	program := needs.Program(t, "systemd-socket-activate", "systemd")
	exe, err := exec.LookPath("trawl") // testscript has put it there
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	const get = "GET /%s HTTP/1.0\r\n\r\n"
	doors := []struct{ name, flag, ask, answer string }{
		{"portal", "--http", fmt.Sprintf(get, ""), "HTTP/1.0 200"},
		{"metrics", "--metrics", fmt.Sprintf(get, "healthz"), "HTTP/1.0 200"},
		{"ftp", "--ftp", "", "220"},
		{"sftp", "--sftp", "", "SSH-2.0-"},
		{"files", "--files-http", fmt.Sprintf(get, "file"), "HTTP/1.0 200"},
		{"gopher", "--gopher", "/0/file\r\n", ""},
	}
	var sockets, names, flags, addrs []string
	for _, d := range doors {
		addr := needs.Port(t)
		addrs, names = append(addrs, addr), append(names, d.name)
		sockets, flags = append(sockets, "-l", addr), append(flags, d.flag, "socket:"+d.name)
	}
	args := append(sockets, "--fdname="+strings.Join(names, ":"), exe, "--data", t.TempDir(), "serve", "--root", root)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, append(args, flags...)...)
	said := new(lines)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for i, d := range doors {
		conn := dialSoon(t, addrs[i])
		_, _ = io.WriteString(conn, d.ask)
		if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(line, d.answer) || err != nil {
			t.Errorf("%s answers %q, %v; trawl says\n%s", d.name, line, err, said)
		}
		conn.Close()
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// dialSoon connects to an address at which a program that has just started listens soon.
func dialSoon(t *testing.T, addr string) net.Conn {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			return conn
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
