package ssh_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestAppend adds to a file that is read as well: its size and its bytes are those of the whole, and others see it at the end.
func TestAppend(t *testing.T) {
	h := serve(t)
	at := filepath.Join(h.dir, "log")
	must(t, os.WriteFile(at, []byte("one\n"), 0o640))
	c := h.sftp(t)
	f, err := c.OpenFile("/log", os.O_RDWR|os.O_APPEND)
	must(t, err)
	_, err = f.WriteAt([]byte("two\n"), 4)
	must(t, err)
	info, err := f.Stat()
	if err != nil || info.Size() != 8 || info.Mode() != 0o640 {
		t.Errorf("it is %v, %v", info, err)
	}
	for off, want := range map[int64]string{0: "one\ntwo\n", 2: "e\ntw", 5: "wo\n"} {
		b := make([]byte, len(want))
		if n, err := f.ReadAt(b, off); string(b[:n]) != want {
			t.Errorf("at %d there is %q, %v", off, b[:n], err)
		}
	}
	if got, _ := os.ReadFile(at); string(got) != "one\n" {
		t.Errorf("others see %q", got)
	}
	must(t, f.Close())
	if got, _ := os.ReadFile(at); string(got) != "one\ntwo\n" {
		t.Errorf("others see %q", got)
	}
}

// TestLooks sets mode and time of a file while it is written.
func TestLooks(t *testing.T) {
	h := serve(t)
	must(t, os.WriteFile(filepath.Join(h.dir, "file"), []byte("content"), 0o640))
	then := time.Unix(1e9, 0)
	must(t, os.Chtimes(filepath.Join(h.dir, "file"), then, then))
	c := h.sftp(t)
	f, err := c.OpenFile("/file", os.O_RDWR)
	must(t, err)
	looks := func(mode fs.FileMode, when time.Time) {
		t.Helper()
		for _, of := range []func() (fs.FileInfo, error){f.Stat, func() (fs.FileInfo, error) { return c.Stat("/file") }} {
			if info, err := of(); err != nil || info.Mode() != mode || !info.ModTime().Equal(when) {
				t.Errorf("it looks like %v %v, %v", info.Mode(), info.ModTime(), err)
			}
		}
	}
	looks(0o640, then)
	must(t, f.Chmod(0o604))
	must(t, c.Chtimes("/file", then, then.Add(time.Hour)))
	looks(0o604, then.Add(time.Hour))
	must(t, f.Close())
	info, err := os.Stat(filepath.Join(h.dir, "file"))
	if err != nil || info.Mode() != 0o604 || !info.ModTime().Equal(then.Add(time.Hour)) {
		t.Errorf("it is %v, %v", info, err)
	}
}

// TestRemoveUpload removes files whose upload is under way, or broke off: nothing of them is left.
func TestRemoveUpload(t *testing.T) {
	h := serve(t)
	at := filepath.Join(h.dir, "file")
	c := h.connect(t)
	b := open(t, c)
	up := b.handle(3, "/file", uint32(2|8|16), uint32(0))
	must(t, b.status(6, up, uint64(0), "abcd"))
	must(t, b.status(13, "/file"))
	if b.status(17, "/file") == nil || b.status(6, up, uint64(4), "efgh") == nil {
		t.Error("an upload that was removed is there")
	}
	must(t, b.status(4, up))
	if _, err := os.Stat(at); err == nil {
		t.Error("it is seen after it was removed")
	}
	for _, e := range h.events.Of(ftpd.Stored) {
		if e.Whole {
			t.Error("an upload that was removed counts as whole")
		}
	}

	b.status(6, b.handle(3, "/file", uint32(2|8|16), uint32(0)), uint64(0), "abcd") //nolint:errcheck // as the test needs it
	_ = c.Close()
	for deadline := time.Now().Add(time.Minute); h.events.Count(ftpd.Disconnected) == 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	client := h.sftp(t)
	if info, err := client.Stat("/file"); err != nil || info.Size() != 4 {
		t.Errorf("what is left is %v, %v", info, err)
	}
	b = open(t, h.connect(t))
	must(t, b.status(13, "/file"))
	if _, err := client.Stat("/file"); err == nil || b.status(13, "/file") == nil {
		t.Error("what was left is not removed")
	}
	must(t, os.WriteFile(at, []byte("whole"), 0o600))
	if got, err := os.ReadFile(at); err != nil || !bytes.Equal(got, []byte("whole")) {
		t.Errorf("the file is %q, %v", got, err)
	}
}
