package crawler

import (
	"context"
	"errors"
	"fmt"

	"trawl/index"
)

// trial holds a way of listing directories against the authority on the first
// few, before it lists them all. A way that did this in the last crawl did well.
// It returns the ways that are left, the one to use first.
func (p *pass) trial(ctx context.Context, lists []string) ([]string, error) {
	judge := authority(lists)
	for len(lists) > 0 && lists[0] != judge && lists[0] != p.before.Known.Way {
		err := p.try(ctx, lists[0], judge)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		if !errors.Is(err, ErrBroken) {
			break // a host that has other troubles shows them in the walk
		}
		p.refuse(ctx, lists[0], err)
		lists = lists[1:]
	}
	return lists, nil
}

// tryKids is how many directories of the root a trial lists too.
const tryKids = 3

func (p *pass) try(ctx context.Context, name, judge string) error {
	way, _, ok := p.link.way(name)
	other, _, ok2 := p.link.way(judge)
	if !ok || !ok2 {
		return nil
	}
	dirs := []index.Path{p.root}
	for i := 0; i < len(dirs); i++ {
		told, err := p.single(ctx, way, dirs[i])
		if errors.Is(err, ErrDenied) {
			continue
		}
		if err != nil {
			return err
		}
		single, err := p.single(ctx, other, dirs[i])
		if err != nil {
			continue // it is not for the judge to fail
		}
		d := differ(told.probe(dirs[i]), single)
		if d.lacks > 0 && (d.unexplained || p.stillLacks(ctx, way, other, dirs[i], d.example)) {
			return fmt.Errorf("%w: %s %s", ErrBroken, index.Visible(string(dirs[i])), d.how())
		}
		for j := range told.entries {
			if e := &told.entries[j]; e.Kind == index.Dir && i == 0 && len(dirs) <= tryKids {
				dirs = append(dirs, p.root.Join(e.Wire()))
			}
		}
	}
	return nil
}
