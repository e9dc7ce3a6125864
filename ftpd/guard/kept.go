package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"trawl/ftpd/wholefile"
)

// keptBans is the file of the bans, as JSON:
//
//	{"version":1,"bans":[{"address":"192.0.2.7/32","until":"2026-11-30T07:00:00Z","failed":10}]}
type keptBans struct {
	Version int       `json:"version"`
	Bans    []keptBan `json:"bans"`
}

// keptBan is a Ban.
type keptBan struct {
	Address netip.Prefix `json:"address"`
	Until   time.Time    `json:"until"`
	Failed  int          `json:"failed"` // 0: by hand
}

// keptVersion is the version of the file.
const keptVersion = 1

// Load takes over the bans of a file that Keep has written, but for those that have ended. Where there is no file there are no bans.
// If the error is not nil, it took none.
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
	for _, ban := range kept.Bans {
		if !ban.Address.IsValid() || ban.Address != prefix(Counted(ban.Address.Addr())) {
			return fmt.Errorf("read bans of %s: %q is no address that can be banned", file, ban.Address)
		}
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, ban := range kept.Bans {
		if now.Before(ban.Until) {
			g.bans.add(ban.Address.Addr(), Ban{Addr: ban.Address, Until: ban.Until, Failed: ban.Failed}, now)
		}
	}
	return nil
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
	text, err := json.Marshal(kept)
	if err == nil {
		err = wholefile.Write(file, append(text, '\n'))
	}
	if err != nil {
		log.Warn("the bans are not kept", "err", err)
	}
	return err == nil
}

// change says that the bans have changed.
func (g *Guard) change() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}
