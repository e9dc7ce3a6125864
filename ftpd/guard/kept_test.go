package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestKept takes bans over a restart: those by hand, those of failed logins, not those that were undone or have ended.
func TestKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bans.json")
	one := New(Config{Failures: 1})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		one.Keep(ctx, file, slog.New(slog.DiscardHandler))
	}()
	hand, guessed, undone, ended := addr(t, "2001:db8::1"), addr(t, "192.0.2.1"), addr(t, "192.0.2.2"), addr(t, "192.0.2.3")
	one.Ban(hand, time.Hour)
	one.Ban(undone, time.Hour)
	one.Ban(ended, time.Nanosecond)
	one.Failed(guessed)
	one.Unban(undone)
	cancel()
	<-done
	two := New(Config{})
	if err := two.Load(file); err != nil {
		t.Fatal(err)
	}
	if got := two.Bans(); len(got) != 2 || got[0].Addr != netip.MustParsePrefix("192.0.2.1/32") || got[0].Failed != 1 ||
		got[1].Addr != netip.MustParsePrefix("2001:db8::/64") || got[1].Failed != 0 || !got[1].Until.Equal(one.Bans()[1].Until) {
		t.Errorf("after a restart the bans are %v, were %v", got, one.Bans())
	}
	for a, want := range map[string]bool{"2001:db8::9": true, "192.0.2.1": true, "::ffff:192.0.2.1": true, "192.0.2.2": false, "192.0.2.3": false} {
		if _, got := two.Banned(addr(t, a)); got != want {
			t.Errorf("%s is banned: %t, want %t", a, got, want)
		}
	}
	if !two.Unban(hand) {
		t.Error("a ban of before a restart cannot be undone")
	}
}

// TestKeptBefore takes over a restart how often an address was banned: its next ban is as long as without one, also when the ban
// before has ended. A ban that lies a month back is forgotten.
func TestKeptBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "bans.json")
		config := Config{Failures: 1, Ban: time.Hour, MaxBan: 24 * time.Hour}
		often, undone, log := addr(t, "2001:db8::1"), addr(t, "192.0.2.2"), slog.New(slog.DiscardHandler)
		for _, want := range []struct {
			pause, ban time.Duration
		}{{0, time.Hour}, {2 * time.Hour, 2 * time.Hour}, {7 * 24 * time.Hour, 4 * time.Hour}, {31 * 24 * time.Hour, time.Hour}} {
			time.Sleep(want.pause)
			g := New(config)
			if err := g.Load(file); err != nil {
				t.Fatal(err)
			}
			g.Failed(often)
			g.Failed(undone)
			g.Unban(undone)
			bans := g.Bans()
			if len(bans) != 1 || !bans[0].Until.Equal(time.Now().Add(want.ban)) {
				t.Errorf("after a restart the bans are %v at %v, want one of %v", bans, time.Now(), want.ban)
			}
			if !g.keep(file, log) {
				t.Fatal("the bans are not kept")
			}
		}
	})
}

// TestLoadDamaged takes no ban from a file that is not as Keep writes it.
func TestLoadDamaged(t *testing.T) {
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	good := `{"version":1,"bans":[{"address":"192.0.2.1/32","until":"` + later + `","failed":0}]}`
	for _, tt := range []struct {
		text string
		want string // of the error
		bans int
	}{
		{good, "", 1},
		{`{"version":1,"bans":[]}`, "", 0},
		{"", "unexpected end", 0},
		{good[:len(good)-3], "unexpected end", 0},
		{strings.Replace(good, "]}", `,{"address":"192.0.2.0/24","until":"`+later+`"}]}`, 1), `"192.0.2.0/24" is no address`, 0},
		{strings.Replace(good, "]}", `,{"until":"`+later+`"}]}`, 1), "is no address", 0},
		{strings.Replace(good, "]}", `],"before":[{"address":"192.0.2.0/24","bans":1}]}`, 1), "is no address", 0},
		{strings.Replace(good, "]}", `],"before":[{"address":"192.0.2.9/32","bans":1000000000000000000,"last":"`+later+`"}]}`, 1), "", 1},
		{strings.Replace(good, "192.0.2.1/32", `\u001b[2J`, 1), "", 0},
		{strings.Replace(good, ":1,", ":2,", 1), "version 2", 0},
		{"\x00\x01", "invalid character", 0},
	} {
		file := filepath.Join(t.TempDir(), "bans.json")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		g := New(Config{})
		err := g.Load(file)
		if n := len(g.Bans()); n != tt.bans || (err == nil) != (tt.bans > 0 || strings.HasSuffix(tt.text, "[]}")) {
			t.Errorf("%q: %d bans, %v", tt.text, n, err)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.want) || strings.ContainsAny(err.Error(), "\n\x1b")) {
			t.Errorf("%q: %v, want a line with %q", tt.text, err, tt.want)
		}
	}
	if err := New(Config{}).Load(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

// TestNotKept goes on where the file cannot be written.
func TestNotKept(t *testing.T) {
	var log strings.Builder
	g := New(Config{})
	g.Ban(addr(t, "192.0.2.1"), time.Hour)
	if g.keep(filepath.Join(t.TempDir(), "none", "bans.json"), slog.New(slog.NewTextHandler(&log, nil))) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("logged %q", log.String())
	}
	if len(g.Bans()) != 1 {
		t.Error("the ban is gone")
	}
}
