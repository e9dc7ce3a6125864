package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"slices"
	"time"

	"trawl/ftpd/wholefile"
)

// keptBans is the file of the bans, as JSON:
//
//	{"version":1,
//	 "bans":[{"address":"192.0.2.7/32","until":"2026-11-30T07:00:00Z","failed":10}],
//	 "before":[{"address":"192.0.2.7/32","bans":3,"last":"2026-11-30T06:50:00Z"}]}
//
// A file without "before" is one of an older trawl, which leaves it out when it reads.
type keptBans struct {
	Version int          `json:"version"`
	Bans    []keptBan    `json:"bans"`
	Before  []keptBefore `json:"before,omitempty"`
}

// keptBan is a Ban.
type keptBan struct {
	Address netip.Prefix `json:"address"`
	Until   time.Time    `json:"until"`
	Failed  int          `json:"failed"` // 0: by hand
}

// keptBefore says how often the failed logins of an address have led to a ban, by which the next one is longer.
type keptBefore struct {
	Address netip.Prefix `json:"address"`
	Bans    int          `json:"bans"`
	Last    time.Time    `json:"last"` // failed login
}

// keptVersion is the version of the file.
const keptVersion = 1

// Load takes over the bans of a file that Keep has written, but for those that have ended, and how often each address was banned.
// Without a file there are no bans. If the error is not nil, it took none.
func (g *Guard) Load(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read bans: %w", err)
	}
	var kept keptBans
	if err := json.Unmarshal(text, &kept); err != nil {
		return fmt.Errorf("read bans of %s: %w", file, err)
	}
	if kept.Version != keptVersion {
		return fmt.Errorf("read bans of %s: it has version %d, and this trawl knows %d", file, kept.Version, keptVersion)
	}
	if bad, ok := kept.foreign(); ok {
		return fmt.Errorf("read bans of %s: %q is no address that can be banned", file, bad)
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, ban := range kept.Bans {
		if now.Before(ban.Until) {
			g.bans.add(ban.Address.Addr(), Ban{Addr: ban.Address, Until: ban.Until, Failed: ban.Failed}, now)
		}
	}
	for _, before := range kept.Before {
		g.failures.set(before.Address.Addr(), failure{last: before.Last, bans: before.Bans})
	}
	return nil
}

// foreign returns an address that Keep does not write, if there is one.
func (k *keptBans) foreign() (netip.Prefix, bool) {
	var all []netip.Prefix
	for _, ban := range k.Bans {
		all = append(all, ban.Address)
	}
	for _, before := range k.Before {
		all = append(all, before.Address)
	}
	i := slices.IndexFunc(all, func(p netip.Prefix) bool { return !p.IsValid() || p != prefix(Counted(p.Addr())) })
	if i < 0 {
		return netip.Prefix{}, false
	}
	return all[i], true
}

// The pauses of Keep.
const (
	keepAgain = time.Second // between two writes: an attack bans many
	keepRetry = time.Minute // after a write that failed
)

// Keep writes the bans to a file soon after each change, until ctx is done, and then once more if there was another.
func (g *Guard) Keep(ctx context.Context, file string, log *slog.Logger) {
	for {
		select {
		case <-g.changed:
		case <-ctx.Done():
			select {
			case <-g.changed:
				g.keep(file, log)
			default:
			}
			return
		}
		pause := keepAgain
		if !g.keep(file, log) {
			g.change()
			pause = keepRetry
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// keep writes the bans. It reports whether it could.
func (g *Guard) keep(file string, log *slog.Logger) bool {
	kept := keptBans{Version: keptVersion, Bans: []keptBan{}}
	for _, ban := range g.Bans() {
		kept.Bans = append(kept.Bans, keptBan{ban.Addr, ban.Until.UTC(), ban.Failed})
	}
	for k, f := range g.banned() {
		kept.Before = append(kept.Before, keptBefore{prefix(k), f.bans, f.last.UTC()})
	}
	slices.SortFunc(kept.Before, func(a, b keptBefore) int { return a.Last.Compare(b.Last) })
	text, err := json.Marshal(kept)
	if err == nil {
		err = wholefile.Write(file, append(text, '\n'))
	}
	if err != nil {
		log.Warn("the bans are not kept", "err", err)
	}
	return err == nil
}

// banned returns what is remembered of the addresses whose failed logins have led to a ban.
func (g *Guard) banned() map[netip.Addr]failure {
	now, all := time.Now(), map[netip.Addr]failure{}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, generation := range []map[netip.Addr]failure{g.failures.old, g.failures.young} { // the young one holds what is newer
		maps.Copy(all, generation)
	}
	maps.DeleteFunc(all, func(_ netip.Addr, f failure) bool { return f.since(now).bans == 0 })
	return all
}

// change says that the bans have changed.
func (g *Guard) change() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}
