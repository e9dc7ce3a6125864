//go:build unix

package logs

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// TestJournal finds out whether the journal reads a stream.
func TestJournal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	info, err := w.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	for stream, want := range map[string]bool{fmt.Sprintf("%d:%d", s.Dev, s.Ino): true, fmt.Sprintf("%d:%d", s.Dev, s.Ino+1): false, "": false, "rubbish": false} {
		if got := Journal(w, func(string) string { return stream }); got != want {
			t.Errorf("%q: %t", stream, got)
		}
	}
}
