package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// papers are the files beside a program, as they lie in an archive: LICENSE, man/trawl.1, completions/trawl.bash.
type papers []file

// packagingDir is the folder of settings, units and scripts in the repository.
const packagingDir = "cmd/trawl-release/packaging"

// papers collects what is the same for all platforms. The program is that for this one.
func (s *source) papers(ctx context.Context, program []byte) (papers, error) {
	var out papers
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "doc"} {
		files, err := s.read(name)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	packaging, err := s.read(packagingDir)
	if err != nil {
		return nil, err
	}
	for _, f := range packaging {
		if strings.HasPrefix(f.name, packagingDir+"/systemd/") || f.name == packagingDir+"/trawl.toml" {
			out = append(out, file{name: strings.TrimPrefix(f.name, packagingDir+"/"), data: f.data})
		}
	}
	printed, err := s.printed(ctx, program)
	if err != nil {
		return nil, err
	}
	licences, err := s.licences(ctx)
	if err != nil {
		return nil, err
	}
	return append(append(out, printed...), file{name: "LICENSES", data: licences}), nil
}

// read returns a file of the repository, or those below a folder, without pictures, trials and tests.
func (s *source) read(name string) ([]file, error) {
	var out []file
	root := os.DirFS(s.root)
	err := fs.WalkDir(root, name, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "doc/pictures" || name == "doc/notes"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) == ".go":
			return nil
		}
		data, err := fs.ReadFile(root, name)
		out = append(out, file{name: name, data: data})
		return err
	})
	return out, err
}

// printed returns what Trawl itself prints: pages of the manual, and completions.
func (s *source) printed(ctx context.Context, binary []byte) ([]file, error) {
	dir, err := os.MkdirTemp("", "trawl-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of its own below the temporary one
	program := filepath.Join(dir, "trawl")
	if err := os.WriteFile(program, binary, 0o700); err != nil { //nolint:gosec // it is run
		return nil, err
	}
	env := []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(s.date.Unix(), 10), "HOME=" + dir, "TRAWL_CONFIG=", "TRAWL_DATA=" + dir}
	if _, err := output(ctx, dir, env, program, "man", "man"); err != nil {
		return nil, err
	}
	var out []file
	pages, err := os.ReadDir(filepath.Join(dir, "man"))
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		data, err := os.ReadFile(filepath.Join(dir, "man", page.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, file{name: "man/" + page.Name(), data: data})
	}
	for shell, name := range map[string]string{"bash": "trawl.bash", "zsh": "_trawl", "fish": "trawl.fish", "powershell": "trawl.ps1"} {
		script, err := output(ctx, dir, env, program, "completion", shell)
		if err != nil {
			return nil, err
		}
		out = append(out, file{name: "completions/" + name, data: []byte(script + "\n")})
	}
	return out, nil
}

// module is what go list says of a module.
type module struct{ path, version, dir string }

// licences returns the licences of all modules that are compiled in, and of Go, one after the other: they ask for that.
func (s *source) licences(ctx context.Context) ([]byte, error) {
	modules, err := s.modules(ctx)
	if err != nil {
		return nil, err
	}
	goroot, err := output(ctx, s.root, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "The programs of Trawl hold the Go runtime and the modules below, under these licences.\n")
	for _, m := range append([]module{{"Go", runtime.Version(), goroot}}, modules...) {
		texts, err := licenceTexts(os.DirFS(m.dir))
		if err != nil {
			return nil, fmt.Errorf("read the licence of %s: %w", m.path, err)
		}
		rule := strings.Repeat("=", 72)
		fmt.Fprintf(&out, "\n%s\n%s %s\n%s\n\n%s", rule, m.path, m.version, rule, texts)
	}
	return out.Bytes(), nil
}

// modules returns the modules that are compiled in on any platform, by path.
func (s *source) modules(ctx context.Context) ([]module, error) {
	found := make(map[string]module)
	for _, p := range platforms() {
		list, err := output(ctx, s.root, plainGo(p), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/trawl")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(list) {
			if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 3 {
				found[f[0]] = module{path: f[0], version: f[1], dir: f[2]}
			}
		}
	}
	var out []module
	for _, m := range found {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return out, nil
}

// licenceTexts returns the texts in the root of a module that are licences or notices.
func licenceTexts(root fs.FS) ([]byte, error) {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		text, err := fs.ReadFile(root, e.Name())
		if err != nil {
			return nil, err
		}
		out = append(append(out, bytes.TrimSpace(text)...), '\n')
	}
	if len(out) == 0 {
		return nil, errors.New("there is none in its folder")
	}
	return out, nil
}
