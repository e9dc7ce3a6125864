package socket

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trawl/index"
	"trawl/search/query"
)

func TestFailureKeepsIdentity(t *testing.T) {
	wrong := &query.Error{Text: "size:>", Pos: 6, Msg: "a size is missing"}
	for _, want := range []error{
		index.ErrNoHost, index.ErrNotFound, index.ErrBusy, index.ErrCursor, index.ErrHostURL,
		context.Canceled, context.DeadlineExceeded, syscall.ENOSPC,
	} {
		got := travel(t, fmt.Errorf("put ftp://h/: %w", want))
		if !errors.Is(got, want) || got.Error() != "put ftp://h/: "+want.Error() {
			t.Errorf("%v arrives as %v", want, got)
		}
	}
	var arrived *query.Error
	if got := travel(t, fmt.Errorf("search: %w", wrong)); !errors.As(got, &arrived) || *arrived != *wrong {
		t.Errorf("a query's error arrives as %#v", got)
	}
	if got := travel(t, nil); got != nil {
		t.Errorf("no error arrives as %v", got)
	}
}

func travel(t *testing.T, err error) error {
	t.Helper()
	var b bytes.Buffer
	if err := send(&b, fail(err)); err != nil {
		t.Fatal(err)
	}
	var f failure
	if err := gob.NewDecoder(&b).Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f.err()
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial without a server: %v", err)
	}
	path := filepath.Join(dir, Name)
	if err := os.WriteFile(path, nil, 0o644); err != nil { // what a killed server left
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial to a dead socket: %v", err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	if _, err := Listen(filepath.Join(dir, strings.Repeat("x", pathLimit))); err == nil {
		t.Error("a path that is too long is not told")
	}
}
