package discover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"

	"github.com/miekg/dns"
)

// records are what a host on the local network announces.
func records(t *testing.T) []dns.RR {
	t.Helper()
	var all []dns.RR
	for _, line := range []string{
		`_ftp._tcp.local. 10 IN PTR My\ Disk._ftp._tcp.local.`,
		`My\ Disk._ftp._tcp.local. 10 IN SRV 0 0 21 disk.local.`,
		`My\ Disk._ftp._tcp.local. 10 IN TXT "path=/my share" "u=guest"`,
		`disk.local. 10 IN AAAA fd77::9`,
		`disk.local. 10 IN A 192.168.7.9`,
		`other.local. 10 IN AAAA fe80::9`,
		`caf\195\169._sftp-ssh._tcp.local. 10 IN SRV 0 0 2222 other.local.`,
		`printer._ipp._tcp.local. 10 IN SRV 0 0 631 printer.local.`,
	} {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	return all
}

// respond answers the queries that come to conn until it is closed: those for which
// answer is true, with what it puts into a, after noise if there is any.
func respond(conn *net.UDPConn, noise string, answer func(q, a *dns.Msg) bool) {
	buf := make([]byte, 9000)
	for {
		n, from, err := conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		var q, a dns.Msg
		a.Response = true
		if q.Unpack(buf[:n]) != nil || !answer(&q, &a) {
			continue
		}
		if packet, err := a.Pack(); err == nil {
			if noise != "" {
				_, _ = conn.WriteTo([]byte(noise), from)
			}
			_, _ = conn.WriteTo(packet, from)
		}
	}
}

// hear returns what browse hears on this machine.
func hear(ctx context.Context, conn net.PacketConn, ask func([]byte) error) ([]Host, error) {
	answers := lanRecords{finder: finder()}
	err := browse(ctx, conn, home(), &answers, ask)
	return answers.hosts(), err
}

// TestLAN asks a responder that says all at once, among noise.
func TestLAN(t *testing.T) {
	responder, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer responder.Close()
	all := records(t)
	go respond(responder, "noise", func(q, a *dns.Msg) bool {
		a.Answer, a.Extra = all[:1], all[1:]
		return len(q.Question) == len(finder().services())
	})
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	found, err := hear(ctx, conn, func(q []byte) error {
		_, err := conn.WriteTo(q, responder.LocalAddr())
		return err
	})
	if want := "ftp://192.168.7.9/my%20share/\nsftp://other.local:2222/\n"; err != nil || ids(found) != want {
		t.Fatalf("got\n%swant\n%s%v", ids(found), want, err)
	}
	if found[0].Name != "My Disk" || found[1].Name != "caf\u00e9" {
		t.Errorf("%+v", found)
	}
}

// TestLANTerse asks a responder that answers nothing but what it is asked, and says
// goodbye for a service that ends.
func TestLANTerse(t *testing.T) {
	responder, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer responder.Close()
	var all []dns.RR
	for _, line := range []string{
		`_ftp._tcp.local. 10 IN PTR Disk._ftp._tcp.local.`,
		`_ftp._tcp.local. 0 IN PTR Gone._ftp._tcp.local.`,
		`Disk._ftp._tcp.local. 10 IN SRV 0 0 2121 disk.local.`,
		`Disk._ftp._tcp.local. 10 IN TXT "path=/pub"`,
		`disk.local. 10 IN A 10.9.9.9`,
		`disk.local. 10 IN A 127.0.0.1`,
		`disk.local. 10 IN A 10.8.8.8`,
	} {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	go respond(responder, "", func(q, a *dns.Msg) bool {
		for _, question := range q.Question {
			for _, rr := range all {
				if rr.Header().Name == question.Name && rr.Header().Rrtype == question.Qtype {
					a.Answer = append(a.Answer, rr)
				}
			}
			if strings.HasPrefix(question.Name, "Gone") {
				t.Errorf("asked for %s", question.Name)
			}
		}
		return true
	})
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*askAgain+3*time.Second)
	defer cancel()
	found, err := hear(ctx, conn, func(q []byte) error {
		_, err := conn.WriteTo(q, responder.LocalAddr())
		return err
	})
	if want := "ftp://127.0.0.1:2121/pub/\n"; err != nil || ids(found) != want {
		t.Fatalf("got\n%swant\n%s%v", ids(found), want, err)
	}
}

// TestAvahi asks a real responder over real multicast: in a network of two machines,
// one of which has more to say than one packet holds; of IPv4, and of IPv6 alone.
func TestAvahi(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ near, far, at string }{
		"IPv4": {"192.168.77.1/24", "192.168.77.9/24", "192.168.77.9"},
		"IPv6": {"fd77::1/64", "fd77::9/64", "[fd77::9]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			askAvahi(t, tt.near, tt.far, tt.at)
		})
	}
}

