package visitor

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestProxies holds who a visitor is, with and without proxies that are trusted: nobody else can say anything about it.
func TestProxies(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	xff := Proxies{Networks: networks}
	fwd := Proxies{Networks: networks, Header: Forwarded}
	for _, tt := range []struct {
		proxies Proxies
		from    string
		headers string // NAME: VALUE|NAME: VALUE
		want    string // network and scheme
	}{
		// Without proxies, and from strangers, nothing is believed.
		{Proxies{}, "192.0.2.7:99", "", "192.0.2.7/32 http"},
		{Proxies{}, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1|X-Forwarded-Proto: https|Forwarded: for=198.51.100.1;proto=https", "10.0.0.1/32 http"},
		{xff, "192.0.2.7:99", "X-Forwarded-For: 198.51.100.1|X-Forwarded-Proto: https", "192.0.2.7/32 http"},
		{fwd, "192.0.2.7:99", "Forwarded: for=198.51.100.1;proto=https", "192.0.2.7/32 http"},
		{xff, "192.0.2.7:99", "X-Real-IP: 198.51.100.1|True-Client-IP: 198.51.100.1", "192.0.2.7/32 http"},

		// A proxy is believed in the header that it writes alone.
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1|X-Forwarded-Proto: https", "198.51.100.1/32 https"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1|X-Forwarded-Proto: gopher", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1|Forwarded: for=203.0.113.9;proto=https", "198.51.100.1/32 http"},
		{fwd, "10.0.0.1:99", "X-Forwarded-For: 203.0.113.9|X-Forwarded-Proto: https|Forwarded: for=198.51.100.1", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-Proto: https", "10.0.0.1/32 https"},

		// All before the first address that is no proxy is hearsay.
		{xff, "10.0.0.1:99", "X-Forwarded-For: 1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 1.1.1.1|X-Forwarded-For: 198.51.100.1|X-Forwarded-For: 10.0.0.2", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 1.1.1.1, 10.0.0.3, 198.51.100.1|X-Forwarded-Proto: https, http", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1, 10.0.0.2|X-Forwarded-Proto: https, http", "198.51.100.1/32 https"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1, 10.0.0.2|X-Forwarded-Proto: https", "198.51.100.1/32 https"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3/32 http"},
		{fwd, "10.0.0.1:99", `Forwarded: for=1.1.1.1, for="[2001:db8:1:2::3]:4711";proto=https, for=10.0.0.2`, "2001:db8:1:2::/64 https"},
		{fwd, "10.0.0.1:99", `Forwarded: for="1.1.1.1, For=198.51.100.1; PROTO=HTTPS; by=10.0.0.1`, "198.51.100.1/32 https"},

		// Rubbish is nobody.
		{xff, "10.0.0.1:99", "X-Forwarded-For: rubbish", "10.0.0.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1, unknown", "10.0.0.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: ,,,", "10.0.0.1/32 http"},
		{fwd, "10.0.0.1:99", "Forwarded: for=_hidden", "10.0.0.1/32 http"},
		{fwd, "10.0.0.1:99", "Forwarded: ;;;==", "10.0.0.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: " + strings.Repeat("1.1.1.1,", 20_000) + "198.51.100.1", "198.51.100.1/32 http"},

		// Forms of addresses.
		{xff, "10.0.0.1:99", "X-Forwarded-For: 198.51.100.1:4711", "198.51.100.1/32 http"},
		{xff, "[::1]:99", "X-Forwarded-For: [2001:db8::1]", "2001:db8::/64 http"},
		{xff, "[::ffff:10.0.0.1]:99", "X-Forwarded-For: ::ffff:198.51.100.1", "198.51.100.1/32 http"},
		{xff, "10.0.0.1:99", "X-Forwarded-For: fe80::1%eth0", "fe80::/64 http"},
		{Proxies{}, "[2001:db8:1:2:3::4]:99", "", "2001:db8:1:2::/64 http"},
		{Proxies{}, "[::1]:99", "", "::1/128 http"},
		{Proxies{}, "@", "", "::/64 http"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = tt.from
		for line := range strings.SplitSeq(tt.headers, "|") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Add(name, value)
			}
		}
		var got Visitor
		tt.proxies.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = Of(r)
			for _, name := range named() {
				if r.Header.Get(name) != "" {
					t.Errorf("%s from %s reaches the portal", name, tt.from)
				}
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
		if s := got.Household().String() + " " + got.Scheme(); s != tt.want {
			t.Errorf("%.80s from %s: %s, want %s", tt.headers, tt.from, s, tt.want)
		}
	}
}

// TestDirect asks for the visitor where no proxies are looked for: no header counts.
func TestDirect(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = "192.0.2.7:99"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	r.Header.Set("X-Forwarded-Proto", "https")
	if got := Of(r); got.Addr.String() != "192.0.2.7" || got.Secure {
		t.Errorf("in the clear: %+v", got)
	}
	r.TLS = new(tls.ConnectionState)
	if !Of(r).Secure {
		t.Error("over TLS: in the clear")
	}
}

func FuzzHop(f *testing.F) {
	for _, s := range []string{"198.51.100.1", "[2001:db8::1]:4711", `for="[::1]";proto=https`, "unknown", "_x", "1.2.3.4, 5.6.7.8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, header := range []Header{XForwardedFor, Forwarded} {
			p := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}, Header: header}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr = "10.0.0.1:99"
			r.Header["X-Forwarded-For"], r.Header["Forwarded"] = []string{s}, []string{s}
			if v := p.visitor(r); !v.Household().IsValid() || v.Addr.Zone() != "" {
				t.Errorf("%q: %+v", s, v)
			}
		}
	})
}
