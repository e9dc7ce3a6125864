package indextest

import (
	"errors"
	"fmt"
	"testing"

	"trawl/index"
)

// Durable is an engine whose catalogue outlives its process.
type Durable struct {
	// Open opens the catalogue in dir, a new one if there is none.
	Open func(t *testing.T, dir string) index.Catalogue

	// Close ends it in order; Kill ends it as a SIGKILL would.
	Close, Kill func(t *testing.T, c index.Catalogue)
}

// RunDurable proves that everything that was recorded is there after Close and Open and
// after Kill and Open, and that a crawl that was cut off resumes.
func RunDurable(t *testing.T, d Durable) {
	t.Helper()
	t.Run("Close", func(t *testing.T) { d.durable(t, d.Close) })
	t.Run("Kill", func(t *testing.T) { d.durable(t, d.Kill) })
	t.Run("KillOften", d.often)
}

// durable ends an engine in the middle of a crawl.
func (d Durable) durable(t *testing.T, end func(*testing.T, index.Catalogue)) {
	t.Helper()
	at := t.TempDir()
	s := &suite{T: t, c: d.Open(t, at)}
	ctx := t.Context()
	s.record(south, true, dir("/", file("kernel-south", 1, 1)))
	s.record(north, true, dir("/", folder("d"), folder("gone")), dir("/d", file("kernel-d", 1, 1)), dir("/gone", file("kernel-gone", 1, 1)))
	s.must(s.c.Update(ctx, north, func(h *index.Host) error { h.Known.Connections = 3; return nil }))
	s.must(s.c.PutText(ctx, index.Text{Host: south, Path: "/kernel-south", Body: "penguins"}))
	now := file("", 77, 1)
	s.must(s.c.Correct(ctx, south, "/kernel-south", &now))
	s.must(s.c.Correct(ctx, north, "/gone/kernel-gone", nil))
	c, err := s.c.Begin(ctx, north, false)
	s.must(err)
	s.must(c.Put(ctx, dir("/", folder("d"), file("kernel-new", 2, 2))))
	end(t, s.c)

	s.c = d.Open(t, at)
	s.same("after it ended", s.found("kernel"), []string{"kernel-d", "kernel-new", "kernel-south"})
	s.same("what was corrected", s.found("kernel size:77"), []string{"kernel-south"})
	s.same("texts after it ended", s.found("text:penguins"), []string{"kernel-south"})
	h, err := s.c.Host(ctx, north)
	s.must(err)
	if !h.Health.Crawling || h.Known.Connections != 3 || h.Tally.Files != 2 {
		t.Errorf("the host after it ended: %+v", h)
	}
	c, err = s.c.Begin(ctx, north, false)
	s.must(err)
	if _, err := c.Seen(ctx, "/"); err != nil {
		t.Errorf("Seen before it ended: %v", err)
	}
	if _, err := c.Seen(ctx, "/d"); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("Seen of what was not: %v", err)
	}
	s.must(c.Put(ctx, dir("/d", file("kernel-d", 1, 1))))
	s.must(c.Finish(ctx, true))
	s.must(s.c.Remove(ctx, south))
	end(t, s.c)

	s.c = d.Open(t, at)
	s.same("at the end", s.found("kernel"), []string{"kernel-d", "kernel-new"})
	if h, err := s.c.Host(ctx, north); err != nil || h.Health.Crawling {
		t.Errorf("the host at the end: %+v, %v", h, err)
	}
	d.check(s)
	d.Close(t, s.c)
}

// often kills an engine after every few listings of a crawl, which must end the same.
func (d Durable) often(t *testing.T) {
	t.Helper()
	at := t.TempDir()
	s := &suite{T: t, c: d.Open(t, at)}
	s.host(north)
	const dirs = 40
	for {
		c, err := s.c.Begin(t.Context(), north, false)
		s.must(err)
		put := 0
		for n := range dirs {
			p := index.Path(fmt.Sprintf("/d%02d", n))
			if _, err := c.Seen(t.Context(), p); err == nil {
				continue
			}
			if put++; put > 7 {
				break
			}
			s.must(c.Put(t.Context(), dir(p, file(fmt.Sprintf("kernel-%d", n), 1, 1), file("same", 2, 2))))
		}
		if put == 0 {
			s.must(c.Finish(t.Context(), true))
			break
		}
		d.Kill(t, s.c)
		s.c = d.Open(t, at)
	}
	if a := s.find("kernel", index.Query{}); a.Total != dirs {
		t.Errorf("a crawl that was killed often found %d, want %d", a.Total, dirs)
	}
	if a := s.find("same", index.Query{}); a.Total != 1 || a.Results[0].Count != dirs {
		t.Errorf("a crawl that was killed often found %+v", a.Results)
	}
	d.check(s)
	d.Close(t, s.c)
}

// check has the engine prove itself, if it can.
func (d Durable) check(s *suite) {
	s.Helper()
	if k, ok := s.c.(index.Keeper); ok {
		s.must(k.Check(s.Context(), func(problem string) { s.Errorf("check: %s", problem) }))
	}
}