// askAvahi asks from one address what is at another, and wants to find it there.
func askAvahi(t *testing.T, near, far, at string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "services"), 0o755); err != nil {
		t.Fatal(err)
	}
	services := map[string]string{"files": `<name replace-wildcards="yes">Café %h</name>
		<service><type>_ftp._tcp</type><port>2121</port><txt-record>u=guest</txt-record><txt-record>path=/pub/a b</txt-record></service>
		<service><type>_sftp-ssh._tcp</type><port>22</port></service>
		<service><type>_gopher._tcp</type><port>70</port></service>
		<service><type>_http._tcp</type><port>80</port></service>`}
	want := "ftp://" + at + ":2121/pub/a%20b/ Café disk\n"
	for i := range 100 {
		services[fmt.Sprint(i)] = fmt.Sprintf("<name>Archive number %d</name><service><type>_ftp._tcp</type><port>%d</port></service>", i, 3000+i)
		want += fmt.Sprintf("ftp://%s:%d/ Archive number %d\n", at, 3000+i, i)
	}
	want += "gopher://" + at + "/ Café disk\nsftp://" + at + "/ Café disk\n"
	for name, group := range services {
		write(t, filepath.Join(dir, "services", name+".service"), "<service-group>"+group+"</service-group>")
	}
	write(t, filepath.Join(dir, "avahi.conf"), "[server]\nhost-name=disk\nenable-dbus=no\n[publish]\npublish-hinfo=no\npublish-workstation=no\n")
	out, err := onLAN(t, dir, near, far).CombinedOutput()
	_, got, _ := strings.Cut(string(out), "found:\n")
	got, _, _ = strings.Cut(got, "PASS")
	if err != nil || got != want {
		log, _ := os.ReadFile(filepath.Join(dir, "avahi.log"))
		t.Errorf("got\n%s%v\nAvahi says\n%s", out, err, log)
	}
}

// onLAN runs TestOnLAN on a network of its own where Avahi announces what dir says.
func onLAN(t *testing.T, dir, near, far string) *exec.Cmd {
	t.Helper()
	avahi := needs.Unpacked(t, "usr/sbin/avahi-daemon", "avahi-daemon")
	unshare := needs.Program(t, "unshare", "util-linux")
	needs.Program(t, "ip", "iproute2")
	needs.Program(t, "mount", "mount")
	needs.Program(t, "sh", "dash")
	args := []string{"--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "testdata/lan.sh", dir, avahi, near, far, os.Args[0], "-test.run", "^TestOnLAN$"}
	if os.Getuid() != 0 {
		args = append([]string{"--user", "--map-root-user"}, args...)
	}
	cmd := exec.CommandContext(t.Context(), unshare, args...)
	cmd.SysProcAttr = needs.Tied() // a test that is killed leaves none behind
	libraries, _ := filepath.Glob(filepath.Join(needs.Dir(), "usr/lib/*-linux-gnu"))
	cmd.Env = append(os.Environ(), "TRAWL_ON_LAN=1", "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	return cmd
}

// TestOnLAN is what onLAN runs: it asks, again while Avahi begins, and prints what it
// finds.
func TestOnLAN(t *testing.T) {
	if os.Getenv("TRAWL_ON_LAN") == "" {
		return
	}
	var found []Host
	for deadline := time.Now().Add(20 * time.Second); len(found) < 103 && time.Now().Before(deadline); {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		var err error
		if found, err = finder().LAN(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	}
	fmt.Println("found:")
	for _, h := range found {
		fmt.Println(h.ID, h.Name)
	}
}

func write(t *testing.T, name, body string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// home is the network that this machine alone is in.
func home() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// TestLANNear takes the word of neighbours alone.
func TestLANNear(t *testing.T) {
	near := append(home(), netip.MustParsePrefix("192.168.7.0/24"), netip.MustParsePrefix("fe80::/64"))
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "192.168.7.9": true, "::ffff:192.168.7.9": true, "fe80::1": true,
		"192.168.8.9": false, "8.8.8.8": false, "::ffff:8.8.8.8": false, "2001:db8::1": false,
	} {
		if got := within(near, netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
	if local, err := networks(); err != nil || !within(local, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("%v, %v", local, err)
	}
}

// TestLANFails asks over a connection that breaks: the error comes at once.
func TestLANFails(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	found, err := hear(t.Context(), broken{conn}, func([]byte) error { return nil })
	if !errors.Is(err, errBroken) || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// broken is a connection on which nothing comes.
type broken struct{ net.PacketConn }

var errBroken = errors.New("the network is down")

func (broken) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, errBroken }

// TestLANNoise hears records that are as large as can be: they are bounded in bytes.
func TestLANNoise(t *testing.T) {
	answers := lanRecords{finder: finder()}
	texts := make([]string, 200)
	for i := range texts {
		texts[i] = strings.Repeat("x", 250)
	}
	for i := range 1000 {
		m := &dns.Msg{Answer: []dns.RR{&dns.TXT{
			Hdr: dns.RR_Header{Name: fmt.Sprintf("n%d.local.", i), Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 10},
			Txt: texts,
		}}}
		m.Response = true
		packet, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		answers.add(packet, netip.MustParseAddr("127.0.0.1"))
	}
	if n := len(answers.list); n > mostBytes/50_000+1 || !answers.full() {
		t.Errorf("%d records of %d bytes are kept", n, answers.size)
	}
}
