package crawler_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// memory is a catalogue in memory that keeps the contract of recording and
// browsing and can be killed: Crawls that are open then are cut off.
type memory struct {
	mu    sync.Mutex // guards all that follows
	hosts map[index.HostID]*kept
	texts map[string]index.Text
	puts  int
	full  bool // Put fails
}

type kept struct {
	host index.Host
	dirs map[index.Path]*shown
	open bool
	life int // counts the kills
	seen map[index.Path]bool
	part map[index.Path]*index.Listing
}

type shown struct {
	index.Listing
	stale bool
}

var _ crawler.Catalogue = (*memory)(nil)

func newMemory(ids ...index.HostID) *memory {
	m := &memory{hosts: map[index.HostID]*kept{}, texts: map[string]index.Text{}}
	for _, id := range ids {
		m.hosts[id] = &kept{host: index.Host{ID: id}, dirs: map[index.Path]*shown{}}
	}
	return m
}

// kill is what SIGKILL does: open crawls are cut off, whatever comes later from
// their owners is lost.
func (m *memory) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.hosts {
		k.open = false
		k.life++
		k.part = map[index.Path]*index.Listing{}
	}
}

func (m *memory) Host(_ context.Context, id index.HostID) (index.Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.hosts[id]
	if k == nil {
		return index.Host{}, index.ErrNoHost
	}
	return k.host, nil
}

func (m *memory) Hosts(context.Context) ([]index.Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []index.Host
	for _, id := range slices.Sorted(maps.Keys(m.hosts)) {
		all = append(all, m.hosts[id].host)
	}
	return all, nil
}

func (m *memory) Update(_ context.Context, id index.HostID, change func(*index.Host) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.hosts[id]
	if k == nil {
		k = &kept{host: index.Host{ID: id}, dirs: map[index.Path]*shown{}}
		m.hosts[id] = k
	}
	h := k.host
	if err := change(&h); err != nil {
		return err
	}
	h.Tally = k.host.Tally
	k.host = h
	return nil
}

func (m *memory) Remove(_ context.Context, id index.HostID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.hosts, id)
	return nil
}

