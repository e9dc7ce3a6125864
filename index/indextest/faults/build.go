package faults

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trawl/index/indextest/needs"
)

//go:embed testdata/layer.go
var layer []byte

// Build builds the test binary of cmd/trawl with the layer, without the race detector, and returns
// its path. Started as "trawl" the binary is the command (see Start). It takes seconds where
// the build cache has the packages, and a minute where it has not.
func Build(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		needs.Missing(t, "Linux")
	}
	dir := t.TempDir()
	overlay, err := writeOverlay(t.Context(), dir)
	if err != nil {
		t.Fatalf("make the layer for this version of Go: %v", err)
	}
	exe := filepath.Join(dir, "trawl")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay, "-o", exe, "trawl/cmd/trawl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build trawl with the layer: %v\n%s", err, out)
	}
	return exe
}

// writeOverlay writes the files of the layer to dir, and returns the path of the overlay that
// puts them into package syscall.
func writeOverlay(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	home := filepath.Join(strings.TrimSpace(string(root)), "src", "syscall")
	calls, err := os.ReadFile(filepath.Join(home, "syscall_linux.go"))
	if err != nil {
		return "", err
	}
	plain := string(calls)
	for _, name := range []string{"Syscall", "Syscall6"} {
		from := "//go:linkname " + name + "\nfunc " + name + "("
		if strings.Count(plain, from) != 1 {
			return "", fmt.Errorf("%s does not declare %s as this package knows it", home, name)
		}
		plain = strings.Replace(plain, from, "func kernel"+name+"(", 1)
	}
	replace := map[string]string{}
	for name, text := range map[string]string{
		"syscall_linux.go": plain,
		"layer.go":         string(layer),
		"layer_amd64.go":   "package syscall\n\nconst (\n\tlayerFstatat = 262\n\tlayerRenameat2 = 316\n\tlayerCopyFileRange = 326\n)\n",
		"layer_arm64.go":   "package syscall\n\nconst (\n\tlayerFstatat = 79\n\tlayerRenameat2 = 276\n\tlayerCopyFileRange = 285\n)\n",
	} {
		replace[filepath.Join(home, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
