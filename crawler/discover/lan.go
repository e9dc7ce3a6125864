package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"

	"trawl/index"
)

// mdns is where multicast DNS is spoken (RFC 6762).
func mdns() *net.UDPAddr { return &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353} }

// askAgain is when the question is repeated: what was lost once comes then.
const askAgain = time.Second

// LAN asks the local network for hosts that announce themselves by DNS-SD
// (RFC 6763), and listens until ctx is done. The end of ctx is no error.
func LAN(ctx context.Context) ([]Host, error) {
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return nil, fmt.Errorf("ask the local network: %w", err)
	}
	defer conn.Close()
	return browse(ctx, conn, func(question []byte) error { return toAll(conn, question) })
}

// toAll sends a question on every interface that takes multicasts.
func toAll(conn *net.UDPConn, question []byte) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	p := ipv4.NewPacketConn(conn)
	err = errors.New("no interface takes multicasts")
	for _, i := range interfaces {
		if i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagUp == 0 {
			continue
		}
		if e := p.SetMulticastInterface(&i); e != nil {
			continue
		}
		if _, e := conn.WriteTo(question, mdns()); e == nil || err != nil {
			err = e
		}
	}
	return err
}

// browse asks and collects answers until ctx is done.
func browse(ctx context.Context, conn *net.UDPConn, ask func([]byte) error) ([]Host, error) {
	question, err := lanQuestion()
	if err != nil {
		return nil, fmt.Errorf("ask the local network: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var records []dns.RR
	buf := make([]byte, 65536)
	var asked error
	var next time.Time
	for ctx.Err() == nil {
		if now := time.Now(); !now.Before(next) {
			asked = ask(question)
			next = now.Add(askAgain)
		}
		if err := conn.SetReadDeadline(next); err != nil {
			return nil, fmt.Errorf("ask the local network: %w", err)
		}
		n, _, err := conn.ReadFromUDP(buf)
		if err != nil {
			continue // time to ask again, or to end
		}
		records = append(records, lanAnswer(buf[:n])...)
		if len(records) > mostRecords {
			break
		}
	}
	if len(records) == 0 && asked != nil {
		return nil, fmt.Errorf("ask the local network: %w", asked)
	}
	return lanHosts(records), nil
}

// mostRecords bounds what a noisy network may send.
const mostRecords = 100_000

// lanQuestion asks for all instances of the services. It comes from a port of
// our own, so answers are sent to us alone (RFC 6762 section 6.7).
func lanQuestion() ([]byte, error) {
	m := new(dns.Msg)
	m.RecursionDesired = false
	for _, s := range services() {
		m.Question = append(m.Question, dns.Question{
			Name: "_" + s.service + "._tcp.local.", Qtype: dns.TypePTR, Qclass: dns.ClassINET,
		})
	}
	return m.Pack()
}

// lanAnswer returns the records of a packet; what is no answer has none.
func lanAnswer(packet []byte) []dns.RR {
	var m dns.Msg
	if err := m.Unpack(packet); err != nil || !m.Response {
		return nil
	}
	return slices.Concat(m.Answer, m.Ns, m.Extra)
}

// lanHosts puts records together: an instance's SRV record tells where it is,
// its TXT record may tell the directory (path=), the address record of the SRV's
// target the address, which is what can be dialled without mDNS.
func lanHosts(records []dns.RR) []Host {
	addresses := make(map[string]string)
	paths := make(map[string]string)
	for _, rr := range records {
		switch rr := rr.(type) {
		case *dns.A:
			addresses[strings.ToLower(rr.Hdr.Name)] = rr.A.String()
		case *dns.TXT:
			for _, t := range rr.Txt {
				if p, ok := strings.CutPrefix(t, "path="); ok {
					paths[strings.ToLower(rr.Hdr.Name)] = p
				}
			}
		}
	}
	var found hosts
	for _, rr := range records {
		srv, ok := rr.(*dns.SRV)
		if !ok {
			continue
		}
		scheme, service, instance := serviceOf(srv.Hdr.Name)
		target := cmp.Or(addresses[strings.ToLower(srv.Target)], srv.Target)
		if id, ok := hostAt(scheme, target, srv.Port); ok && scheme != "" {
			id = rooted(id, paths[strings.ToLower(srv.Hdr.Name)])
			found.add(Host{ID: id, Name: unescape(instance), From: service})
		}
	}
	return found.list
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
