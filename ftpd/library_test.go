package ftpd_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"

	"trawl/ftpd"
)

// TestLibrary walks, sizes, dates and fetches by the FTP client that Go programs
// use most.
func TestLibrary(t *testing.T) {
	files := map[string]string{"a.txt": "alpha", "pub/b c.bin": strings.Repeat("b", 100_000), "pub/café/d": ""}
	dir, root := folder(t, files)
	stamp := time.Date(2024, 5, 1, 12, 30, 15, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "a.txt"), stamp, stamp); err != nil {
		t.Fatal(err)
	}
	conn, err := ftp.Dial(serve(t, &ftpd.Server{FS: ftpd.Dir(root)}), ftp.DialWithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Login("anonymous", "test@example.org"); err != nil {
		t.Fatal(err)
	}
	found := map[string]uint64{}
	for walker := conn.Walk("/"); walker.Next(); {
		if e := walker.Stat(); e != nil && e.Type == ftp.EntryTypeFile {
			found[strings.TrimPrefix(walker.Path(), "/")] = e.Size
		}
	}
	for name, body := range files {
		if n, ok := found[name]; !ok || n != uint64(len(body)) {
			t.Errorf("%s: walked %d bytes, found %v", name, n, ok)
		}
		if n, err := conn.FileSize("/" + name); err != nil || n != int64(len(body)) {
			t.Errorf("SIZE %s: %d, %v", name, n, err)
		}
		offset := min(3, len(body))
		response, err := conn.RetrFrom("/"+name, uint64(offset))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response)
		if err := response.Close(); err != nil {
			t.Error(err)
		}
		if err != nil || string(got) != body[offset:] {
			t.Errorf("RETR %s from %d: %d bytes, %v", name, offset, len(got), err)
		}
	}
	if at, err := conn.GetTime("/a.txt"); err != nil || !at.Equal(stamp) {
		t.Errorf("MDTM: %s, %v", at, err)
	}
	if err := conn.Quit(); err != nil {
		t.Error(err)
	}
}
