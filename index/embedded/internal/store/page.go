package store

import (
	"context"
	"fmt"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/match"
)

// Page keeps index.Browser.
func (s *Store) Page(ctx context.Context, id index.HostID, dir index.Path, v index.View) (index.Page, error) {
	of, err := s.View()
	if err != nil {
		return index.Page{}, err
	}
	defer of.Close()
	p, err := of.page(ctx, id, dir, v)
	if err != nil {
		return index.Page{}, fmt.Errorf("list %s: %w", id.Join(dir), err)
	}
	return p, nil
}

func (v *View) page(ctx context.Context, id index.HostID, dir index.Path, of index.View) (p index.Page, err error) {
	defer Guarded(&err)()
	l, err := v.list(id, dir, "", 0)
	if err != nil {
		return p, err
	}
	no, err := v.hostNo(id)
	if err != nil {
		return p, err
	}
	p = match.Page(l, of)
	p.Below, p.Exact, err = v.below(ctx, no, treeKey([]byte(dir)))
	return p, err
}

// hostNo returns the number of a host, or ErrNoHost.
func (v *View) hostNo(id index.HostID) (block.HostNo, error) {
	hosts, err := v.HostTable()
	if err != nil {
		return 0, err
	}
	if no := hosts.Number(id); no != 0 {
		return no, nil
	}
	return 0, index.ErrNoHost
}

// Entry keeps index.Browser.
func (s *Store) Entry(_ context.Context, id index.HostID, p index.Path) (index.Found, error) {
	v, err := s.View()
	if err != nil {
		return index.Found{}, err
	}
	defer v.Close()
	found, err := v.entry(id, p)
	if err != nil {
		return index.Found{}, fmt.Errorf("find %s: %w", id.Join(p), err)
	}
	return found, nil
}

func (v *View) entry(id index.HostID, p index.Path) (found index.Found, err error) {
	defer Guarded(&err)()
	no, err := v.hostNo(id)
	if err != nil {
		return found, err
	}
	at, err := v.find(no, p)
	if err != nil {
		return found, err
	}
	st, err := v.StatusOf(no, &at.head)
	if err != nil {
		return found, err
	}
	found = index.Found{Entry: at.entry, State: st.State, Taken: time.Unix(st.Seen, 0).UTC()}
	found.Shown = string(index.Path(at.head.Shown).Join(at.entry.Name))
	return found, nil
}