func (m *memory) List(_ context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.hosts[id].dirs[dir]
	if s == nil {
		return index.Listing{}, index.ErrNotFound
	}
	l := s.Listing
	l.Entries = nil
	if s.stale {
		l.State = index.Stale
	}
	for _, e := range s.Entries {
		if e.Wire() <= after && after != "" {
			continue
		}
		if limit > 0 && len(l.Entries) == limit {
			l.More = true
			break
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
}

func (m *memory) PutText(_ context.Context, t index.Text) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.texts[string(t.Host)+string(t.Path)] = t
	return nil
}

func (m *memory) Text(_ context.Context, id index.HostID, p index.Path) (index.Text, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.texts[string(id)+string(p)]
	if !ok {
		return t, index.ErrNotFound
	}
	return t, nil
}

func (m *memory) Begin(_ context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.hosts[id]
	if k == nil {
		return nil, index.ErrNoHost
	}
	if k.open {
		return nil, index.ErrBusy
	}
	if fresh || !k.host.Health.Crawling {
		k.seen = map[index.Path]bool{}
	}
	k.part = map[index.Path]*index.Listing{}
	k.open, k.host.Health.Crawling = true, true
	return &recording{m, k, k.life}, nil
}

type recording struct {
	m    *memory
	k    *kept
	life int
}

func (r *recording) dead() bool { return r.life != r.k.life || !r.k.open }

type errDead struct{}

func (errDead) Error() string { return "killed" }

func (r *recording) Put(_ context.Context, listings ...index.Listing) error {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.puts++
	if r.dead() || r.m.full {
		return errDead{}
	}
	for _, l := range listings {
		if p := r.k.part[l.Dir]; p != nil {
			p.Entries = append(p.Entries, l.Entries...)
			p.More, p.State = l.More, max(p.State, l.State)
			l = *p
		}
		if l.More {
			l.Entries = slices.Clone(l.Entries)
			r.k.part[l.Dir] = &l
			continue
		}
		delete(r.k.part, l.Dir)
		r.k.put(l)
	}
	return nil
}

func (k *kept) put(l index.Listing) {
	old := k.dirs[l.Dir]
	if old == nil {
		old = &shown{Listing: index.Listing{Dir: l.Dir}}
	}
	k.seen[l.Dir] = true
	next := &shown{Listing: l}
	switch l.State {
	case index.Denied, index.Stale:
		next.Entries, next.Taken, next.stale = old.Entries, old.Taken, true
	case index.Unchanged:
		next.Entries, next.State = old.Entries, index.Complete
	case index.Truncated, index.Unparsed:
		next.Entries = slices.Clone(l.Entries)
		for _, e := range old.Entries {
			if !slices.ContainsFunc(l.Entries, func(n index.Entry) bool { return n.Wire() == e.Wire() }) {
				next.Entries = append(next.Entries, e)
			}
		}
	default:
		for _, e := range old.Entries {
			gone := !slices.ContainsFunc(l.Entries, func(n index.Entry) bool { return n.Wire() == e.Wire() && n.Kind == index.Dir })
			if e.Kind == index.Dir && gone {
				k.forget(l.Dir.Join(e.Wire()))
			}
		}
	}
	next.Entries = slices.Clone(next.Entries)
	slices.SortFunc(next.Entries, func(a, b index.Entry) int { return cmp.Compare(a.Wire(), b.Wire()) })
	k.dirs[l.Dir] = next
}

func (k *kept) forget(dir index.Path) {
	for d := range k.dirs {
		if d.Within(dir) {
			delete(k.dirs, d)
		}
	}
}

func (r *recording) Seen(_ context.Context, dir index.Path) (index.Listing, error) {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if !r.k.seen[dir] || r.k.dirs[dir] == nil {
		return index.Listing{}, index.ErrNotFound
	}
	return r.k.dirs[dir].Listing, nil
}

func (r *recording) Finish(_ context.Context, complete bool) error {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if r.dead() {
		return errDead{}
	}
	tally := index.Tally{}
	for d, s := range r.k.dirs {
		if !r.k.seen[d] {
			if complete {
				delete(r.k.dirs, d)
				continue
			}
			s.stale = true
		}
		tally.Directories++
		for _, e := range s.Entries {
			if e.Kind != index.Dir {
				tally.Files++
			}
		}
	}
	r.k.host.Tally = tally
	r.k.open, r.k.host.Health.Crawling = false, false
	r.k.seen = nil
	return nil
}

func (r *recording) Close() error {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if !r.dead() {
		r.k.open = false
	}
	return nil
}

// archive returns what the catalogue holds of a host.
func (m *memory) archive(id index.HostID) archive {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := archive{}
	for d, s := range m.hosts[id].dirs {
		a[d] = s.Entries
	}
	return a
}

// same fails unless a and b hold the same.
func same(t *testing.T, got, want archive) {
	t.Helper()
	for _, d := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[d]
		if !ok {
			t.Errorf("%s is not in the catalogue", d)
			continue
		}
		w := slices.Clone(want[d])
		byName := func(a, b index.Entry) int { return strings.Compare(a.Wire(), b.Wire()) }
		slices.SortFunc(w, byName)
		if !slices.Equal(g, w) {
			t.Errorf("%s: the catalogue holds %d entries %v, want %d %v", d, len(g), names(g), len(w), names(w))
		}
	}
	for d := range got {
		if _, ok := want[d]; !ok {
			t.Errorf("%s is in the catalogue and should not be", d)
		}
	}
}

func names(entries []index.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Name)
	}
	return all[:min(len(all), 10)]
}

// quick are limits for tests.
func quick() crawler.Limits {
	return crawler.Limits{
		Backoff: time.Millisecond, Stall: 300 * time.Millisecond,
		BatchEntries: 50, BatchAge: 5 * time.Millisecond,
	}
}

// newCrawler makes a crawler of one fake.
func newCrawler(m crawler.Catalogue, s crawler.Source, l crawler.Limits) *crawler.Crawler {
	return crawler.New(crawler.Config{
		Catalogue: m, Sources: map[string]crawler.Source{"ftp": s}, Limits: l,
	})
}
