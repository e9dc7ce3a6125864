package indextest

import (
	"errors"
	"reflect"

	"trawl/index"
)

// hosts proves index.Hosts, Remove apart.
func (s *suite) hosts() {
	ctx := s.Context()
	if _, err := s.c.Host(ctx, north); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Host of an unknown host: %v", err)
	}
	if hosts, err := s.c.Hosts(ctx); err != nil || len(hosts) != 0 {
		s.Errorf("Hosts of an empty catalogue: %v, %v", hosts, err)
	}
	refused := errors.New("refused")
	if err := s.c.Update(ctx, north, func(*index.Host) error { return refused }); !errors.Is(err, refused) {
		s.Errorf("Update that is refused: %v", err)
	}
	if _, err := s.c.Host(ctx, north); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Host after an Update that was refused: %v", err)
	}
	for _, id := range []index.HostID{south, west, north} {
		s.must(s.c.Update(ctx, id, func(h *index.Host) error {
			if !reflect.DeepEqual(*h, index.Host{ID: id}) {
				s.Errorf("Update of a new host gets %+v", h)
			}
			h.Doors = []index.HostID{"ftps://door.example/", id}
			h.ID, h.Tally.Files = "ftp://other/", 99
			h.Settings = index.Settings{User: "me", Password: "pw", Ways: []string{"MLSD"}}
			h.Known = index.Known{Features: []string{"MLST"}, Connections: 4, Zone: -3600, Changed: 0.25}
			h.Health = index.Health{LastCrawl: then(), Failures: 2, LastError: "refused"}
			return nil
		}))
	}
	hosts, err := s.c.Hosts(ctx)
	s.must(err)
	var ids []string
	for _, h := range hosts {
		ids = append(ids, string(h.ID))
	}
	s.same("Hosts by ID", ids, []string{string(north), string(south), string(west)})
	h, err := s.c.Host(ctx, north)
	s.must(err)
	switch {
	case h.ID != north || h.Tally.Files != 0:
		s.Errorf("what is not Update's was changed: %s, %+v", h.ID, h.Tally)
	case !reflect.DeepEqual(h.Doors, []index.HostID{"ftps://door.example/", north}):
		s.Errorf("Doors kept: %v", h.Doors)
	case !reflect.DeepEqual(h.Settings, index.Settings{User: "me", Password: "pw", Ways: []string{"MLSD"}}):
		s.Errorf("Settings kept: %+v", h.Settings)
	case !reflect.DeepEqual(h.Known, index.Known{Features: []string{"MLST"}, Connections: 4, Zone: -3600, Changed: 0.25}):
		s.Errorf("Known kept: %+v", h.Known)
	case !h.Health.LastCrawl.Equal(then()) || h.Health.Failures != 2 || h.Health.LastError != "refused":
		s.Errorf("Health kept: %+v", h.Health)
	}
	if err := s.c.Update(ctx, north, func(h *index.Host) error { h.Known.Connections = 9; return refused }); !errors.Is(err, refused) {
		s.Errorf("Update that is refused: %v", err)
	}
	if h, err := s.c.Host(ctx, north); err != nil || h.Known.Connections != 4 {
		s.Errorf("after an Update that was refused: %+v, %v", h.Known, err)
	}
}

// remove proves Hosts.Remove.
func (s *suite) remove() {
	ctx := s.Context()
	if err := s.c.Remove(ctx, north); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Remove of an unknown host: %v", err)
	}
	s.record(north, true, dir("/", file("kernel", 1, 1), folder("pub")), dir("/pub", file("kernel", 2, 1)))
	s.record(south, true, dir("/", file("kernel", 1, 1)))
	s.must(s.c.PutText(ctx, index.Text{Host: north, Path: "/kernel", Body: "words"}))
	c := s.crawl(north)
	if err := s.c.Remove(ctx, north); !errors.Is(err, index.ErrBusy) {
		s.Errorf("Remove while it is crawled: %v", err)
	}
	s.must(c.Close())
	s.must(s.c.Remove(ctx, north))
	if _, err := s.c.Host(ctx, north); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Host after Remove: %v", err)
	}
	if _, err := s.c.List(ctx, north, "/pub", "", 0); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("List after Remove: %v", err)
	}
	if _, err := s.c.Text(ctx, north, "/kernel"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Text after Remove: %v", err)
	}
	if a := s.find("kernel", index.Query{}); a.Total != 1 || a.Results[0].Count != 1 || a.Results[0].Places[0].Host != south {
		s.Errorf("search after Remove: %+v", a.Results)
	}
	s.host(north)
	if _, err := s.c.List(ctx, north, "/", "", 0); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("List of a host that came back: %v", err)
	}
	s.record(north, true, dir("/", file("kernel", 1, 1)))
	if a := s.find("kernel", index.Query{}); a.Total != 1 || a.Results[0].Count != 2 {
		s.Errorf("search after it came back: %+v", a.Results)
	}
}
