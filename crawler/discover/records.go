package discover

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"trawl/index"
)

// lanRecords are what was heard, each record once. Several goroutines may use them.
type lanRecords struct {
	mu   sync.Mutex // guards the following
	list []lanRecord
	seen map[string]bool
	size int // bytes of the records as text
}

// lanRecord is a record and where it was heard from.
type lanRecord struct {
	dns.RR
	from netip.Addr
}

// address returns the address that a record tells, if it can be dialled; one that is
// local to the link cannot by itself.
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

// What a noisy network may send; a record may be nearly as large as a packet.
const (
	mostRecords = 100_000
	mostBytes   = 16 << 20
)

// full reports whether nothing more is taken in.
func (l *lanRecords) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isFull()
}

// isFull is full where mu is held.
func (l *lanRecords) isFull() bool { return len(l.list) >= mostRecords || l.size >= mostBytes }

// add adds the records of a packet; what is no answer has none.
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

// missing returns what is to be asked still: where the instances are that were named
// alone, and the addresses of hosts. Most answers hold all that at once
// (RFC 6763 section 12), but need not.
func (l *lanRecords) missing() []dns.Question {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := make(map[string]bool)
	for _, rr := range l.list {
		_, where := rr.RR.(*dns.SRV)
		if where || rr.address().IsValid() {
			told[strings.ToLower(rr.Header().Name)] = true
		}
	}
	var all []dns.Question
	ask := func(name string, types ...uint16) {
		if told[strings.ToLower(name)] {
			return
		}
		told[strings.ToLower(name)] = true
		for _, t := range types {
			all = append(all, dns.Question{Name: name, Qtype: t, Qclass: dns.ClassINET})
		}
	}
	for _, rr := range l.list {
		switch rr := rr.RR.(type) {
		case *dns.PTR:
			if scheme, _, _ := serviceOf(rr.Ptr); scheme != "" {
				ask(rr.Ptr, dns.TypeSRV, dns.TypeTXT)
			}
		case *dns.SRV:
			if scheme, _, _ := serviceOf(rr.Hdr.Name); scheme != "" {
				ask(rr.Target, dns.TypeA, dns.TypeAAAA)
			}
		}
	}
	return all
}

// hosts puts records together: an instance's SRV record tells where it is, its TXT
// record may tell the directory (path=), the address records of the SRV's target the
// address, which is what can be dialled without mDNS.
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
		scheme, service, instance := serviceOf(srv.Hdr.Name)
		target := srv.Target
		if addr, ok := addresses[strings.ToLower(srv.Target)]; ok {
			target = addr.String()
		}
		if id, ok := hostAt(scheme, target, srv.Port); ok && scheme != "" {
			id = rooted(id, paths[strings.ToLower(srv.Hdr.Name)])
			found.add(Host{ID: id, Name: unescape(instance), From: service})
		}
	}
	slices.SortFunc(found.list, func(a, b Host) int { return cmp.Compare(a.ID, b.ID) })
	return found.list
}

// addresses returns the addresses of hosts by their names; mu is held. Of several it is
// one of IPv4, and of those the one from which that was said.
func (l *lanRecords) addresses() map[string]netip.Addr {
	all := make(map[string]netip.Addr)
	for _, rr := range l.list {
		addr, name := rr.address(), strings.ToLower(rr.Header().Name)
		if !addr.IsValid() {
			continue
		}
		if was, told := all[name]; !told || addr.Is4() && was.Is6() || addr.Is4() == was.Is4() && addr == rr.from.Unmap() {
			all[name] = addr
		}
	}
	return all
}

// serviceOf takes the name of an instance apart; the scheme is "" if the service
// is none that can be crawled.
//
//	"My\ Disk._ftp._tcp.local." => "ftp", "_ftp._tcp.local", "My\ Disk"
func serviceOf(name string) (scheme, service, instance string) {
	for _, s := range services() {
		suffix := "._" + s.service + "._tcp.local."
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return s.scheme, strings.Trim(suffix, "."), name[:len(name)-len(suffix)]
		}
	}
	return "", "", ""
}

// rooted returns the host with a directory to start at, if that makes sense.
func rooted(id index.HostID, dir string) index.HostID {
	if dir == "" {
		return id
	}
	if at, _, _, err := index.ParseHost(id.Scheme() + "://" + id.Name() + (&url.URL{Path: "/" + strings.TrimLeft(dir, "/")}).EscapedPath()); err == nil {
		return at
	}
	return id
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
