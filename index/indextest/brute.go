package indextest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trawl/index"
)

var _ index.Catalogue = (*Brute)(nil)

// Brute is the engine that other engines are compared with: maps in memory, and every
// search reads every entry. It is safe for concurrent use.
type Brute struct {
	mu    sync.RWMutex // guards all below, and all that hosts point to
	hosts map[index.HostID]*bruteHost
	texts map[index.HostID]map[index.Path]index.Text
}

// bruteHost is a host with its directories.
type bruteHost struct {
	host  index.Host
	dirs  map[index.Path]*bruteDir
	crawl *bruteCrawl // the last one, until it is finished
}

// bruteDir is one known directory.
type bruteDir struct {
	listing index.Listing // entries by wire name; never More
	seen    time.Time     // when it was last listed or confirmed
}

// NewBrute returns an empty catalogue.
func NewBrute() *Brute {
	return &Brute{hosts: map[index.HostID]*bruteHost{}, texts: map[index.HostID]map[index.Path]index.Text{}}
}

// Host implements index.Hosts.
func (b *Brute) Host(_ context.Context, id index.HostID) (index.Host, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	h := b.hosts[id]
	if h == nil {
		return index.Host{}, fmt.Errorf("host %s: %w", id, index.ErrNoHost)
	}
	return h.get(), nil
}

// Hosts implements index.Hosts.
func (b *Brute) Hosts(context.Context) ([]index.Host, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.allHosts(), nil
}

func (b *Brute) allHosts() []index.Host {
	out := make([]index.Host, 0, len(b.hosts))
	for _, h := range b.hosts {
		out = append(out, h.get())
	}
	slices.SortFunc(out, func(x, y index.Host) int { return cmp.Compare(x.ID, y.ID) })
	return out
}

// get returns the host with its tally.
func (h *bruteHost) get() index.Host {
	out := h.host
	out.Tally = index.Tally{}
	for _, d := range h.dirs {
		out.Tally.Directories++
		out.Tally.Unparsed += int64(d.listing.Lost)
		switch d.listing.State {
		case index.Stale:
			out.Tally.Stale++
		case index.Denied:
			out.Tally.Denied++
		}
		for _, e := range d.listing.Entries {
			if e.Kind == index.Dir {
				continue
			}
			out.Tally.Files++
			out.Tally.Bytes += index.Counted(e.Size)
		}
	}
	return out
}

// Update implements index.Hosts.
func (b *Brute) Update(_ context.Context, id index.HostID, change func(*index.Host) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[id]
	host := index.Host{ID: id}
	if h != nil {
		host = h.get()
	}
	if err := change(&host); err != nil {
		return err
	}
	host.ID = id
	if h == nil {
		b.hosts[id] = &bruteHost{host: host, dirs: map[index.Path]*bruteDir{}}
		return nil
	}
	h.host = host
	return nil
}

// Remove implements index.Hosts.
func (b *Brute) Remove(_ context.Context, id index.HostID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[id]
	switch {
	case h == nil:
		return fmt.Errorf("remove %s: %w", id, index.ErrNoHost)
	case h.crawl != nil && h.crawl.open:
		return fmt.Errorf("remove %s: %w", id, index.ErrBusy)
	}
	delete(b.hosts, id)
	delete(b.texts, id)
	return nil
}

// List implements index.Browser.
func (b *Brute) List(_ context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	h := b.hosts[id]
	if h == nil {
		return index.Listing{}, fmt.Errorf("list %s: %w", id, index.ErrNoHost)
	}
	d := h.dirs[dir]
	if d == nil {
		return index.Listing{}, fmt.Errorf("list %s: %w", id.Join(dir), index.ErrNotFound)
	}
	l := d.listing
	from := 0
	if after != "" {
		from, _ = slices.BinarySearchFunc(l.Entries, after+"\x00", byWire)
	}
	l.Entries = slices.Clone(l.Entries[from:])
	if limit > 0 && len(l.Entries) > limit {
		l.Entries, l.More = l.Entries[:limit], true
	}
	return l, nil
}

func byWire(e index.Entry, name string) int { return strings.Compare(e.Wire(), name) }

// PutText implements index.Texts.
func (b *Brute) PutText(_ context.Context, text index.Text) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts[text.Host] == nil {
		return fmt.Errorf("put text of %s: %w", text.Host, index.ErrNoHost)
	}
	if len(text.Body) > index.MaxText {
		text.Body = strings.ToValidUTF8(text.Body[:index.MaxText], "")
	}
	if b.texts[text.Host] == nil {
		b.texts[text.Host] = map[index.Path]index.Text{}
	}
	b.texts[text.Host][text.Path] = text
	return nil
}

// Text implements index.Texts.
func (b *Brute) Text(_ context.Context, id index.HostID, p index.Path) (index.Text, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	text, ok := b.texts[id][p]
	if !ok {
		return index.Text{}, fmt.Errorf("text %s: %w", id.Join(p), index.ErrNotFound)
	}
	return text, nil
}
