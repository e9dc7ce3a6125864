package discover

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// lanRecords are the records that were received, each once. Several goroutines may use
// them.
type lanRecords struct {
	finder *Finder

	mu   sync.Mutex // guards the following
	list []lanRecord
	seen map[string]bool
	size int // bytes of the records as text
}

// lanRecord is a record and the address that sent it.
type lanRecord struct {
	dns.RR
	from netip.Addr
}

// address returns the address in a record, if it can be dialled; one that is local to
// the link cannot by itself.
func (rr lanRecord) address() (addr netip.Addr) {
	switch r := rr.RR.(type) {
	case *dns.A:
		addr, _ = netip.AddrFromSlice(r.A)
	case *dns.AAAA:
		addr, _ = netip.AddrFromSlice(r.AAAA)
	}
	if addr = addr.Unmap(); addr.Is6() && addr.IsLinkLocalUnicast() {
		return netip.Addr{}
	}
	return addr
}

// The limits of what a noisy network may send; a record may be nearly as large as a packet.
const (
	mostRecords = 100_000
	mostBytes   = 16 << 20
)

// full reports whether no more records are added.
func (l *lanRecords) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isFull()
}

// isFull reports what full does. mu is held.
func (l *lanRecords) isFull() bool { return len(l.list) >= mostRecords || l.size >= mostBytes }

// add adds the records of a packet, if that is an answer.
func (l *lanRecords) add(packet []byte, from netip.Addr) {
	var m dns.Msg
	if err := m.Unpack(packet); err != nil || !m.Response {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	for _, rr := range slices.Concat(m.Answer, m.Ns, m.Extra) {
		if rr.Header().Ttl == 0 { // it says goodbye (RFC 6762 section 10.1)
			continue
		}
		rr.Header().Ttl = 1
		if key := rr.String(); !l.seen[key] && !l.isFull() {
			l.seen[key] = true
			l.size += len(key)
			l.list = append(l.list, lanRecord{rr, from})
		}
	}
}

// missing returns the questions that are still open: the places of instances that were
// only named, and the addresses of hosts. Most answers hold all that at once
// (RFC 6763 section 12), but need not.
func (l *lanRecords) missing() []dns.Question {
	l.mu.Lock()
	defer l.mu.Unlock()
	answered := make(map[string]bool)
	for _, rr := range l.list {
		_, where := rr.RR.(*dns.SRV)
		if where || rr.address().IsValid() {
			answered[strings.ToLower(rr.Header().Name)] = true
		}
	}
	var all []dns.Question
	ask := func(name string, types ...uint16) {
		if answered[strings.ToLower(name)] {
			return
		}
		answered[strings.ToLower(name)] = true
		for _, t := range types {
			all = append(all, dns.Question{Name: name, Qtype: t, Qclass: dns.ClassINET})
		}
	}
	for _, rr := range l.list {
		switch rr := rr.RR.(type) {
		case *dns.PTR:
			if scheme, _, _ := l.finder.serviceOf(rr.Ptr); scheme != "" {
				ask(rr.Ptr, dns.TypeSRV, dns.TypeTXT)
			}
		case *dns.SRV:
			if scheme, _, _ := l.finder.serviceOf(rr.Hdr.Name); scheme != "" {
				ask(rr.Target, dns.TypeA, dns.TypeAAAA)
			}
		}
	}
	return all
}

// hosts joins the records: an instance's SRV record names its machine and port, its TXT
// record may name the directory (path=), and the address records of the SRV's target
// give the address, which can be dialled without mDNS.
func (l *lanRecords) hosts() []Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	addresses := l.addresses()
	paths := make(map[string]string)
	for _, rr := range l.list {
		name := strings.ToLower(rr.Header().Name)
		if r, ok := rr.RR.(*dns.TXT); ok {
			for _, t := range r.Txt {
				if p, ok := strings.CutPrefix(t, "path="); ok {
					paths[name] = unescape(p)
				}
			}
		}
	}
	var found hosts
	for _, rr := range l.list {
		srv, ok := rr.RR.(*dns.SRV)
		if !ok {
			continue
		}
		scheme, service, instance := l.finder.serviceOf(srv.Hdr.Name)
		target := srv.Target
		if addr, ok := addresses[strings.ToLower(srv.Target)]; ok {
			target = addr.String()
		}
		if id, ok := l.finder.at(scheme, target, srv.Port); ok && scheme != "" {
			id = l.finder.rooted(id, paths[strings.ToLower(srv.Hdr.Name)])
			found.add(Host{ID: id, Name: unescape(instance), From: service})
		}
	}
	slices.SortFunc(found.list, func(a, b Host) int { return cmp.Compare(a.ID, b.ID) })
	return found.list
}

// addresses returns the addresses of hosts by their names; mu is held. IPv4 comes before
// IPv6, and among several of IPv4 the one that sent the record.
func (l *lanRecords) addresses() map[string]netip.Addr {
	all := make(map[string]netip.Addr)
	for _, rr := range l.list {
		addr, name := rr.address(), strings.ToLower(rr.Header().Name)
		if !addr.IsValid() {
			continue
		}
		if was, known := all[name]; !known || addr.Is4() && was.Is6() || addr.Is4() == was.Is4() && addr == rr.from.Unmap() {
			all[name] = addr
		}
	}
	return all
}

// serviceOf splits the name of an instance; the scheme is "" if the service is none that
// can be crawled.
//
//	"My\ Disk._ftp._tcp.local." => "ftp", "_ftp._tcp.local", "My\ Disk"
func (f *Finder) serviceOf(name string) (scheme, service, instance string) {
	for _, s := range f.schemes.All() {
		suffix := "._" + s.Service + "._tcp.local."
		if s.Service != "" && strings.HasSuffix(strings.ToLower(name), suffix) {
			return s.Name, strings.Trim(suffix, "."), name[:len(name)-len(suffix)]
		}
	}
	return "", "", ""
}

// unescape reads the label of an instance as miekg/dns presents it.
//
//	`My\ Disk\.2` => `My Disk.2`, `caf\195\169` => `café`
func unescape(label string) string {
	var b strings.Builder
	for i := 0; i < len(label); i++ {
		if label[i] != '\\' || i+1 == len(label) {
			b.WriteByte(label[i])
			continue
		}
		if i+3 < len(label) {
			if n, err := strconv.ParseUint(label[i+1:i+4], 10, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		i++
		b.WriteByte(label[i])
	}
	return b.String()
}
