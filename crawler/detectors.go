package crawler

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// detectors find the directories of a host that links show again and again.
type detectors struct {
	seed        maphash.Seed // of fingerprints and hashes
	identities  *loops.Identities
	repetitions *loops.Repetitions
	links       *loops.Links
}

func newDetectors(l *link, live *pace.Liveness, budget *pace.Budget, host *notes) *detectors {
	seed := maphash.MakeSeed()
	identities := loops.NewIdentities(seed, budget)
	return &detectors{
		seed:        seed,
		identities:  identities,
		repetitions: loops.NewRepetitions(identifier(l, live), identities, host.log),
		links:       loops.NewLinks(seed, budget),
	}
}

// The bounds of questions to the server.
const (
	askTime = time.Minute // for the answers about one directory, beyond the wait for the pace
	asking  = 2           // commands it takes to ask about a directory
)

// identifier returns what asks the server to identify directories.
func identifier(l *link, live *pace.Liveness) loops.Ask {
	return func(ctx context.Context, dirs []index.Path) (idents []string, took time.Duration, err error) {
		server, _ := l.now()
		asked, ok := server.(Identifier)
		if !ok {
			return nil, 0, errors.ErrUnsupported
		}
		ctx, watch, wait := live.WatchFor(ctx, askTime, asking*len(dirs))
		defer watch.Close()
		began := live.Now()
		idents, err = asked.Identify(ctx, dirs)
		took = max(0, live.Now()-began-wait)
		if err != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return idents, took, err
	}
}
