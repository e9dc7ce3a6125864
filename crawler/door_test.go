package crawler_test

import (
	"context"
	"testing"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/index"
)

// byDoor is a fake that is reached by another scheme.
type byDoor struct {
	fake
	reached index.HostID
	known   string // its way, as Connect was given it
}

func (*byDoor) Schemes() []index.Scheme { return []index.Scheme{{Name: "sftp", Port: 22}} }

func (d *byDoor) Connect(ctx context.Context, h index.Host, p *pace.Pacer) (crawler.Server, error) {
	d.reached, d.known = h.ID, h.Known.Way
	return d.fake.Connect(ctx, h, p)
}

// TestDoor reaches a host by a URL that is not its ID, and without what is known of the protocol of the ID. The listings are those
// of the host.
func TestDoor(t *testing.T) {
	const door = index.HostID("sftp://127.0.0.1:2022/")
	m := newMemory(t, id)
	if err := m.Update(t.Context(), id, func(h *index.Host) error {
		h.Doors, h.Known.Way = []index.HostID{id, door}, "MLSD"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	main, other := &fake{tree: makeArchive(1, 3)}, &byDoor{fake: fake{tree: makeArchive(1, 3), ways: []string{"LIST"}}}
	c := crawler.New(crawler.Config{Catalogue: m, Sources: []crawler.Source{main, other}})
	sum, err := c.Crawl(t.Context(), id, crawler.Options{Door: door})
	if err != nil || sum.Host != id || !sum.Complete || other.reached != door || other.known != "" || main.connects.Load() > 0 {
		t.Errorf("%+v, %v, reached by %s with the way %q, and %d times by the ID", sum, err, other.reached, other.known, main.connects.Load())
	}
	if l, err := m.List(t.Context(), id, "/", "", 0); err != nil || len(l.Entries) == 0 {
		t.Errorf("the host holds %+v, %v", l, err)
	}
}
