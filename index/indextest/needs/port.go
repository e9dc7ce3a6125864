package needs

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"testing"
)

// Nobody is an address that refuses connections: nobody listens on the port of tcpmux. A port
// that was free a moment ago is no such address, since the system gives it to the next who asks.
const Nobody = "127.0.0.1:1"

// Own returns an address of loopback that no other test listens at, with port 0. FTP clients in tests connect to ports of
// data connections that are closed already, on purpose or since they are killed. The system may have given such a port to
// another test meanwhile, whose client then waits in vain. With addresses of their own, the two do not meet.
func Own() string {
	if runtime.GOOS != "linux" { // others have only one until more are configured
		return "127.0.0.1:0"
	}
	n := rand.Uint32N(1 << 23) //nolint:gosec // it only spreads the addresses
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(128 | n>>16), byte(n >> 8), byte(n)}), 0).String()
}

// The ports of [Port]: below those that Linux and BSD give to whoever asks for any.
const (
	firstPort = 20_000
	lastPort  = 30_000
)

// Port returns an address on loopback for a server that cannot choose a port itself: see [PortAt].
func Port(t testing.TB) string {
	t.Helper()
	return PortAt(t, "127.0.0.1")
}

// PortAt returns an address of a host of this machine for a server that cannot choose a port itself. The port is
// free, and until the test ends neither the system nor another test, of whatever process, gives it to anyone.
// Tests keep a port by that of UDP with the same number.
func PortAt(t testing.TB, host string) string {
	t.Helper()
	var lc net.ListenConfig
	for range 100 {
		addr := net.JoinHostPort(host, strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort))) //nolint:gosec // it only spreads the ports
		kept, err := lc.ListenPacket(t.Context(), "udp", addr)
		if err != nil {
			continue
		}
		if ln, err := lc.Listen(t.Context(), "tcp", addr); err == nil {
			ln.Close()
			t.Cleanup(func() { _ = kept.Close() })
			return addr
		}
		_ = kept.Close()
	}
	t.Fatal("no port is free")
	return ""
}
