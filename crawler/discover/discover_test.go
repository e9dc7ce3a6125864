package discover

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/gopher"
	"trawl/crawler/sftp"
	"trawl/index"
	"trawl/index/indextest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// finder finds hosts of all sources.
func finder() *Finder {
	return New(crawler.Schemes(&ftp.Source{}, &sftp.Source{}, &gopher.Source{}))
}

// ids returns the identities of hosts, one a line.
func ids(hosts []Host) string {
	var b strings.Builder
	for _, h := range hosts {
		b.WriteString(string(h.ID) + "\n")
	}
	return b.String()
}

func lists() []struct{ name, list, want string } {
	return []struct{ name, list, want string }{
		{"debian", `Site: ftp.de.debian.org
Country: DE Germany
Archive-ftp: /debian/
Archive-http: /debian/
Archive-rsync: debian/

Site: http.only.org
Archive-http: /debian/

Site: cd.example.org
CDImage-ftp: /cds/
`, "ftp://ftp.de.debian.org/debian/\nftp://cd.example.org/cds/\n"},
		{"cpan", `ftp.example.org:
  frequency        = "daily"
  dst_ftp          = "ftp://ftp.example.org/pub/CPAN/"
  dst_http         = "http://ftp.example.org/CPAN/"
  dst_rsync        = "ftp.example.org::CPAN"
`, "ftp://ftp.example.org/pub/CPAN/\n"},
		{"apache", "# type cc url mail\nftp  us  ftp://apache.example.net/apache.org/ root@example.net 20240101\nhttp us http://x.org/ a@b\n", "ftp://apache.example.net/apache.org/\n"},
		{"urls", "ftp://a.org/pub/file.iso ftp://b.org/pub\nftp://a.org/pub/\nSFTP://me:secret@c.org:2222\n", "ftp://a.org/pub/\nftp://b.org/pub/\nsftp://c.org:2222/\n"},
		{"names", "ftp.example.org\nh.org/pub\nhello\nnot a name.\nexample.org:2121\n", "ftp://ftp.example.org/\nftp://h.org/pub/\nftp://example.org:2121/\n"},
		{"html", `<ul><li><a href="ftp://h.org/pub/a%20b/?x=1&amp;y">FTP</a> <a href='gopher://g.org/'>g</a>`, "ftp://h.org/pub/a%20b/\ngopher://g.org/\n"},
		{"debian, other fields", "Site: a.org\nBackports-ftp: /b/\nArchive-ftp: ftp://c.org/d/\n\nArchive-ftp: /of/nobody/\n", "ftp://a.org/b/\nftp://c.org/d/\n"},
		{"table", "Country,URL,City\nDE,ftp://h.org/pub,Berlin\n\"AT\",\"ftp://i.org/pub/\",\"Wien\"\n|| Europe || [[ftp://j.org/|FTP]] ||", "ftp://h.org/pub/\nftp://i.org/pub/\nftp://j.org/\n"},
		{"xml", `<mirror><uri protocol="ftp" ipv4="y">ftp://h.org/gentoo/</uri></mirror>`, "ftp://h.org/gentoo/\n"},
		{"markdown", "* [FTP](ftp://h.org/gnu/) (or ftp://i.org/a(b)/)\n", "ftp://h.org/gnu/\nftp://i.org/a%28b%29/\n"},
		{"apt", "deb ftp://h.org/debian stable main\n", "ftp://h.org/debian/\n"},
		{"pacman", "## Worldwide\nServer = ftp://h.org/arch/$repo/os/$arch\n", "ftp://h.org/arch/\n"},
		{"openbsd", "ftp://h.org/pub/OpenBSD\tVienna, Austria\r\n", "ftp://h.org/pub/OpenBSD/\n"},
		{"addresses", "(ftp://[2001:db8::1]) ftp://[2001:db8::2]:2121/pub/. ftp://192.0.2.1/", "ftp://[2001:db8::1]/\nftp://[2001:db8::2]:2121/pub/\nftp://192.0.2.1/\n"},
		{"codes", "ftp://h.org/pub/;type=d ftp://i.org/a.txt;type=a\n", "ftp://h.org/pub/\nftp://i.org/\n"},
		{"bad", "ftp://::00\nftp:///pub\nftp://\x00/\nSite:\nArchive-ftp: /\n\x1b[2J\nftp://h.org/\x1b[2J\n", "ftp://h.org/\n"},
	}
}

