package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"trawl/cmd/internal/version"
)

// source is the clone from which all is built.
type source struct {
	root    string // of the repository
	version string // 0.1.0
	commit  string // whole
	date    time.Time
}

// openSource asks Go and Git about the clone around the working directory. An empty version is that of the commit's tag,
// or one between releases.
func openSource(ctx context.Context, wanted string) (*source, error) {
	mod, err := output(ctx, "", nil, "go", "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	s := &source{root: filepath.Dir(mod), version: wanted}
	git := func(args ...string) (string, error) { return output(ctx, s.root, nil, "git", args...) }
	if s.commit, err = git("rev-parse", "HEAD"); err != nil {
		return nil, err
	}
	date, err := git("log", "-1", "--format=%cI")
	if err != nil {
		return nil, err
	}
	if s.date, err = time.Parse(time.RFC3339, date); err != nil {
		return nil, fmt.Errorf("read the date of the commit: %w", err)
	}
	s.date = s.date.UTC()
	changes, err := git("status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil, err
	}
	if s.version == "" {
		s.version = version.Between(s.commit, changes != "")
		if tag, err := git("describe", "--exact-match", "--tags", "--match", "v[0-9]*"); err == nil && changes == "" {
			s.version = strings.TrimPrefix(tag, "v")
		}
	}
	return s, nil
}

// stamp is the flag of the linker that stamps a program.
func (s *source) stamp() string {
	return version.Flag(s.version, s.commit, s.date.Format(time.RFC3339))
}

// output runs a program in a folder, with env beside the environment of this process, and returns its output without the
// line end. Its error holds what the program complained of.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // go, git, and what was built
	cmd.Dir = dir
	if env != nil {
		cmd.Env = append(cmd.Environ(), env...)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(complaint.String()); said != "" {
			err = errors.New(said)
		}
		return "", fmt.Errorf("run %s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
