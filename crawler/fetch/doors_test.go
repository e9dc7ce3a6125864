package fetch_test

import (
	"errors"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest/needs"
)

// TestDoors fetches a file of a host that is served by several doors: by the first one that lets it in.
func TestDoors(t *testing.T) {
	root := ftptest.Ground(t)
	write(t, root, "a.bin", []byte("ten bytes!"))
	served := ftptest.Vsftpd(t, root)
	open, closed := index.HostID("ftp://"+served+"/"), index.HostID("ftp://"+needs.Nobody+"/")
	for _, tt := range []struct {
		when  string
		doors []index.HostID
		by    index.HostID
		err   error
	}{
		{"the best one", []index.HostID{open, closed}, open, nil},
		{"one that is closed comes first", []index.HostID{closed, open}, open, nil},
		{"one without a source comes first", []index.HostID{"https://h/", open}, open, nil},
		{"all are closed", []index.HostID{"https://h/", closed}, "", crawler.ErrDown},
		{"none has a source", []index.HostID{"https://h/"}, "", crawler.ErrScheme},
	} {
		t.Run(tt.when, func(t *testing.T) {
			w := newWorld(t, fetch.Limits{})
			id := w.host("ftp://archive.example/", nil, "/", index.Entry{Name: "a.bin", Size: 10})
			if err := w.cat.Update(t.Context(), id, func(h *index.Host) error { h.Doors = tt.doors; return nil }); err != nil {
				t.Fatal(err)
			}
			file := at("a.bin", 10, string(id), "/a.bin")
			file.Places[0].Doors = tt.doors
			b, err := w.Open(t.Context(), file, 0)
			if tt.err != nil {
				if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.doors[0].Join("/a.bin")) {
					t.Errorf("%v, want %v of the best door", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if p := b.Place(); p.Host != id || len(p.Doors) != 1 || p.Doors[0] != tt.by {
				t.Errorf("it is read at %+v, want by %s", p, tt.by)
			}
		})
	}
}
