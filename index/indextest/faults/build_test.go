package faults_test

import (
	"os"
	"path/filepath"
	"testing"

	"trawl/index/indextest/faults"
)

// TestBuild builds the command and has one operation fail. With TRAWL_FAULTS_KEEP=FILE it
// leaves the command there, to be used by hand.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds trawl anew")
	}
	exe := faults.Build(t)
	if keep := os.Getenv("TRAWL_FAULTS_KEEP"); keep != "" {
		data, err := os.ReadFile(exe)
		if err == nil {
			err = os.WriteFile(keep, data, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(t.TempDir(), "a.ls")
	if err := os.WriteFile(list, []byte(".:\n-rw-r--r-- 1 ftp ftp 7 Mar  1  2021 a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plan := faults.Plan{Dir: filepath.Join(t.TempDir(), "data"), N: 1, Mode: faults.On, Kinds: faults.Growing(), Errno: "ENOSPC", Journal: list + ".journal"}
	o, err := faults.Run(t.Context(), exe, plan, "import", list, "--host", "ftp://h/")
	if err != nil {
		t.Fatal(err)
	}
	if op, found := o.Fault(); !found || op.Kind != faults.Mkdir || o.Code != 2 {
		t.Errorf("the fault was %v, exit code %d: %s", op, o.Code, o.Stderr)
	}
}
