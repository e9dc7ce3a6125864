package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
)

// settled is the command line of a process, with the flags of one command as the environment and a file set them.
type settled struct {
	app  *app
	root *cobra.Command
	cmd  *cobra.Command
}

// settle reads the flags of a command with some variables and a file of settings.
func settle(t *testing.T, schema *settings.Schema, path string, args []string, env map[string]string, file string) (settled, error) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "trawl.toml")
	if err := os.WriteFile(config, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	quiet := &terminal{Writer: new(bytes.Buffer)}
	a := &app{out: quiet, err: quiet, now: time.Now, env: func(name string) string {
		if name == "TRAWL_CONFIG" && env[name] == "" {
			return config
		}
		return env[name]
	}}
	root := newRoot(a)
	a.schema = schema
	cmd, _, err := root.Find(strings.Fields(path)[1:])
	if err != nil {
		t.Fatal(err)
	}
	cmd.SetContext(context.Background())
	if err := cmd.ParseFlags(args); err != nil {
		return settled{a, root, cmd}, err
	}
	return settled{a, root, cmd}, a.settle(cmd)
}

// value returns the value of a flag.
func (s settled) value(flag string) string { return s.cmd.Flags().Lookup(flag).Value.String() }

// another returns a text that a setting takes, and that is not its default.
func another(t *testing.T, root *cobra.Command, s *setting) string {
	t.Helper()
	cmd, _, err := root.Find(strings.Fields(s.cmd.CommandPath())[1:])
	if err != nil {
		t.Fatal(err)
	}
	flag := cmd.Flag(s.flag.Name)
	samples := []string{"sample", "7", "90s", "2MiB/s", "10MiB", "50000-50999", "192.0.2.0/24", "true", "false"}
	samples = append(samples, strings.FieldsFunc(flag.Usage, func(r rune) bool { return strings.ContainsRune(" ,:;.`", r) })...)
	for _, text := range samples {
		if before := flag.Value.String(); flag.Value.Set(text) == nil && flag.Value.String() != before {
			return text
		}
	}
	t.Fatalf("no sample for %s of type %s", s.key, s.flag.Value.Type())
	return ""
}

// TestSettings walks all commands: every flag has a key and a variable of its own, which set it, and each wins over the next.
func TestSettings(t *testing.T) {
	owners, variables := map[string]string{}, map[string]string{}
	root := blankRoot()
	schema := settings.NewSchema(flagKeys(root)...)
	for _, s := range allSettings(blankRoot()) {
		name := s.cmd.CommandPath() + " --" + s.flag.Name
		if s.flag.Name == "config" {
			continue // a file does not say where it is
		}
		if owner, ok := owners[s.key]; ok && !shared(&s) {
			t.Errorf("%s and %s have the key %s", owner, name, s.key)
		}
		owners[s.key] = name
		if key, ok := variables[s.variable]; ok && key != s.key {
			t.Errorf("%s and %s have the variable %s", key, s.key, s.variable)
		}
		variables[s.variable] = s.key
		path := s.cmd.CommandPath()
		if !s.cmd.HasParent() { // of all commands
			path = "trawl ls"
		}
		want := another(t, root, &s)
		file := toml(s.key, want, s.takesList())
		_, hosted := s.flag.Value.(*hostingValue)
		byFlag, err := settle(t, schema, path, []string{"--" + s.flag.Name + "=" + want}, map[string]string{s.variable: "nonsense"}, file)
		if err != nil {
			t.Errorf("%s: by the flag: %v", name, err)
			continue
		}
		byEnv, err := settle(t, schema, path, nil, map[string]string{s.variable: want}, file)
		if err != nil || byEnv.value(s.flag.Name) != byFlag.value(s.flag.Name) {
			t.Errorf("%s: by the variable %s: %v, %v, want %v", name, s.variable, byEnv.value(s.flag.Name), err, byFlag.value(s.flag.Name))
		}
		byFile, err := settle(t, schema, path, nil, nil, file)
		got := byFile.value(s.flag.Name)
		if s.isPath() { // it counts from the folder of the file
			got = strings.ReplaceAll(got, filepath.Dir(byFile.app.env("TRAWL_CONFIG"))+"/", "")
		}
		if err != nil || !hosted && got != byFlag.value(s.flag.Name) {
			t.Errorf("%s: by the key %s: %v, %v, want %v", name, s.key, got, err, byFlag.value(s.flag.Name))
		}
		if hosted {
			hostingBoth(t, schema, &s, file, want)
		}
	}
	for _, s := range settings.Scalars() {
		if owners[s.Key] == "" {
			t.Errorf("no flag has the key %s", s.Key)
		}
		if s.About == "" || !s.Bool && s.Kind == "" {
			t.Errorf("nothing describes %s", s.Key)
		}
	}
}

// shared reports whether several commands may have the key of a setting.
func shared(s *setting) bool { return s.key == "contact" }

// toml returns a file with a value.
func toml(key, text string, list bool) string {
	value := strconv.Quote(text)
	if _, err := strconv.Atoi(text); err == nil || text == "true" || text == "false" {
		value = text
	}
	if list {
		value = "[" + strconv.Quote(text) + "]"
		if text == "true" {
			value = text
		}
	}
	return key + " = " + value + "\n"
}

