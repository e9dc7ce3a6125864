// Command trawl-release builds what is published: Trawl for Linux, macOS and Windows on amd64 and arm64 as archives, packages
// for Debian, and SHA256SUMS, into the folder dist. The same commit and the same Go give the same bytes, on any machine
// and at any time. It runs in a clone of the repository:
//
//	go run ./cmd/trawl-release
//
// The files: main.go has the flags and the order; source.go asks Git which version this is; build.go runs the compiler;
// papers.go collects manual pages, completions, documents and licences; archive.go packs tar.gz and zip; debian.go lays
// out the package of Debian and deb.go writes it.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "trawl-release:", err)
		os.Exit(1)
	}
}

// platform is what a program is built for, in Go's words.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// platforms are all that are published.
func platforms() []platform {
	return []platform{
		{"linux", "amd64"},
		{"linux", "arm64"},
		{"darwin", "amd64"},
		{"darwin", "arm64"},
		{"windows", "amd64"},
		{"windows", "arm64"},
	}
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("trawl-release", flag.ContinueOnError)
	out := f.String("out", "dist", "the folder to write into")
	version := f.String("version", "", "the version; else the tag of the commit, else one between releases")
	only := f.String("only", "", "platforms, such as linux/amd64,darwin/arm64; else all")
	if err := f.Parse(args); err != nil {
		return err
	}
	wanted, err := choose(*only)
	if err != nil {
		return err
	}
	source, err := openSource(ctx, *version)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil { //nolint:gosec // what is published may be read
		return err
	}
	here, err := source.build(ctx, platform{runtime.GOOS, runtime.GOARCH})
	if err != nil {
		return err
	}
	papers, err := source.papers(ctx, here)
	if err != nil {
		return err
	}
	var made []string
	for _, p := range wanted {
		names, err := source.publish(ctx, p, papers, *out)
		if err != nil {
			return fmt.Errorf("publish %s: %w", p, err)
		}
		made = append(made, names...)
	}
	return sum(*out, made)
}

// choose returns the platforms of a list, or all.
func choose(list string) ([]platform, error) {
	if list == "" {
		return platforms(), nil
	}
	var out []platform
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(platforms(), func(p platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("choose %q: it is not published; there are %v", name, platforms())
		}
		out = append(out, platforms()[i])
	}
	return out, nil
}

// publish builds for a platform and packs what was built. It returns the names of the files in out.
func (s *source) publish(ctx context.Context, p platform, papers papers, out string) ([]string, error) {
	program, err := s.build(ctx, p)
	if err != nil {
		return nil, err
	}
	name, data, err := s.archive(p, program, papers)
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{name: data}
	if p.os == "linux" {
		name, data, err := s.debian(p, program, papers)
		if err != nil {
			return nil, err
		}
		made[name] = data
	}
	var names []string
	for name, data := range made {
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil { //nolint:gosec // what is published may be read
			return nil, err
		}
	}
	return names, nil
}

// sum writes SHA256SUMS of the files in out, in the form of sha256sum, and prints it.
func sum(out string, names []string) error {
	slices.Sort(names)
	var lines strings.Builder
	for _, name := range names {
		data, err := fs.ReadFile(os.DirFS(out), name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(data), name)
	}
	fmt.Print(lines.String())
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(lines.String()), 0o644) //nolint:gosec // as above
}
