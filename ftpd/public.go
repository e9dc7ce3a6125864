package ftpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Public says which IPv4 address PASV gives to clients, for a server behind NAT. EPSV gives none: clients that use it stay
// with the address that they connected to, as do all if nothing is set.
type Public struct {
	Host string                  // address or name, for clients with public addresses
	For  map[netip.Prefix]string // the same for the clients of a network: the narrowest decides; "" is the address they connected to
}

// host returns what PASV gives to a client; "" is the address that it connected to.
func (p Public) host(client netip.Addr) string {
	host, bits := "", -1
	for network, h := range p.For {
		if network.Contains(client) && network.Bits() > bits {
			host, bits = h, network.Bits()
		}
	}
	if bits < 0 && !client.IsPrivate() && !client.IsLoopback() && !client.IsLinkLocalUnicast() {
		return p.Host
	}
	return host
}

// Addr returns the address that PASV gives to a client who has connected to local. It looks up a name now.
func (p Public) Addr(ctx context.Context, client, local netip.Addr) (netip.Addr, error) {
	host := p.host(client)
	if host == "" {
		return local, nil
	}
	return lookUp(ctx, host)
}

// lookUp returns the IPv4 address of a host.
func lookUp(ctx context.Context, host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr = addr.Unmap(); !addr.Is4() {
			return addr, fmt.Errorf("look up %s: %w", host, errNoIPv4)
		}
		return addr, nil
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return netip.Addr{}, err
	}
	if len(found) == 0 {
		return netip.Addr{}, fmt.Errorf("look up %s: %w", host, errNoIPv4)
	}
	return found[0].Unmap(), nil
}

var errNoIPv4 = errors.New("it has no IPv4 address, which is all that PASV can give")

// How long the address of a name is believed: the names of those who have no fixed address change their address once a
// day, and are short-lived.
const (
	freshName  = time.Minute
	lookUpWait = 5 * time.Second
)

// publicAddrs remembers the addresses of names. It is safe for concurrent use.
type publicAddrs struct {
	look func(ctx context.Context, host string) (netip.Addr, error)
	now  func() time.Time

	mu    sync.Mutex // guards what follows
	known map[string]knownAddr
}

type knownAddr struct {
	addr netip.Addr
	at   time.Time // of the last try
}

func newPublicAddrs() *publicAddrs {
	return &publicAddrs{look: lookUp, now: time.Now, known: make(map[string]knownAddr)}
}

// addr returns the address of a host. If a name cannot be looked up any more, it returns the last address. It holds the
// lock while it looks up, since the others would wait for the same answer.
func (a *publicAddrs) addr(ctx context.Context, host string) (netip.Addr, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.known[host]
	if ok && a.now().Sub(known.at) < freshName {
		return known.addr, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpWait)
	defer cancel()
	addr, err := a.look(ctx, host)
	switch {
	case err == nil:
		known.addr = addr
	case !ok:
		return addr, err
	}
	known.at = a.now()
	a.known[host] = known
	return known.addr, nil
}
