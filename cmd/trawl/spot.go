package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"trawl/index"
)

// spot is a directory or a file of the catalogue.
type spot struct {
	host  index.HostID
	doors []index.HostID // of host, if it has any
	path  index.Path
}

// at returns another spot of the same host.
func (s spot) at(p index.Path) spot { return spot{s.host, s.doors, p} }

// links returns the links to a spot by all doors of its host, the best first.
func (s spot) links(kind index.Kind) []string {
	return schemes().URLs(&index.Place{Host: s.host, Doors: s.doors, Path: s.path}, kind)
}

// url returns the link to a spot, as people read and type it.
func (s spot) url(shown string) string {
	return s.host.Scheme() + "://" + s.host.Name() + linkable(cmp.Or(shown, string(s.path)))
}

// locate returns the spot that a text names: HOST/PATH or a URL. Where no host has the path in the
// bytes that were typed, its names are read as they are shown.
func locate(ctx context.Context, e engine, text string) (spot, error) {
	hosts, err := e.Hosts(ctx)
	if err != nil {
		return spot{}, fmt.Errorf("list hosts: %w", err)
	}
	id, p, err := schemes().Locate(hosts, text)
	if errors.Is(err, index.ErrHostURL) {
		if door, path, unknown := hostedSchemes().Locate(hosts, text); unknown == nil { // over HTTP, which is no source
			id, p, err = door, path, nil
		}
	}
	if errors.Is(err, index.ErrNoHost) {
		return spot{}, fmt.Errorf("%w%s", err, nearHost(hosts, text))
	}
	if err != nil {
		return spot{}, err
	}
	host, _ := index.Reached(hosts, id)
	at := spot{id, host.Doors, p}
	if known, err := at.known(ctx, e); err != nil || known {
		return at, err
	}
	wire, err := at.byNames(ctx, e)
	if err != nil || wire != "" {
		return at.at(wire), err
	}
	return at, nil
}

// nearHost returns the mend for a text whose host is not in the catalogue.
func nearHost(hosts []index.Host, text string) string {
	if id, err := parseHost(text); err == nil {
		for i := range hosts {
			if hosts[i].ID.Name() == id.Name() {
				return fmt.Sprintf(" holds it; the catalogue has %s", hosts[i].ID)
			}
		}
	}
	return "; trawl hosts lists them"
}

// known reports whether the catalogue holds a spot.
func (s spot) known(ctx context.Context, e engine) (bool, error) {
	_, err := e.List(ctx, s.host, s.path, "", 1)
	if errors.Is(err, index.ErrNotFound) && s.path != "/" {
		_, err = e.Entry(ctx, s.host, s.path)
	}
	if errors.Is(err, index.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// byNames returns the path whose decoded names are those of the spot, "" if there is none.
func (s spot) byNames(ctx context.Context, e engine) (index.Path, error) {
	at := index.Path("/")
	for name := range strings.SplitSeq(strings.Trim(string(s.path), "/"), "/") {
		next := s.at(at.Join(name))
		known, err := next.known(ctx, e)
		switch {
		case err != nil:
			return "", err
		case known, next.path != s.path && s.host.Root().Within(next.path):
			at = next.path
			continue
		}
		page, err := e.Page(ctx, s.host, at, index.View{Filter: name})
		if errors.Is(err, index.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		wire := ""
		for i := range page.Entries {
			if page.Entries[i].Name == name {
				wire = page.Entries[i].Wire()
			}
		}
		if wire == "" {
			return "", nil
		}
		at = at.Join(wire)
	}
	return at, nil
}

// missing returns the error of a spot that the catalogue does not hold, with the mend.
func (s spot) missing(ctx context.Context, e engine) error {
	for above := s.path.Dir(); above.Within(s.host.Root()); above = above.Dir() {
		if known, err := s.at(above).known(ctx, e); err == nil && known {
			return fmt.Errorf("%s: %w; trawl ls %s shows what is there", s.url(""), index.ErrNotFound, s.at(above).url(""))
		}
		if above == "/" {
			break
		}
	}
	return fmt.Errorf("%s: %w; trawl crawl %s lists it", s.url(""), index.ErrNotFound, s.host)
}

// completeSpot completes a host, or a path on one name further.
func completeSpot(ctx context.Context, e engine, started string) ([]string, error) {
	hosts, err := e.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	_, rest, typed := strings.Cut(started, "://")
	if !typed {
		rest = started
	}
	if !strings.Contains(rest, "/") {
		return completeHost(hosts, started), nil
	}
	cut := strings.LastIndexByte(started, '/') + 1
	at, err := locate(ctx, e, started[:cut])
	if err != nil {
		return nil, nil //nolint:nilerr // there is nothing to complete with
	}
	const most = 1000 // names to choose from
	page, err := e.Page(ctx, at.host, at.path, index.View{Filter: started[cut:], Limit: most})
	if err != nil {
		return nil, nil //nolint:nilerr // as above
	}
	var out []string
	for i := range page.Entries {
		entry := &page.Entries[i]
		name := started[:cut] + linkable(entry.Name)
		if entry.Kind == index.Dir {
			name += "/"
		}
		if strings.HasPrefix(name, started) {
			out = append(out, name)
		}
	}
	return out, nil
}

// completeHost returns the hosts that a text begins, with their schemes unless none is typed for the
// first scheme.
func completeHost(hosts []index.Host, started string) (out []string) {
	plain := schemes().All()[0].Name + "://"
	for i := range hosts {
		id := string(hosts[i].ID)
		switch short := strings.TrimPrefix(id, plain); {
		case strings.HasPrefix(id, started):
			out = append(out, id)
		case strings.HasPrefix(short, started):
			out = append(out, short)
		}
	}
	return out
}