func TestList(t *testing.T) {
	for _, test := range lists() {
		found, err := finder().List(strings.NewReader(test.list))
		if err != nil || ids(found) != test.want {
			t.Errorf("%s: got\n%swant\n%s%v", test.name, ids(found), test.want, err)
		}
	}
}

func FuzzList(f *testing.F) {
	for _, test := range lists() {
		f.Add(test.list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		found, _ := finder().List(strings.NewReader(list))
		for _, h := range append(found, finder().fromURLs(list, "fuzz")...) {
			again, _, _, err := finder().schemes.Parse(string(h.ID))
			if err != nil || again != h.ID {
				t.Errorf("%q is not the identity of a host: %q, %v", h.ID, again, err)
			}
		}
	})
}

func TestTexts(t *testing.T) {
	lib := indextest.NewBrute()
	const host = index.HostID("ftp://h.org/")
	ctx := t.Context()
	if err := lib.Update(ctx, host, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{
		"README": "Mirrors: ftp://m.org/pub/x.tar.gz, <ftp://n.org:2121/>; and\nftp://192.168.1.1/ ftp://localhost/ ftp://disk.local/ ftp://127.1/ ftp://0177.0.0.1/ ftp://0x7f.0.0.1/ ftp://10.0x1/",
		"INDEX":  "see http://w.org and (ftp://m.org/other/)",
		"about":  "Also at sftp://o.org:2222/srv and",
		"NEWS":   "gopher://p.org/1/news, ftps://q.org",
	}
	c, err := lib.Begin(ctx, host, true)
	if err != nil {
		t.Fatal(err)
	}
	var l index.Listing
	l.Dir = "/"
	for name, body := range bodies {
		l.Entries = append(l.Entries, index.Entry{Name: name, Size: int64(len(body))})
	}
	if err := c.Put(ctx, l); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
	for name, body := range bodies {
		if err := lib.PutText(ctx, index.Text{Host: host, Path: index.Path("/").Join(name), Size: int64(len(body)), Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := finder().Texts(ctx, lib)
	slices.SortFunc(found, func(a, b Host) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if want := "ftp://m.org/\nftp://n.org:2121/\nftps://q.org/\ngopher://p.org/\nsftp://o.org:2222/\n"; err != nil || ids(found) != want {
		t.Errorf("got\n%swant\n%s%v", ids(found), want, err)
	}
}

func TestSRV(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		switch q.Question[0].Name {
		case "_ftp._tcp.example.org.":
			for _, line := range []string{
				"_ftp._tcp.example.org. 10 IN SRV 10 0 2121 b.example.org.",
				"_ftp._tcp.example.org. 10 IN SRV 5 0 21 a.example.org.",
			} {
				rr, _ := dns.NewRR(line)
				a.Answer = append(a.Answer, rr)
			}
		case "_gopher._tcp.example.org.":
			rr, _ := dns.NewRR("_gopher._tcp.example.org. 10 IN SRV 0 0 0 .")
			a.Answer = append(a.Answer, rr)
		default:
			a.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(a)
	})}
	go func() { _ = server.ActivateAndServe() }()
	defer func() { _ = server.Shutdown() }()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	found, err := finder().SRV(t.Context(), r, "example.org")
	if want := "ftp://a.example.org/\nftp://b.example.org:2121/\n"; err != nil || ids(found) != want {
		t.Errorf("got\n%swant\n%s%v", ids(found), want, err)
	}
	if found, err := finder().SRV(t.Context(), r, "nothing.org"); err != nil || len(found) != 0 {
		t.Errorf("a domain that names none: %v, %v", found, err)
	}
}
