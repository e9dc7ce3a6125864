package crawler

import (
	"context"
	"errors"
	"fmt"

	"trawl/index"
)

// trial compares a way of listing directories with the reference on the first few, before
// it lists them all. A way that was used in the last crawl did well. It returns the ways
// that are left, the one to use first.
func (r *run) trial(ctx context.Context, lists []string) ([]string, error) {
	ref := reference(lists)
	for len(lists) > 0 && lists[0] != ref && lists[0] != r.host.before.Known.Way {
		err := r.try(ctx, lists[0], ref)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		if !errors.Is(err, ErrBroken) {
			break // a host that has other troubles shows them in the walk
		}
		r.ways.refuse(ctx, lists[0], err)
		lists = lists[1:]
	}
	return lists, nil
}

// tryKids is how many directories of the root a trial lists too.
const tryKids = 3

// try returns ErrBroken if a way lists less than the reference.
func (r *run) try(ctx context.Context, name, reference string) error {
	way, _, ok := r.link.way(name)
	ref, _, ok2 := r.link.way(reference)
	if !ok || !ok2 {
		return nil
	}
	compare := singles{r}
	dirs := []index.Path{r.host.root}
	for i := 0; i < len(dirs); i++ {
		listed, err := compare.list(ctx, way, dirs[i])
		if errors.Is(err, ErrDenied) {
			continue
		}
		if err != nil {
			return err
		}
		single, err := compare.list(ctx, ref, dirs[i])
		if err != nil {
			continue // the reference is not on trial
		}
		d := differ(listed.probe(dirs[i]), single)
		if d.lacks > 0 && (d.unexplained || compare.stillLacks(ctx, way, ref, dirs[i], d.example)) {
			return fmt.Errorf("%w: %s %s", ErrBroken, index.Visible(string(dirs[i])), d.how())
		}
		for j := range listed.entries {
			if e := &listed.entries[j]; e.Kind == index.Dir && i == 0 && len(dirs) <= tryKids {
				dirs = append(dirs, r.host.root.Join(e.Wire()))
			}
		}
	}
	return nil
}