// hostingBoth compares what a setting of hosting is by the file and by a flag.
func hostingBoth(t *testing.T, schema *settings.Schema, s *setting, file, text string) {
	t.Helper()
	a, err := settle(t, schema, "trawl serve", nil, nil, file)
	if err != nil {
		t.Error(err)
		return
	}
	h := s.flag.Value.(*hostingValue)
	want := new(settings.File)
	if err := want.Override(&h.Scalar, text, "--"+s.flag.Name); err != nil {
		t.Error(err)
		return
	}
	got, err := a.app.settings()
	if err != nil {
		t.Error(err)
		return
	}
	for i, v := range tables(got) {
		if w := tables(want)[i]; !reflect.DeepEqual(v, w) && !h.IsPath() {
			t.Errorf("%s: the file gives %+v, the flag %+v", s.key, v, w)
		}
	}
	if reflect.DeepEqual(tables(got), tables(new(settings.File))) {
		t.Errorf("%s: the file changes nothing", s.key)
	}
}

// tables returns the tables of hosting.
func tables(f *settings.File) []any {
	return []any{f.FTP, f.SFTP, f.HTTP, f.Gopher, f.List, f.Limits, f.Guard, f.Hook, f.Log}
}

// TestSettingsRefuse shows that a wrong value is refused with the place where it stands.
func TestSettingsRefuse(t *testing.T) {
	schema := settings.NewSchema(flagKeys(blankRoot())...)
	for _, test := range []struct {
		cmd  string
		args []string
		env  map[string]string
		file string
		want string // CONFIG is the file
	}{
		{"search", []string{"--limit", "x"}, nil, "", `--limit "x" is not a whole number`},
		{"search", nil, map[string]string{"TRAWL_SEARCH_LIMIT": "x"}, "", `TRAWL_SEARCH_LIMIT "x" is not a whole number`},
		{"search", nil, nil, "[search]\nlimit = \"x\"", `CONFIG:2: search.limit "x" is not a whole number`},
		{"search", nil, nil, "[search]\nlimit = [1]", `CONFIG:2: search.limit takes one value, not a list`},
		{"search", nil, nil, "[search]\nlimt = 1", `CONFIG:2: there is no setting "limt" in [search]; did you mean limit?`},
		{"search", nil, nil, "limit = 1", `CONFIG:1: there is no setting "limit" at the top; did you mean limits?`},
		{"search", nil, nil, "budget = '1s'", `CONFIG:1: there is no setting "budget" at the top; did you mean portal.budget?`},
		{"search", nil, nil, "[search]\nlimit = 1\nlimit = 2", `CONFIG:3: key limit is already defined`},
		{"search", nil, nil, "[search]\nlimit = 1\n[search]\nlimit = 2", `CONFIG:3: table search already exists`},
		{"search", nil, nil, "search = 1", `CONFIG:1: search is a table; write [search] in a line of its own, and its settings below`},
		{"search", nil, nil, "[search.limit]\nx = 1", `CONFIG:1: search.limit is no table; write it as limit = ...`},
		{"search", nil, nil, "[ls]\nlong = \"perhaps\"", ""}, // another command says so
		{"ls", nil, nil, "[ls]\nlong = \"perhaps\"", `CONFIG:2: ls.long "perhaps" is neither true nor false`},
		{"serve", nil, map[string]string{"TRAWL_PORTAL_BUDGET": "1"}, "", `TRAWL_PORTAL_BUDGET "1" is not a duration; write it as 30s, 15m, 24h or 7d`},
		{"serve", nil, map[string]string{"TRAWL_LIMITS_IDLE": "soon"}, "", `TRAWL_LIMITS_IDLE "soon" is not a duration; write it as 30s, 15m, 24h or 7d`},
		{"serve", nil, nil, "[gateway]\nbandwidth = \"2MiB\"", `CONFIG:2: gateway.bandwidth "2MiB" is not a rate; write it as 500kB/s or 2MiB/s`},
		{"serve", []string{"--guard-own=10.0.0.0/8,x"}, nil, "", `--guard-own "x" is no network; write it as 192.0.2.0/24 or 2001:db8::/32`},
		{"serve", nil, nil, "a = \"\x00\"", `CONFIG:1: `},
		{"serve", nil, nil, "[ftp", `CONFIG:1: `},
		{"ls", nil, nil, "\ufeff[ls]\r\nlong = true\r\n", ""},
		{"ls", nil, map[string]string{"TRAWL_LS_LONG": ""}, "[ls]\nlong = true", ""},
		{"ls", nil, nil, strings.Repeat("# ten megabytes of comments\n", 400_000), `read settings: CONFIG has more than 4 MiB; settings are a short text`},
		{"ls", nil, map[string]string{"TRAWL_CONFIG": "/nonexistent/trawl.toml"}, "", `read settings: open /nonexistent/trawl.toml: no such file or directory; name one that exists`},
		{"ls", nil, map[string]string{"TRAWL_CONFIG": "/"}, "", `read settings: / is a folder; name a file`},
	} {
		s, err := settle(t, schema, "trawl "+test.cmd, test.args, test.env, test.file)
		if err != nil {
			err = plain(s.cmd, err)
		}
		want := strings.ReplaceAll(test.want, "CONFIG", s.app.env("TRAWL_CONFIG"))
		if want == "" && err == nil {
			continue
		}
		if got := fmt.Sprint(err); !strings.HasPrefix(got, want) || want == "" || strings.Contains(got, "\n") {
			t.Errorf("%s %q, %v, %.40q: \n got %s\nwant %s", test.cmd, test.args, test.env, test.file, got, want)
		}
	}
}
