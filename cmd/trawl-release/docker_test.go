package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDockerfile reads the Dockerfile as far as it is used here: nothing of the last stage but the program, a user without rights,
// and a probe that needs no shell. The image itself is built where there is a Docker engine.
func TestDockerfile(t *testing.T) {
	data, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "ARG", "USER", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
	last := make(map[string]string) // of the last stage
	text := strings.ReplaceAll(string(data), "\\\n", " ")
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if !slices.Contains(known, word) {
			t.Errorf("%q is no instruction", line)
		}
		if word == "FROM" {
			clear(last)
		}
		last[word] = rest
	}
	for word, want := range map[string]string{
		"FROM": "scratch", "USER": "65532:65532", "VOLUME": "/data", "EXPOSE": "8080",
		"ENTRYPOINT": `["/usr/bin/trawl"]`, "CMD": `["serve"]`,
	} {
		if last[word] != want {
			t.Errorf("%s is %q, want %q", word, last[word], want)
		}
	}
	if _, probe, _ := strings.Cut(last["HEALTHCHECK"], "CMD "); probe != `["/usr/bin/trawl", "status"]` {
		t.Errorf("the probe is %q: scratch has no shell", probe)
	}
	if last["RUN"] != "" {
		t.Error("the last stage runs something, but it has no shell")
	}
}

// TestCompose reads the compose file, and finds each file of the repository that it mounts.
func TestCompose(t *testing.T) {
	const dir = "packaging/docker"
	var file struct {
		Name     string `yaml:"name"`
		Services map[string]struct {
			Image       string            `yaml:"image"`
			Build       map[string]string `yaml:"build"`
			Restart     string            `yaml:"restart"`
			Ports       []string          `yaml:"ports"`
			Environment map[string]string `yaml:"environment"`
			Volumes     []string          `yaml:"volumes"`
			ReadOnly    bool              `yaml:"read_only"`
			CapDrop     []string          `yaml:"cap_drop"`
			SecurityOpt []string          `yaml:"security_opt"`
			Tmpfs       []string          `yaml:"tmpfs"`
		} `yaml:"services"`
		Volumes map[string]any `yaml:"volumes"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for name, s := range file.Services {
		if s.Image == "" || strings.HasSuffix(s.Image, ":latest") {
			t.Errorf("%s: the image %q has no version", name, s.Image)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: the port %s is open to all", name, port)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if !strings.HasPrefix(from, ".") {
				if _, ok := file.Volumes[from]; !ok {
					t.Errorf("%s: there is no volume %s", name, from)
				}
			} else if _, err := os.Stat(filepath.Join(dir, from)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
