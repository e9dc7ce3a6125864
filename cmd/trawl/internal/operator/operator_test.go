package operator

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"trawl/cmd/trawl/internal/status"
	"trawl/ftpd"
	"trawl/ftpd/guard"
)

// TestOperator holds both operators to the contract.
func TestOperator(t *testing.T) {
	config := guard.Config{Own: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	t.Run("local", func(t *testing.T) { contract(t, Local{new(ftpd.Sessions), guard.New(config)}) })
	t.Run("socket", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServe) {
			t.Errorf("nobody serves: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		l, err := Listen(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			served <- Serve(ctx, l, Local{new(ftpd.Sessions), guard.New(config)}, status.New("0.1.0", func() string { return "" }).Report)
		}()
		client, err := Dial(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		contract(t, client)
		client.Close()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func contract(t *testing.T, o Operator) {
	ctx := t.Context()
	if all, err := o.Sessions(ctx); err != nil || len(all) != 0 {
		t.Errorf("Sessions: %v, %v", all, err)
	}
	if err := o.Kick(ctx, 7); !errors.Is(err, ErrNoSession) {
		t.Errorf("Kick: %v", err)
	}
	stranger, own := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("10.1.2.3")
	if err := o.Ban(ctx, stranger, time.Hour); err != nil {
		t.Errorf("Ban: %v", err)
	}
	if err := o.Ban(ctx, own, time.Hour); !errors.Is(err, ErrOwn) {
		t.Errorf("Ban of one's own network: %v", err)
	}
	bans, err := o.Bans(ctx)
	if err != nil || len(bans) != 1 || bans[0].Addr.String() != "2001:db8::/64" || time.Until(bans[0].Until) < 59*time.Minute {
		t.Errorf("Bans: %v, %v", bans, err)
	}
	if err := o.Unban(ctx, stranger); err != nil {
		t.Errorf("Unban: %v", err)
	}
	if err := o.Unban(ctx, stranger); !errors.Is(err, ErrNoBan) {
		t.Errorf("Unban again: %v", err)
	}
}
