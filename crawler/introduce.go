package crawler

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"trawl/index"
)

// introduce sets the contact address as the password of an anonymous login, where the
// scheme has that custom. On public hosts it is a duty, on one's own it is not.
func (c *Crawler) introduce(ctx context.Context, h index.Host) (index.Host, error) {
	anonymous := h.Settings.User == "" || h.Settings.User == "anonymous" || h.Settings.User == "ftp"
	if !c.schemes.Lookup(h.ID.Scheme()).Introduces || !anonymous || h.Settings.Password != "" {
		return h, nil
	}
	if c.contact == "" && (h.Settings.Proxy != "" || public(ctx, h.ID)) {
		return h, fmt.Errorf("%w: %s is a public host, whose owner should be able to reach you: "+
			"set your address with --contact you@example.org or $TRAWL_CONTACT", ErrContact, h.ID.Name())
	}
	h.Settings.Password = c.contact
	return h, nil
}

// public reports whether a host may belong to somebody else: one of its addresses is
// neither loopback, nor private, nor link-local. A host without an address is not public.
func public(ctx context.Context, id index.HostID) bool {
	name := id.Hostname()
	if addr, err := netip.ParseAddr(name); err == nil {
		return !own(addr)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return false // Connect says why
	}
	for _, addr := range addrs {
		if !own(addr) {
			return true
		}
	}
	return false
}

func own(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified()
}
