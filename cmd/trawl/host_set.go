package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trawl/index"
)

// hostSet is the hosts that a catalogue remembers. None of them is a part of another.
type hostSet struct {
	hosts index.Hosts
	known []index.Host // those that are remembered
}

// errOverlap is wrapped by the errors of remember for a host that is a part of another
// one, or that another one is a part of.
var errOverlap = errors.New("files would be found twice")

// readHosts returns the set of the hosts of a catalogue.
func readHosts(ctx context.Context, hosts index.Hosts) (*hostSet, error) {
	all, err := hosts.Hosts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list hosts: %w", err)
	}
	return &hostSet{hosts: hosts, known: all}, nil
}

// ids returns the hosts that are remembered.
func (r *hostSet) ids() []index.HostID {
	ids := make([]index.HostID, len(r.known))
	for i := range r.known {
		ids[i] = r.known[i].ID
	}
	return ids
}

// remember adds a host, or changes a known one, with the login that its URL holds, and
// reports whether it was known before. The URL may be any door of a known one. A host whose schedule changes is due at once.
func (r *hostSet) remember(ctx context.Context, url string, now time.Time, change func(*index.Host)) (id index.HostID, known bool, err error) {
	id, user, password, err := schemes().Parse(url)
	if err != nil {
		return "", false, err
	}
	host, known := index.Reached(r.known, id)
	if known {
		id = host.ID
	} else if err := r.checkApart(id); err != nil {
		return id, false, fmt.Errorf("add %s: %w", id, err)
	}
	err = r.hosts.Update(ctx, id, func(h *index.Host) error {
		if user != "" {
			h.Settings.User, h.Settings.Password = user, password
		}
		every := h.Settings.Every
		change(h)
		if h.Settings.Every != every {
			h.Health.Next = time.Time{}
			if h.Settings.Every > 0 {
				h.Health.Next = now
			}
		}
		return nil
	})
	if err != nil {
		return id, known, fmt.Errorf("add %s: %w", id, err)
	}
	if !known {
		r.known = append(r.known, index.Host{ID: id})
	}
	return id, known, nil
}

// checkApart refuses a host that overlaps with another: a file in both would have two
// places with one URL. An ID ends in a slash.
func (r *hostSet) checkApart(id index.HostID) error {
	for i := range r.known {
		for _, other := range r.known[i].Bases() {
			switch {
			case strings.HasPrefix(string(id), string(other)):
				return fmt.Errorf("%w: it is a part of %s, which is known; crawl that, or trawl remove %[2]s first", errOverlap, other)
			case strings.HasPrefix(string(other), string(id)):
				return fmt.Errorf("%w: %s, a part of it, is known; trawl remove %[2]s first", errOverlap, other)
			}
		}
	}
	return nil
}
