package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"trawl/ftpd"
	"trawl/index/indextest/needs"
)

// scriptTest is the key of a script's test among its values.
type scriptTest struct{}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"trawl": func() { os.Exit(mainCode(namesOfScripts)) },
		"get":   get,
		"prove": prove,
	})
}

// namesOfScripts resolves the names of scripts: no resolver knows example.org on all machines. Names below invalid, and those with
// a slip, do not exist; that of example.silent is not answered.
func namesOfScripts(ctx context.Context, name string) ([]string, error) {
	switch {
	case strings.HasSuffix(name, ".invalid"), name == "notahost", name == "ftp.exampel.org":
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case name == "example.silent":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return []string{"192.0.2.1"}, ctx.Err()
}

// TestScripts runs the examples of the docs, every command and every bad input.
// Beside what testscript has, scripts may say
//
//	host NAME DIR          host DIR over FTP; $NAME is its URL
//	refuse NAME            $NAME is the URL of a port that nobody listens on
//	nologin NAME           $NAME is the URL of a host that answers 530 to everyone
//	silent NAME            $NAME is the URL of a host that never says anything
//	full NAME              $NAME is a directory on a full disk; where none can be mounted the rest is skipped
//	await FILE PATTERN     wait until a line of FILE matches
//	readme PREFIX          write the command of README.md that begins so to step.sh
//	get URL                print what HTTP answers
//	need PROGRAM PACKAGE   skip the script where the program of the Debian package is missing
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       false,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TRAWL_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("TZ", "UTC")
			env.Values[scriptTest{}] = env.T()
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"host":    hostDir,
			"refuse":  listening(nil),
			"nologin": listening(refuseLogin),
			"silent":  listening(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }),
			"full":    fullDisk,
			"await":   await,
			"readme":  readme,
			"need":    need,
		},
	})
}

// get prints the answer to a GET of its argument.
func get() {
	resp, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	if _, err := io.Copy(os.Stdout, resp.Body); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func hostDir(ts *testscript.TestScript, _ bool, args []string) {
	root, err := os.OpenRoot(ts.MkAbs(args[1]))
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	ts.Check(err)
	served := make(chan struct{})
	server := ftpd.Server{FS: ftpd.Dir(root), Grace: -1}
	go func() {
		defer close(served)
		_ = server.Serve(ctx, l) // the script sees what it cannot do
	}()
	ts.Defer(func() {
		cancel()
		<-served
		root.Close()
	})
	ts.Setenv(args[0], "ftp://"+l.Addr().String()+"/")
}

// listening sets a variable to the URL of a port where each connection is given
// to talk; if that is nil, nobody listens.
func listening(talk func(net.Conn)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		if talk == nil {
			ts.Setenv(args[0], "ftp://"+needs.Nobody+"/")
			return
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(args[0], "ftp://"+l.Addr().String()+"/")
		ts.Defer(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					talk(c)
				}()
			}
		}()
	}
}

func refuseLogin(c net.Conn) {
	fmt.Fprint(c, "220 members only\r\n")
	line := make([]byte, 512)
	for {
		if _, err := c.Read(line); err != nil {
			return
		}
		fmt.Fprint(c, "530 members only\r\n")
	}
}

// fullDisk mounts a disk of 1 MiB with nothing left on it.
func fullDisk(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs("full")
	ts.Check(os.Mkdir(dir, 0o700))
	if err := needs.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		if needs.Demanded() {
			ts.Fatalf("mount a small disk: %v", err)
		}
		ts.Value(scriptTest{}).(testscript.T).Skip("needs the right to mount a small disk (root)")
	}
	ts.Defer(func() { _ = needs.Unmount(dir) })
	ts.Setenv(args[0], dir)
}

// need skips a script for a program that is missing; if TRAWL_CI=1 the script fails.
func need(ts *testscript.TestScript, _ bool, args []string) {
	_, err := exec.LookPath(args[0])
	switch {
	case err == nil:
	case needs.Demanded():
		ts.Fatalf("needs the Debian package %s", args[1])
	default:
		ts.Value(scriptTest{}).(testscript.T).Skip("needs the Debian package " + args[1])
	}
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(`(?m)` + args[1])
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if match := pattern.FindStringSubmatch(string(text)); err == nil && match != nil {
			if len(match) > 1 {
				ts.Setenv("found", match[1])
			}
			return
		}
	}
	text, _ := os.ReadFile(ts.MkAbs(args[0]))
	ts.Fatalf("%s holds no line like %s:\n%s", args[0], args[1], text)
}

