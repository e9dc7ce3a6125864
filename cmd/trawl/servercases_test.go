package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// The cases of servers that people reported in public lie beside the project: listings, listings
// of whole trees, and scripted servers.
const serverCases = "../../../shared/cases"

// casesNow is when the listings of the cases were made.
const casesNow = "2026-11-28T00:00:00Z"

// eachCase runs a test for each file of a kind in a folder of cases.
func eachCase(t *testing.T, folder, suffix string, run func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(serverCases, folder, "*.want"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		needs.Missing(t, "the folder "+filepath.Join(serverCases, folder))
	}
	for _, want := range files {
		name := strings.TrimSuffix(want, ".want")
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			run(t, name+suffix)
		})
	}
}

// wanted returns the objects of the .want beside a file of a case.
func wanted(t *testing.T, file string) (objects []map[string]any) {
	t.Helper()
	data, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".want")
	if err != nil {
		t.Fatal(err)
	}
	return objectsOf(t, data)
}

// objectsOf returns the JSON objects of a text.
func objectsOf(t *testing.T, data []byte) (objects []map[string]any) {
	t.Helper()
	for dec := json.NewDecoder(bytes.NewReader(data)); ; {
		var o map[string]any
		switch err := dec.Decode(&o); {
		case errors.Is(err, io.EOF):
			return objects
		case err != nil:
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
}

// TestListingCases reads each listing as `trawl listing` does.
func TestListingCases(t *testing.T) {
	eachCase(t, "listing", ".in", func(t *testing.T, file string) {
		out, said, _ := inProcess(t, t.TempDir())("listing", "--now", casesNow, file)
		want, got := wanted(t, file), objectsOf(t, []byte(out))
		if said != "" {
			t.Errorf("not understood: %s", said)
		}
		if len(got) != len(want) {
			t.Errorf("%d entries, want %d:\n%s", len(got), len(want), out)
		}
		for i := range min(len(got), len(want)) {
			for field, value := range want[i] {
				if !reflect.DeepEqual(got[i][field], value) {
					t.Errorf("entry %d: %s is %v, want %v", i, field, got[i][field], value)
				}
			}
		}
	})
}

// TestTreeCases imports each listing of a tree.
func TestTreeCases(t *testing.T) {
	eachCase(t, "tree", ".in", func(t *testing.T, file string) {
		c := command{t: t, data: t.TempDir()}
		if said := c.run("import", file, "--host", "ftp://host.example/", "--now", casesNow); strings.Contains(said, "understood") {
			t.Errorf("lines are lost: %s", said)
		}
		c.holds(wanted(t, file), false)
	})
}

// holds compares what the catalogue holds with the wanted entries.
func (c command) holds(want []map[string]any, moreDirs bool) {
	c.t.Helper()
	for _, r := range c.results() {
		for _, place := range r.Places {
			i := slices.IndexFunc(want, func(w map[string]any) bool { return w["path"] == strings.TrimSuffix(place.Path, "/") })
			switch {
			case i < 0 && (!moreDirs || r.Kind != "dir"):
				c.t.Errorf("%q is found and is not there", place.Path)
				continue
			case i < 0:
				continue
			}
			if kind, asked := want[i]["kind"]; asked && kind != r.Kind {
				c.t.Errorf("%q is a %s, want %s", place.Path, r.Kind, kind)
			}
			if size, asked := want[i]["size"]; asked && (r.Size == nil || size != float64(*r.Size)) {
				c.t.Errorf("%q has %v bytes, want %v", place.Path, r.Size, size)
			}
			want = slices.Delete(want, i, i+1)
		}
	}
	for _, w := range want {
		c.t.Errorf("%q is not found", w["path"])
	}
}

// caseRun is what a case of a server asks of the run.
type caseRun struct {
	Scheme    string   `json:"scheme"`
	Host      string   `json:"host"`
	Add       []string `json:"add"`
	Denied    *int     `json:"denied"`
	Says      string   `json:"says"`
	Within    float64  `json:"within"`
	ExtraDirs bool     `json:"extra_dirs"`
}

// TestProtocolCases crawls each scripted server.
func TestProtocolCases(t *testing.T) {
	python := needs.Program(t, "python3", "python3")
	if debian := "/usr/bin/python3"; python != debian {
		if _, err := os.Stat(debian); err == nil {
			python = debian // has the packages of Debian
		}
	}
	if err := exec.CommandContext(t.Context(), python, "-c", "import paramiko").Run(); err != nil {
		needs.Missing(t, "the Debian package python3-paramiko")
	}
	eachCase(t, "protocol", ".py", func(t *testing.T, file string) {
		want := wanted(t, file)
		asked := caseRun{Scheme: "ftp", Host: "127.0.0.1", Within: 120}
		if data, err := json.Marshal(want[0]); err != nil || json.Unmarshal(data, &asked) != nil {
			t.Fatalf("%v: %v", want[0], err)
		}
		server := exec.CommandContext(t.Context(), python, file)
		held, err := server.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := server.StdoutPipe()
		if err == nil {
			err = server.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = errors.Join(held.Close(), server.Wait()) })
		port, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("the server printed no port: %v", err)
		}
		url := fmt.Sprintf("%s://%s:%s/", asked.Scheme, asked.Host, strings.TrimSpace(port))
		c := command{t: t, data: t.TempDir()}
		if asked.Scheme == "sftp" {
			asked.Add = append(asked.Add, "--insecure")
		}
		if len(asked.Add) > 0 {
			c.run(append([]string{"add", url}, asked.Add...)...)
		}
		began := time.Now()
		cmd, said := c.start("crawl", url, "--patience", "4s")
		_ = cmd.Wait() // some cases end with an error
		if took := time.Since(began); took.Seconds() > asked.Within {
			t.Errorf("it took %v", took)
		}
		switch says := regexp.MustCompile(asked.Says).MatchString(said.String()); {
		case !says:
			t.Errorf("it does not say %s", asked.Says)
		case asked.Says == "":
			c.holds(want[1:], asked.ExtraDirs)
		}
		if asked.Denied != nil && !strings.Contains(said.String(), "denied") != (*asked.Denied == 0) {
			t.Errorf("%d directories are denied", *asked.Denied)
		}
		if t.Failed() {
			t.Logf("%s", said)
		}
	})
}
