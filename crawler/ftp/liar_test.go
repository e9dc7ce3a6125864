package ftp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// patience is how a test bounds what a lying server may take.
var patience = ftp.Limits{
	Silence: 2 * time.Second, Watchdog: 40 * time.Second, Listing: 8 << 20, Tree: 8 << 20, File: 8 << 20,
}

// patienceWith is less for who says nothing anyway.
func patienceWith(lie ftptest.Lie) ftp.Limits {
	limits := patience
	if strings.HasPrefix(string(lie), "hangs") {
		limits.Silence = 750 * time.Millisecond
	}
	return limits
}

// TestLies shows for each lie how connecting and each way of listing end.
func TestLies(t *testing.T) {
	const whole = ftptest.LiarDirs + 1 // listings of an honest crawl
	good := fmt.Sprintf("%d complete", whole)
	for _, tt := range []struct {
		lie     ftptest.Lie
		connect error
		ways    map[string]string // by way: how it ends
	}{
		{ftptest.Honest, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.HangGreeting, crawler.ErrDown, nil},
		{ftptest.HangUser, crawler.ErrGone, nil},
		{ftptest.HangPass, crawler.ErrGone, nil},
		{ftptest.HangFeat, nil, map[string]string{"LIST -lR": good, "LIST": good}},
		{ftptest.HangType, nil, nil},
		{ftptest.Drip, crawler.ErrDown, nil},
		{ftptest.Garbage, crawler.ErrDown, nil},
		{ftptest.EndlessReply, crawler.ErrDown, nil},
		{ftptest.EndlessWait, crawler.ErrDown, nil},
		{ftptest.HangLine, crawler.ErrDown, nil},
		{ftptest.HangPassive, nil, map[string]string{"LIST -lR": "lost", "STAT": good, "MLSD": "lost", "LIST": "lost"}},
		{ftptest.HangList, nil, map[string]string{"LIST -lR": "lost"}},
		{ftptest.HangData, nil, map[string]string{"LIST -lR": "lost"}},
		{ftptest.HangEnd, nil, map[string]string{"LIST -lR": good}},
		{ftptest.DropData, nil, map[string]string{"LIST -lR": "lost"}},
		{ftptest.EndlessList, nil, map[string]string{"LIST -lR": "broken"}},
		{ftptest.EndFirst, nil, map[string]string{"LIST -lR": good, "MLSD": good, "LIST": good}},
		{ftptest.EndTwice, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.EndThrice, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.EndOnly, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.LongReply, nil, map[string]string{"LIST -lR": "broken", "STAT": good, "MLSD": "broken"}},
		{ftptest.EndlessChatter, nil, map[string]string{"LIST -lR": "broken", "MLSD": "broken", "LIST": "broken"}},
		{ftptest.EndlessFeat, nil, map[string]string{"LIST -lR": good, "LIST": good}},
		{ftptest.RefuseLogin, crawler.ErrLogin, nil},
		{ftptest.ControlPassive, nil, map[string]string{"MLSD": "lost"}},
		{ftptest.WideXZ, nil, map[string]string{"ls-lR.xz": "broken", "STAT": good}},
		{ftptest.WideZstd, nil, map[string]string{"ls-lR.zst": "broken", "STAT": good}},
		{ftptest.BombXZ, nil, map[string]string{"ls-lR.xz": "broken", "STAT": good}},
		{ftptest.BombZstd, nil, map[string]string{"ls-lR.zst": "broken", "STAT": good}},
		{ftptest.HalfList, nil, map[string]string{"ls-lR.gz": "broken", "STAT": good}},
		{ftptest.ForeignRoots, nil, map[string]string{"ls-lR.gz": "broken", "STAT": good}},
		{ftptest.GarbageTLS, crawler.ErrGone, nil},
		{ftptest.HangTLS, crawler.ErrGone, nil},
		{ftptest.GarbageDataTLS, nil, map[string]string{"STAT": good, "MLSD": "lost", "LIST -lR": "lost"}},
		{ftptest.HangDataTLS, nil, map[string]string{"STAT": good, "MLSD": "lost", "LIST -lR": "lost"}},
		{ftptest.BusyTenth, nil, map[string]string{"STAT": "busy"}},
		{ftptest.Truncates, nil, map[string]string{"STAT": "10 complete", "MLSD": "11 complete", "LIST": "10 complete"}},
		{ftptest.ChangesDialect, nil, map[string]string{"LIST": good, "MLSD": good}},
		{ftptest.LongName, nil, map[string]string{"LIST": "21 unparsed", "MLSD": "21 unparsed"}},
		{ftptest.ForeignPassive, nil, map[string]string{"LIST -lR": good, "MLSD": good, "LIST": good}},
		{ftptest.NoRecursion, nil, map[string]string{"LIST -lR": "broken", "MLSD": good}},
		{ftptest.Bomb, nil, map[string]string{"ls-lR.gz": "broken", "STAT": good}},
		{ftptest.Swallows, nil, map[string]string{"LIST -lR": good, "MLSD": good, "LIST": good}},
		{ftptest.BusyLogin, nil, map[string]string{"MLSD": good}},
		{ftptest.WantsAccount, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.WantsPRET, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.RefusesPRET, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.WantsManners, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.DeadEPSV, nil, map[string]string{"LIST -lR": good, "STAT": good, "MLSD": good, "LIST": good}},
		{ftptest.FicklePasv, nil, map[string]string{"LIST -lR": good, "MLSD": good, "LIST": good}},
	} {
		t.Run(string(tt.lie), func(t *testing.T) {
			t.Parallel()
			liar := ftptest.StartLiar(t, tt.lie)
			srv, err := reach(t, liar, patienceWith(tt.lie), tt.lie.Encrypted())
			if !errors.Is(err, tt.connect) {
				t.Fatalf("connect: %v, want %v", err, tt.connect)
			}
			for name, want := range tt.ways {
				ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
				defer cancel()
				got, err := walk(ctx, wayOf(t, srv, name))
				if outcome := summary(got, err); outcome != want {
					t.Errorf("%s: %s, want %s (%v)", name, outcome, want, err)
				}
			}
		})
	}
}

