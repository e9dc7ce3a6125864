package fetch_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// mortal is a test whose servers end before it does.
type mortal struct {
	testing.TB

	ends []func()
}

func (m *mortal) Cleanup(end func()) { m.ends = append(m.ends, end) }

// die ends the servers.
func (m *mortal) die() {
	for _, end := range m.ends {
		end()
	}
	m.ends = nil
}

// TestPlaceDies kills the server of a large file, sparse but for its ends and its middle, while that is
// read: a second server goes on, byte for byte.
func TestPlaceDies(t *testing.T) {
	const size = 256 << 20
	root := ftptest.Ground(t)
	write(t, root, "big.iso", nil)
	f, err := os.OpenFile(filepath.Join(root, "big.iso"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	marks := noise(1 << 20)
	for _, at := range []int64{0, size/2 - 1<<19, size - 1<<20} {
		if _, err := f.WriteAt(marks, at); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	if err := os.Chtimes(filepath.Join(root, "big.iso"), then(), then()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, fetch.Limits{})
	first := &mortal{TB: t}
	t.Cleanup(first.die)
	one := w.host("ftp://"+ftptest.Proftpd(first, root)+"/", nil, "/", index.Entry{Name: "big.iso", Size: size})
	two := w.host("ftp://"+ftptest.PureFTPd(t, root)+"/", nil, "/", index.Entry{Name: "big.iso", Size: size})
	body, err := w.Open(t.Context(), at("big.iso", size, string(one), "/big.iso", string(two), "/big.iso"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if body.Place().Host != one {
		t.Errorf("read at %s", body.Place().Host)
	}
	want, err := os.Open(filepath.Join(root, "big.iso"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	got, expected := make([]byte, 1<<20), make([]byte, 1<<20)
	total := int64(0)
	for {
		n, err := io.ReadFull(body, got)
		if _, failed := io.ReadFull(want, expected[:n]); failed != nil || !bytes.Equal(got[:n], expected[:n]) {
			t.Fatalf("other bytes at %d, %v", total, failed)
		}
		if total += int64(n); total == size/2 {
			first.die()
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
	}
	if total != size || body.Place().Host != two {
		t.Errorf("%d bytes, the last at %s", total, body.Place().Host)
	}
}

// TestChanged opens a file that has another size now, and one that is gone: the catalogue learns it, and
// the next place gives the file.
func TestChanged(t *testing.T) {
	root, other := ftptest.Ground(t), ftptest.Ground(t)
	write(t, root, "a.iso", []byte("new and longer"))
	write(t, other, "a.iso", []byte("old"))
	w := newWorld(t, fetch.Limits{})
	entries := []index.Entry{{Name: "a.iso", Size: 3}, {Name: "gone.iso", Size: 3}, {Name: "link", Kind: index.Link, Target: "pub", Size: index.UnknownSize}}
	one := w.host("ftp://"+ftptest.Vsftpd(t, root)+"/", nil, "/", entries...)
	two := w.host("ftp://"+ftptest.Proftpd(t, other)+"/", nil, "/", entries...)
	var changed *fetch.ChangedError
	_, err := w.read(at("a.iso", 3, string(one), "/a.iso"), 0)
	if !errors.As(err, &changed) || changed.Was != 3 || changed.Is != 14 || crawler.CauseOf(err) != index.Changed {
		t.Errorf("%v", err)
	}
	if got, err := w.read(at("a.iso", 3, string(one), "/a.iso", string(two), "/a.iso"), 1); got != "ld" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	e, err := w.cat.Entry(t.Context(), one, "/a.iso")
	if err != nil || e.Entry.Size != 14 || !e.Entry.Time().Equal(then()) {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = w.read(at("gone.iso", 3, string(one), "/gone.iso"), 0)
	if crawler.CauseOf(err) != index.Absent {
		t.Errorf("%v", err)
	}
	_, err = w.read(at("link", index.UnknownSize, string(one), "/link"), 0)
	if crawler.CauseOf(err) != index.Absent {
		t.Errorf("%v", err)
	}
	if _, err := w.cat.Entry(t.Context(), one, "/link"); err != nil {
		t.Errorf("a link that leads to no file is forgotten: %v", err)
	}
	answers, err := w.Check(t.Context(), at("gone.iso", 3, string(two), "/gone.iso", "ftp://127.0.0.1:1/", "/gone.iso", string(two), "/a.iso"))
	if err != nil || len(answers) != 3 || answers[0].Cause != index.Absent || answers[1].Cause == index.NoCause || answers[2].Cause != index.NoCause || answers[2].Info.Size != 3 {
		t.Errorf("%+v, %v", answers, err)
	}
	for _, id := range []index.HostID{one, two} {
		if _, err := w.cat.Entry(t.Context(), id, "/gone.iso"); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", id, err)
		}
	}
}

// TestLies opens a file at a server that misbehaves, and at an honest one behind it.
func TestLies(t *testing.T) {
	for _, tt := range []struct {
		lie  ftptest.Lie
		want index.Cause // without a second place; "" is that the file comes
	}{
		{ftptest.Honest, index.NoCause},
		{ftptest.HangPassive, index.NoAnswer},
		{ftptest.HangList, index.NoAnswer},
		{ftptest.HangData, index.NoAnswer},
		{ftptest.DropData, index.Lost},
		{ftptest.DropControl, index.Lost},
		{ftptest.EndFirst, index.NoCause},
		{ftptest.ForeignPassive, index.NoCause}, // the address that it names is never dialled
		{ftptest.HalfFile, index.Lost},
		{ftptest.HangGreeting, index.NoAnswer},
		{ftptest.RefuseLogin, index.LoginRefused},
		{ftptest.Garbage, index.Garbled},
	} {
		t.Run(string(tt.lie), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fetch.Limits{Silence: 2 * time.Second})
			entry := index.Entry{Name: "f00", Size: ftptest.LiarSize}
			bad := w.host("ftp://"+ftptest.StartLiar(t, tt.lie).Addr+"/", nil, "/d00", entry)
			good := w.host("ftp://"+ftptest.StartLiar(t, ftptest.Honest).Addr+"/", nil, "/d00", entry)
			got, err := w.read(at("f00", ftptest.LiarSize, string(bad), "/d00/f00"), 0)
			if cause := crawler.CauseOf(err); cause != tt.want || tt.want == index.NoCause && len(got) != ftptest.LiarSize {
				t.Errorf("%d bytes, %q, want %q: %v", len(got), cause, tt.want, err)
			}
			if got, err := w.read(at("f00", ftptest.LiarSize, string(bad), "/d00/f00", string(good), "/d00/f00"), 0); len(got) != ftptest.LiarSize || err != nil {
				t.Errorf("with a second place: %d bytes, %v", len(got), err)
			}
		})
	}
}
