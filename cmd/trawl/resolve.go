package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// lookup returns the addresses of a name, as net.Resolver.LookupHost does.
type lookup func(ctx context.Context, name string) ([]string, error)

// resolving is how long a resolver may take for a name.
const resolving = 5 * time.Second

// errNoName is in the error about a host whose name does not exist.
var errNoName = errors.New("is not found")

// nameChecker finds slips in the names of new hosts.
type nameChecker struct {
	app    *app
	hosts  *hostSet
	silent bool // the resolver does not answer
}

// check returns an error that wraps errNoName if the resolver says that the name of a new host does not exist, and
// offers a host that is known and near. Addresses are not looked up. A resolver that does not answer, or fails, is no
// evidence: the user is told so.
func (n *nameChecker) check(ctx context.Context, id index.HostID) error {
	name := hostName(id)
	if _, known := index.Reached(n.hosts.known, id); known {
		return nil
	}
	if _, err := netip.ParseAddr(name); err == nil || n.app.resolve == nil || n.silent {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	_, err := n.app.resolve(asking, name)
	var failed *net.DNSError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err() //nolint:wrapcheck // the user has interrupted
	case errors.As(err, &failed) && failed.IsNotFound:
		return fmt.Errorf("the name %s %w%s", index.Visible(name), errNoName, n.near(name))
	}
	n.silent = true
	why := err.Error()
	if asking.Err() != nil {
		why = fmt.Sprintf("no resolver answers within %s", resolving)
	}
	fmt.Fprintf(n.app.err, "%s: nobody knows whether this name exists: %s\n", index.Visible(name), index.Visible(why))
	return nil
}

// near offers the name of a known host.
func (n *nameChecker) near(name string) string {
	var names []string
	for i := range n.hosts.known {
		for _, base := range n.hosts.known[i].Bases() {
			names = append(names, hostName(base))
		}
	}
	if near := query.Nearest(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; check it"
}

// hostName returns the name of a host without its port.
func hostName(id index.HostID) string {
	u, err := url.Parse(string(id))
	if err != nil {
		return id.Name()
	}
	return u.Hostname()
}