// reach connects to a liar by four connections, over TLS or not.
func reach(t *testing.T, liar *ftptest.Liar, limits ftp.Limits, encrypted bool) (crawler.Server, error) {
	t.Helper()
	host := index.Host{ID: index.HostID("ftp://" + liar.Addr + "/"), Settings: index.Settings{Connections: 4}}
	if encrypted {
		host.Settings.TLS, host.Settings.Pin = "explicit", liar.Pin()
	}
	start := time.Now()
	srv, err := (&ftp.Source{Limits: limits}).Connect(t.Context(), host, nil)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("connecting took %s", took)
	}
	if err == nil {
		t.Cleanup(func() { _ = srv.Close() })
	}
	return srv, err
}

// summary says how a walk ended: the error's kind, or how many listings came in
// the worst state.
func summary(got map[index.Path]index.Listing, err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{{crawler.ErrBroken, "broken"}, {crawler.ErrBusy, "busy"}, {crawler.ErrTrust, "not trusted"}, {crawler.ErrGone, "lost"}} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	if err != nil {
		return err.Error()
	}
	count := map[index.State]int{}
	worst := index.Complete
	for _, l := range got {
		count[l.State]++
		worst = max(worst, l.State)
	}
	return fmt.Sprintf("%d %s", count[worst], worst)
}

// TestLiesInTheMiddle lists a directory of servers that break off: what came is
// handed over as truncated, and the error says what to do next.
func TestLiesInTheMiddle(t *testing.T) {
	for _, tt := range []struct {
		lie  ftptest.Lie
		want error
	}{
		{ftptest.HangData, crawler.ErrBroken}, // MLSD has listed nothing here, so LIST is next
		{ftptest.HangEnd, crawler.ErrGone},
		{ftptest.DropData, crawler.ErrGone},
		{ftptest.DropControl, crawler.ErrGone},
		{ftptest.EndlessList, crawler.ErrBroken},
	} {
		t.Run(string(tt.lie), func(t *testing.T) {
			t.Parallel()
			srv, err := reach(t, ftptest.StartLiar(t, tt.lie), patienceWith(tt.lie), false)
			if err != nil {
				t.Fatal(err)
			}
			var got []index.Listing
			start := time.Now()
			err = wayOf(t, srv, "MLSD").List(t.Context(), "/", func(l index.Listing) error {
				got = append(got, l)
				return nil
			})
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if len(got) == 0 || got[len(got)-1].State != index.Truncated || got[len(got)-1].Why == "" {
				t.Errorf("handed over %d listings, the last is not truncated: %v", len(got), err)
			}
		})
	}
}

// TestCertificateChanges finds another certificate on the second connection.
func TestCertificateChanges(t *testing.T) {
	liar := ftptest.StartLiar(t, ftptest.ChangesCert)
	host := index.Host{ID: index.HostID("ftp://" + liar.Addr + "/")}
	host.Settings = index.Settings{TLS: "explicit", Pin: liar.Pin()}
	src := &ftp.Source{Limits: patience}
	srv, err := src.Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := walk(t.Context(), wayOf(t, srv, "STAT"))
	if outcome := summary(got, err); outcome != "21 complete" {
		t.Errorf("over the first connection: %s (%v)", outcome, err)
	}
	_ = srv.Close()
	if _, err := src.Connect(t.Context(), host, nil); !errors.Is(err, crawler.ErrTrust) || !strings.Contains(err.Error(), "pin the new one") {
		t.Errorf("over the second: %v, want ErrTrust", err)
	}
}

// TestLastConnection loses the only connection while many commands are under way on it.
func TestLastConnection(t *testing.T) {
	liar := ftptest.StartLiar(t, ftptest.BusyTenth)
	host := index.Host{ID: index.HostID("ftp://" + liar.Addr + "/"), Settings: index.Settings{Connections: 1}}
	srv, err := (&ftp.Source{Limits: patience}).Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	got, err := walk(ctx, wayOf(t, srv, "STAT"))
	// The one that got 421 fails, the others are asked again.
	if outcome := summary(got, err); outcome != "busy" || len(got) != ftptest.LiarDirs {
		t.Errorf("%d directories, %s (%v)", len(got), outcome, err)
	}
}

// TestWatchdog ends a listing that never falls silent, nor comes to an end.
func TestWatchdog(t *testing.T) {
	limits := patience
	limits.Watchdog = time.Second
	srv, err := reach(t, ftptest.StartLiar(t, ftptest.DripData), limits, false)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var last index.Listing
	err = wayOf(t, srv, "LIST -lR").Tree(t.Context(), "/", func(l index.Listing) error { last = l; return nil })
	if !errors.Is(err, crawler.ErrBroken) || !strings.Contains(err.Error(), "no end after 1s") || last.State != index.Truncated {
		t.Errorf("%s %q, %v", last.State, last.Why, err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
