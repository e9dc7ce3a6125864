package discover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// family is one of the internet protocols. Multicast DNS is the same over both
// (RFC 6762 section 3).
type family struct {
	network string
	group   *net.UDPAddr
	members func(net.PacketConn) membership
}

// membership is what ipv4.PacketConn and ipv6.PacketConn have in common.
type membership interface {
	JoinGroup(i *net.Interface, group net.Addr) error
	SetMulticastInterface(i *net.Interface) error
}

func families() []family {
	return []family{
		{"udp4", &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}, func(c net.PacketConn) membership { return ipv4.NewPacketConn(c) }},
		{"udp6", &net.UDPAddr{IP: net.ParseIP("ff02::fb"), Port: 5353}, func(c net.PacketConn) membership { return ipv6.NewPacketConn(c) }},
	}
}

// askAgain is the time after which a question is repeated, since packets are lost.
const askAgain = time.Second

// LAN asks the local network for hosts that announce themselves by DNS-SD
// (RFC 6763), over IPv4 and IPv6, and listens until ctx is done. The end of ctx is no
// error, nor is it one if only one of both protocols can be used.
//
// It asks as a full member, from port 5353, which other responders on this machine
// share. A question from another port is answered with a single packet of 512 bytes,
// in which a machine's services may not all fit (RFC 6762 section 6.7).
func (f *Finder) LAN(ctx context.Context) ([]Host, error) {
	near, err := networks()
	if err != nil {
		return nil, fmt.Errorf("ask the local network: %w", err)
	}
	answers := lanRecords{finder: f}
	var both sync.WaitGroup
	errs := make([]error, len(families()))
	for i, family := range families() {
		both.Go(func() { errs[i] = family.ask(ctx, near, &answers) })
	}
	both.Wait()
	found := answers.hosts()
	if len(found) == 0 && !slices.Contains(errs, nil) {
		return nil, fmt.Errorf("ask the local network: %w", errors.Join(errs...))
	}
	return found, nil
}

// ask asks over one protocol.
func (f family) ask(ctx context.Context, near []netip.Prefix, answers *lanRecords) error {
	// Go gives a multicast address a wildcard socket whose port may be shared.
	var listen net.ListenConfig
	conn, err := listen.ListenPacket(ctx, f.network, f.group.String())
	if err != nil {
		conn, err = listen.ListenPacket(ctx, f.network, ":0")
	}
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing was promised of it
	members := f.members(conn)
	local := f.join(members)
	return browse(ctx, conn, near, answers, func(question []byte) error {
		return f.toAll(conn, members, local, question)
	})
}

// networks returns those that this machine is in, itself among them. A packet from
// elsewhere does not come from a neighbour (RFC 6762 section 11).
func networks() (near []netip.Prefix, err error) {
	all, err := net.InterfaceAddrs()
	for _, addr := range all {
		if p, err := netip.ParsePrefix(addr.String()); err == nil {
			near = append(near, p.Masked())
		}
	}
	return near, err
}

// within reports whether an address is in one of the networks.
func within(near []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(near, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

// join joins the group of mDNS on every interface that takes multicasts, and returns
// these interfaces.
func (f family) join(members membership) (joined []net.Interface) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagMulticast != 0 && i.Flags&net.FlagUp != 0 && members.JoinGroup(&i, f.group) == nil {
			joined = append(joined, i)
		}
	}
	return joined
}

// toAll sends a question on interfaces. It succeeds if one of them takes it.
func (f family) toAll(conn net.PacketConn, members membership, interfaces []net.Interface, question []byte) error {
	err := errors.New("no interface takes multicasts")
	sent := false
	for _, i := range interfaces {
		if err = members.SetMulticastInterface(&i); err != nil {
			continue
		}
		if _, err = conn.WriteTo(question, f.group); err == nil {
			sent = true
		}
	}
	if sent {
		return nil
	}
	return err
}

// browse asks, and collects the answers of near networks until ctx is done. The error may
// be that of the last question.
func browse(ctx context.Context, conn net.PacketConn, near []netip.Prefix, answers *lanRecords, ask func([]byte) error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var asked error
	var next, services time.Time
	wait := askAgain
	buf := make([]byte, 65536)
	for ctx.Err() == nil && !answers.full() {
		if now := time.Now(); !now.Before(next) {
			questions := answers.missing()
			questions = questions[:min(len(questions), mostQuestions)]
			if !now.Before(services) { // each time after twice as long (RFC 6762 section 5.2)
				questions = append(answers.finder.services(), questions...)
				services = now.Add(wait)
				wait *= 2
			}
			asked = askFor(questions, ask)
			next = now.Add(askAgain)
		}
		if err := conn.SetReadDeadline(next); err != nil {
			return err
		}
		if ctx.Err() != nil {
			break // the deadline may be past that of stop
		}
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue // time to ask again, or to end
		}
		if err != nil {
			return err
		}
		if at, err := netip.ParseAddrPort(from.String()); err == nil && within(near, at.Addr().WithZone("")) {
			answers.add(buf[:n], at.Addr().WithZone(""))
		}
	}
	return asked
}

// mostQuestions bounds the questions to a noisy network each time, beside the services.
const mostQuestions = 256

// atOnce is how many questions a packet holds: with names of some 60 bytes they fit into
// one of Ethernet.
const atOnce = 16

// askFor asks questions, in as many packets as they need.
func askFor(questions []dns.Question, ask func([]byte) error) error {
	for some := range slices.Chunk(questions, atOnce) {
		m := &dns.Msg{Question: some}
		packet, err := m.Pack()
		if err != nil {
			return err
		}
		if err := ask(packet); err != nil {
			return err
		}
	}
	return nil
}

// services returns the questions for all instances of the services.
func (f *Finder) services() (all []dns.Question) {
	for _, s := range f.schemes.All() {
		if s.Service != "" {
			all = append(all, dns.Question{Name: "_" + s.Service + "._tcp.local.", Qtype: dns.TypePTR, Qclass: dns.ClassINET})
		}
	}
	return all
}
