package hosted

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trawl/index"
)

// Settle makes an archive that is served by doors, one at least, one host of the catalogue, and returns that. The doors are the URLs of
// all protocols, the best first. The host keeps its ID as long as that is among the doors, and its settings in any case. Hosts that are hosted no longer, and
// those that an earlier Trawl made of each protocol, are removed.
func Settle(ctx context.Context, hosts index.Hosts, doors []index.HostID) (index.HostID, error) {
	known, err := hosts.Hosts(ctx)
	if err != nil {
		return "", fmt.Errorf("list hosts: %w", err)
	}
	id := settled(known, doors)
	was := slices.IndexFunc(known, func(h index.Host) bool { return len(h.Doors) > 0 })
	if err := hosts.Update(ctx, id, func(h *index.Host) error {
		h.Doors = slices.Clone(doors)
		if was >= 0 && known[was].ID != id {
			h.Settings = known[was].Settings
		}
		return nil
	}); err != nil {
		return "", fmt.Errorf("remember %s: %w", id, err)
	}
	return id, forget(ctx, hosts, slices.DeleteFunc(known, func(h index.Host) bool { return h.ID == id }), doors)
}

// Forget removes what is hosted, or was, from the catalogue. The doors are those by which it is served.
func Forget(ctx context.Context, hosts index.Hosts, doors []index.HostID) error {
	known, err := hosts.Hosts(ctx)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	return forget(ctx, hosts, known, doors)
}

func forget(ctx context.Context, hosts index.Hosts, known []index.Host, doors []index.HostID) error {
	for i := range known {
		if h := &known[i]; len(h.Doors) > 0 || slices.Contains(doors, h.ID) {
			if err := remove(ctx, hosts, h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// settled returns the door that is the ID of the host: that of the host which has doors, or else the first that is known, or else
// the first.
func settled(known []index.Host, doors []index.HostID) (id index.HostID) {
	for _, door := range doors {
		h, is := index.Reached(known, door)
		switch {
		case !is || !slices.Contains(doors, h.ID):
		case len(h.Doors) > 0:
			return h.ID
		case id == "":
			id = h.ID
		}
	}
	return cmp.Or(id, doors[0])
}

// remove removes a host. It waits for a crawl of it to end.
func remove(ctx context.Context, hosts index.Hosts, id index.HostID) error {
	for {
		err := hosts.Remove(ctx, id)
		switch {
		case errors.Is(err, index.ErrBusy):
		case err == nil, errors.Is(err, index.ErrNoHost):
			return nil
		default:
			return fmt.Errorf("remove %s: %w", id, err)
		}
		select {
		case <-time.After(patient):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
