package discover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// SRV asks the resolver (nil is the system's) for the hosts that a domain names
// in its SRV records, the preferred first.
func (f *Finder) SRV(ctx context.Context, resolver *net.Resolver, domain string) ([]Host, error) {
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	var found hosts
	var failed error
	for _, s := range f.schemes.All() {
		if s.Service == "" {
			continue
		}
		cname, records, err := resolver.LookupSRV(ctx, s.Service, "tcp", domain)
		var dns *net.DNSError
		if err != nil && (!errors.As(err, &dns) || !dns.IsNotFound) {
			failed = fmt.Errorf("ask %s for hosts: %w", domain, err)
			continue
		}
		for _, r := range records {
			if r.Target == "." { // "the service is decidedly not available" (RFC 2782)
				continue
			}
			if id, ok := f.at(s.Name, r.Target, r.Port); ok {
				found.add(Host{ID: id, From: strings.TrimSuffix(cname, ".")})
			}
		}
	}
	if len(found.list) > 0 {
		return found.list, nil
	}
	return nil, failed
}
