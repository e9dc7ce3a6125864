package discover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"trawl/index"
)

// services are the DNS names of what can be crawled (RFC 6335), by scheme.
func services() []struct{ scheme, service string } {
	return []struct{ scheme, service string }{
		{"ftp", "ftp"}, {"ftps", "ftps"}, {"sftp", "sftp-ssh"}, {"gopher", "gopher"},
	}
}

// SRV asks the resolver (nil is the system's) for the hosts that a domain names
// in its SRV records, the preferred first.
func SRV(ctx context.Context, resolver *net.Resolver, domain string) ([]Host, error) {
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	var found hosts
	var failed error
	for _, s := range services() {
		cname, records, err := resolver.LookupSRV(ctx, s.service, "tcp", domain)
		var dns *net.DNSError
		if err != nil && (!errors.As(err, &dns) || !dns.IsNotFound) {
			failed = fmt.Errorf("ask %s for hosts: %w", domain, err)
			continue
		}
		for _, r := range records {
			if r.Target == "." { // "the service is decidedly not available" (RFC 2782)
				continue
			}
			if id, ok := hostAt(s.scheme, r.Target, r.Port); ok {
				found.add(Host{ID: id, From: strings.TrimSuffix(cname, ".")})
			}
		}
	}
	if len(found.list) > 0 {
		return found.list, nil
	}
	return nil, failed
}

// hostAt returns the identity of a host.
func hostAt(scheme, name string, port uint16) (index.HostID, bool) {
	name = strings.TrimSuffix(name, ".")
	id, _, _, err := index.ParseHost(fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(name, fmt.Sprint(port))))
	return id, err == nil
}
