package search

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/query"
)

// NoHost is a host that a query asks for and that the catalogue does not have.
type NoHost struct {
	Name    string   // as host: has it
	Nearest []string // names of hosts that it may be a slip of, the nearest first
}

// hosts lists hosts. A searcher that does so, too, has queries explained that ask for hosts that it does not have.
type hosts interface {
	Hosts(ctx context.Context) ([]index.Host, error)
}

const (
	mostNearHosts = 3
	fewHosts      = 3 // so many are all near
)

// noHosts returns the hosts that a tree asks for and that the catalogue does not have.
func (e *explainer) noHosts(ctx context.Context, tree query.Node) (missing []NoHost) {
	lister, ok := e.searcher.(hosts)
	asked := hostsOf(tree)
	if !ok || len(asked) == 0 || len(asked) > mostParts {
		return nil
	}
	known, err := lister.Hosts(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for i := range known {
		for _, base := range known[i].Bases() {
			names = append(names, base.Name())
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range asked {
		if !isHost(name, names) && e.nowhere(ctx, query.Host{Name: name}) { // it may be meant by its address
			missing = append(missing, NoHost{name, nearHosts(name, names)})
		}
	}
	return missing
}

// hostsOf returns the hosts that a tree asks for, without those that it excludes.
func hostsOf(tree query.Node) (names []string) {
	replaceLeaves(tree, func(n query.Node) query.Node {
		if host, ok := n.(query.Host); ok && !slices.Contains(names, host.Name) {
			names = append(names, host.Name)
		}
		return n
	})
	return names
}

// isHost reports whether host: finds one of some names of hosts by a name.
func isHost(name string, names []string) bool {
	return slices.ContainsFunc(names, func(known string) bool {
		fits, err := path.Match(name, known)
		return strings.Contains(known, name) || err == nil && fits
	})
}

// nearHosts returns the names of which another one may be a slip. Each part of a name counts for itself, too:
//
//	debain => ftp.debian.org
func nearHosts(name string, names []string) []string {
	if len(names) <= fewHosts {
		return names
	}
	type near struct {
		name string
		far  int
	}
	var found []near
	for _, known := range names {
		far := query.Distance(name, known)
		for _, label := range strings.FieldsFunc(known, func(r rune) bool { return r == '.' || r == '-' }) {
			if len(label) > 2 {
				far = min(far, query.Distance(name, label)+1) // the whole name is nearer
			}
		}
		if far <= 1+len(name)/4 {
			found = append(found, near{known, far})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, f := range found[:min(len(found), mostNearHosts)] {
		out = append(out, f.name)
	}
	return out
}

// onNearHosts offers a tree with near hosts in the place of one that is missing.
func (e *explainer) onNearHosts(ctx context.Context, tree query.Node, missing []NoHost) (offers []Offer) {
	if len(missing) != 1 {
		return nil
	}
	for _, near := range missing[0].Nearest {
		other := replaceLeaves(tree, func(n query.Node) query.Node {
			if n == (query.Host{Name: missing[0].Name}) {
				return query.Host{Name: near}
			}
			return n
		})
		if offer, _ := e.offer(ctx, other, ""); offer.Total > 0 {
			offers = append(offers, offer)
		}
	}
	return offers
}
