package logfile

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReopen moves a log away, as logrotate does: lines go to the old file until it is opened again.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := Open(path, "a log", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("one\n"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("two\n"))
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("three\n"))
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("lost\n"))
	for name, want := range map[string]string{path + ".1": "one\ntwo\n", path: "three\n"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

type full struct{ failing bool }

func (f *full) Write(b []byte) (int, error) {
	if f.failing {
		return 0, errors.New("no space")
	}
	return len(b), nil
}

// TestFull says once that lines are lost.
func TestFull(t *testing.T) {
	var said bytes.Buffer
	w := &full{failing: true}
	f := To(w, "a log", slog.New(slog.NewTextHandler(&said, nil)))
	for range 3 {
		f.Write([]byte("lost\n"))
	}
	w.failing = false
	f.Write([]byte("kept\n"))
	w.failing = true
	f.Write([]byte("lost\n"))
	if err := errors.Join(f.Reopen(), f.Close()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(said.String(), "no space"); n != 2 {
		t.Errorf("said %d times: %s", n, &said)
	}
}

// TestNowhere refuses a folder that is not there, and keeps what is open.
func TestNowhere(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none", "log"), "a log", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it opens")
	}
}
