package main

import (
	"context"
	"os"
	"path/filepath"
)

// build compiles Trawl for a platform and returns the program. Its bytes depend on the commit, the version and the Go
// alone: neither folders, nor the clock, nor the settings of the machine's Go are in them.
func (s *source) build(ctx context.Context, p platform) ([]byte, error) {
	dir, err := os.MkdirTemp("", "trawl-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of its own below the temporary one
	program := filepath.Join(dir, "trawl")
	_, err = output(ctx, s.root, plainGo(p), "go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags=-s -w "+s.stamp(), "-o", program, "./cmd/trawl")
	if err != nil {
		return nil, err
	}
	return os.ReadFile(program)
}

// plainGo is an environment in which Go builds for a platform as it does where nobody has set anything.
func plainGo(p platform) []string {
	return []string{
		"GOOS=" + p.os, "GOARCH=" + p.arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GODEBUG=", "GOFIPS140=off", "GOWORK=off",
	}
}
