package guard

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func addr(t *testing.T, s string) netip.Addr {
	t.Helper()
	a, err := netip.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestConnect(t *testing.T) {
	g := New(Config{Sessions: 3, AddrSessions: 2})
	steps := []struct {
		addr string
		want error
	}{
		{"2001:db8::1", nil},
		{"2001:db8::2", nil},
		{"2001:db8::3", ErrFullAddr}, // the same /64
		{"192.0.2.1", nil},
		{"192.0.2.2", ErrFull},
	}
	var releases []func()
	for _, s := range steps {
		release, err := g.Connect(addr(t, s.addr))
		if !errors.Is(err, s.want) {
			t.Errorf("Connect(%s) = %v, want %v", s.addr, err, s.want)
		}
		if err == nil {
			releases = append(releases, release)
		}
	}
	releases[0]()
	releases[0]() // counts once
	for _, s := range []struct {
		addr string
		want error
	}{{"::ffff:192.0.2.1", nil}, {"192.0.2.9", ErrFull}} {
		if _, err := g.Connect(addr(t, s.addr)); !errors.Is(err, s.want) {
			t.Errorf("after a release, Connect(%s) = %v, want %v", s.addr, err, s.want)
		}
	}
}

func TestLimits(t *testing.T) {
	g := New(Config{User: Limits{Idle: -1, Depth: -1, Rate: 5}})
	got := g.Limits(Limits{Rate: 7, Tries: -1})
	want := Limits{Rate: 7, Idle: forever, LoginTime: time.Minute, Tries: math.MaxInt, Line: 8<<10 + 64, Depth: math.MaxInt}
	if got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}

func TestEnter(t *testing.T) {
	g := New(Config{User: Limits{Sessions: 2}})
	one := Limits{Sessions: 1}
	release, err := g.Enter("ann", one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Enter("ann", one); !errors.Is(err, ErrFullUser) {
		t.Errorf("a second session of one: %v", err)
	}
	release()
	for i := range 3 {
		_, err := g.Enter("bob", Limits{})
		if want := i == 2; errors.Is(err, ErrFullUser) != want {
			t.Errorf("session %d of the two that all may have: %v", i+1, err)
		}
	}
}

func TestFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{
			Delay: time.Second, MaxDelay: 4 * time.Second, Failures: 4, Within: time.Hour, Ban: time.Hour, MaxBan: 3 * time.Hour,
			Own: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		})
		bad, own := addr(t, "2001:db8::1"), addr(t, "10.1.2.3")
		for i, want := range []time.Duration{1, 2, 4, 4} {
			if _, banned := g.Banned(bad); banned {
				t.Errorf("banned after %d failures", i)
			}
			if got := g.Failed(bad); got != want*time.Second {
				t.Errorf("failure %d waits %s, want %ds", i+1, got, want)
			}
			if got := g.Failed(own); got != time.Second {
				t.Errorf("failure %d of one's own network waits %s", i+1, got)
			}
		}
		if _, err := g.Connect(addr(t, "2001:db8::ffff")); !errors.Is(err, ErrBanned) {
			t.Errorf("another address of the /64 connects: %v", err)
		}
		if _, err := g.Connect(own); err != nil {
			t.Errorf("one's own network: %v", err)
		}
		for _, hours := range []time.Duration{1, 2, 3} { // the ban doubles up to its limit
			until, ok := g.Banned(bad)
			if want := time.Now().Add(hours * time.Hour); !ok || !until.Equal(want) {
				t.Errorf("banned until %s, %t; want %s", until, ok, want)
			}
			time.Sleep(hours * time.Hour)
			if _, ok := g.Banned(bad); ok {
				t.Errorf("still banned after %d hours", hours)
			}
			for range 4 {
				g.Failed(bad)
			}
		}
		if got := fmt.Sprint(g.Bans()[0].Addr); got != "2001:db8::/64" {
			t.Errorf("the ban is of %s", got)
		}
		if !g.Unban(bad) || g.Unban(bad) || len(g.Bans()) != 0 {
			t.Error("a ban is undone once")
		}
		if !g.Ban(bad, time.Minute) || g.Ban(own, time.Minute) {
			t.Error("a ban by hand is of strangers only")
		}
	})
}

// TestFlood shows that what a guard remembers of strangers is bounded, and that a ban outlives a flood.
func TestFlood(t *testing.T) {
	g := New(Config{Failures: 2})
	bad := addr(t, "192.0.2.1")
	g.Failed(bad)
	g.Failed(bad)
	for i := range 4 * maxFailures {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.Failed(a)
		if release, err := g.Connect(a); err == nil {
			release()
		}
	}
	if n := len(g.failures.young) + len(g.failures.old); n > 2*maxFailures {
		t.Errorf("%d addresses are remembered", n)
	}
	if len(g.addrs.of) != 0 || g.sessions != 0 {
		t.Errorf("%d addresses and %d sessions are counted", len(g.addrs.of), g.sessions)
	}
	if _, ok := g.Banned(bad); !ok {
		t.Error("a flood undid a ban")
	}
	for i := range 2 * maxBans {
		g.Ban(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), time.Hour)
	}
	if n := len(g.bans); n > maxBans {
		t.Errorf("%d bans are kept", n)
	}
}

func TestPace(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		own    Limits
		up     bool
		bytes  int
		want   time.Duration
	}{
		{"none", Config{}, Limits{}, false, 1 << 30, 0},
		{"session", Config{}, Limits{SessionRate: 1000}, false, 5000, 4 * time.Second},
		{"user", Config{}, Limits{Rate: 2000, SessionRate: 8000}, false, 10000, 4 * time.Second},
		{"address", Config{AddrRateUp: 500}, Limits{RateUp: 4000}, true, 1500, 2 * time.Second},
		{"all", Config{Rate: 100}, Limits{}, false, 300, 2 * time.Second},
		{"other direction", Config{Rate: 100}, Limits{}, true, 1 << 30, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := New(test.config)
				a := addr(t, "192.0.2.1")
				if _, err := g.Connect(a); err != nil {
					t.Fatal(err)
				}
				if _, err := g.Enter("ann", test.own); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				if err := g.Pace("ann", a, test.own).Wait(t.Context(), test.bytes, test.up); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(start).Round(time.Millisecond); got != test.want {
					t.Errorf("%d bytes took %s, want %s", test.bytes, got, test.want)
				}
			})
		})
	}
}

// TestPaceShared shows that two sessions of an address share its rate, and that one who comes back finds no fresh burst.
func TestPaceShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{AddrRate: 1000})
		a := addr(t, "192.0.2.1")
		start := time.Now()
		for range 5 {
			release, err := g.Connect(a)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.Pace("ann", a, Limits{}).Wait(t.Context(), 1000, false); err != nil {
				t.Fatal(err)
			}
			release()
		}
		if got := time.Since(start).Round(time.Millisecond); got != 4*time.Second {
			t.Errorf("5 sessions with 1000 bytes each took %s", got)
		}
		time.Sleep(2 * linger)
		for _, s := range []string{"192.0.2.2", "192.0.2.3"} {
			release, err := g.Connect(addr(t, s))
			if err != nil {
				t.Fatal(err)
			}
			release()
		}
		if len(g.addrs.of) != 2 {
			t.Errorf("%d addresses are kept, want the two that just left", len(g.addrs.of))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Pace("ann", addr(t, "192.0.2.2"), Limits{}).Wait(ctx, 1<<20, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait that is cut ends with %v", err)
		}
	})
}