// tour returns the commands of README.md.
func tour() ([]string, error) {
	text, err := os.ReadFile("../../README.md")
	var lines []string
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "./trawl "); ok {
			lines = append(lines, "trawl "+command)
		}
	}
	return lines, err
}

// readme makes a script of a command of README.md, for the host $URL, free ports
// and the folder pub.
func readme(ts *testscript.TestScript, _ bool, args []string) {
	lines, err := tour()
	ts.Check(err)
	for _, line := range lines {
		if strings.HasPrefix(line, args[0]) {
			line = strings.NewReplacer("ftp://ftp.example.org/", ts.Getenv("URL"), "127.0.0.1:8080", "127.0.0.1:0",
				"127.0.0.1:2121", "127.0.0.1:0", "/srv/archive", "pub").Replace(line)
			ts.Check(os.WriteFile(ts.MkAbs("step.sh"), []byte("exec "+line+"\n"), 0o600))
			return
		}
	}
	ts.Fatalf("README.md has no command %s", args[0])
}

// TestTour demands that tour.txt runs all commands of README.md.
func TestTour(t *testing.T) {
	lines, err := tour()
	if err != nil || len(lines) == 0 {
		t.Fatalf("README.md: %d commands, %v", len(lines), err)
	}
	script, err := os.ReadFile("testdata/tour.txt")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile(`(?m)^readme '(.*)'$`).FindAllStringSubmatch(string(script), -1)
	for _, line := range lines {
		if !slices.ContainsFunc(steps, func(step []string) bool {
			return strings.HasPrefix(line, strings.ReplaceAll(step[1], "''", "'"))
		}) {
			t.Errorf("tour.txt does not run %s", line)
		}
	}
}

// TestHelp demands an example of every command.
func TestHelp(t *testing.T) {
	root := newRoot(&app{})
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Hidden {
			continue
		}
		if !strings.Contains(cmd.Example, "trawl "+strings.TrimPrefix(cmd.Name(), "trawl")) {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if cmd.Short == "" {
			t.Errorf("%s is not described", cmd.CommandPath())
		}
	}
}

// TestCompletion asks real shells whether they can read the completion scripts, and for what they complete.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"powershell", "zsh", "fish", "bash"} {
		t.Run(shell, func(t *testing.T) {
			var out strings.Builder
			a := &app{out: &terminal{Writer: &out}, err: &terminal{Writer: io.Discard}, env: os.Getenv, now: time.Now}
			if code := a.run(t.Context(), []string{"completion", shell}); code != 0 || out.Len() == 0 {
				t.Fatalf("completion %s: exit %d, %d bytes", shell, code, out.Len())
			}
			if shell == "powershell" { // Debian has none
				return
			}
			cmd := exec.CommandContext(t.Context(), needs.Program(t, shell, shell), "-n")
			cmd.Stdin = strings.NewReader(out.String())
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s does not read it: %v\n%s", shell, err, out)
			}
		})
	}
}

// TestCompletedFlags holds the completion of flags and their values to what all shells ask for.
func TestCompletedFlags(t *testing.T) {
	for typed, want := range map[string]string{
		"search --for":         "--format",
		"search x --nu":        "--null",
		"search x --color ":    "always",
		"hosts --color=n":      "never",
		"search --sort ":       "relevance",
		"help que":             "query",
		"help exit":            "exit-codes",
		"ls --sort ":           "time",
		"add h --unch":         "--unchecked",
		"search x --pr":        "--pretty",
		"du --format x --maxi": ":4",
	} {
		var out strings.Builder
		a := &app{out: &terminal{Writer: &out}, err: &terminal{Writer: io.Discard}, env: func(string) string { return "" }, now: time.Now, data: t.TempDir()}
		if code := a.run(t.Context(), append([]string{"__complete"}, strings.Split(typed, " ")...)); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit %d, %q, want %s", typed, code, out.String(), want)
		}
	}
}
