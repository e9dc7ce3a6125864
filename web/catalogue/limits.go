package catalogue

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"time"

	"github.com/jellydator/ttlcache/v3"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Limits bound what a visitor costs besides transfers, which the gateway bounds. A visitor is an address, or a /64 of IPv6. Who
// goes beyond a limit waits, up to Patience. A zero field has the default that stands beside it.
type Limits struct {
	Searches     float64       // new searches a second; 1
	SearchBurst  int           // so many at once after a pause; 40
	Folders      float64       // folders that are read a second; 500
	FolderBurst  int           // 5000
	Patience     time.Duration // 10 s
	Results      int           // in a folder of a search; 2000
	Keep         time.Duration // folders and results are kept for so long; 1 min
	SearchBudget time.Duration // after which a search stops counting; index.DefaultBudget
}

func (l Limits) withDefaults() Limits {
	l.Searches = cmp.Or(l.Searches, 1)
	l.SearchBurst = cmp.Or(l.SearchBurst, 40)
	l.Folders = cmp.Or(l.Folders, 500)
	l.FolderBurst = cmp.Or(l.FolderBurst, 5000)
	l.Patience = cmp.Or(l.Patience, 10*time.Second)
	l.Results = cmp.Or(l.Results, 2000)
	l.Keep = cmp.Or(l.Keep, time.Minute)
	return l
}

// visitor is what one visitor may still do.
type visitor struct {
	searches *rate.Limiter
	folders  *rate.Limiter
	active   *semaphore.Weighted // searches and reads of folders at once
}

// The numbers of visitors that are remembered, and of what one does at once.
const (
	mostVisitors = 10_000
	mostActive   = 2
	remembered   = 10 * time.Minute // at least; a burst is there again by then
)

// visitors knows the visitors of late. All of them together take half of the cores at most. The rest is for
// searches on the portal and elsewhere.
type visitors struct {
	limits Limits
	known  *ttlcache.Cache[netip.Prefix, *visitor]
	cores  *semaphore.Weighted
}

func newVisitors(l Limits) *visitors {
	return &visitors{
		limits: l,
		known:  ttlcache.New(ttlcache.WithTTL[netip.Prefix, *visitor](remembered), ttlcache.WithCapacity[netip.Prefix, *visitor](mostVisitors)),
		cores:  semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))),
	}
}

// of returns the visitor at an address.
func (v *visitors) of(addr netip.Addr) *visitor {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() && !addr.IsLoopback() {
		bits = 64
	}
	who, _ := addr.Prefix(bits) // of no address, it is that of all who have none
	item, _ := v.known.GetOrSetFunc(who, func() *visitor {
		return &visitor{
			searches: rate.NewLimiter(rate.Limit(v.limits.Searches), v.limits.SearchBurst),
			folders:  rate.NewLimiter(rate.Limit(v.limits.Folders), v.limits.FolderBurst),
			active:   semaphore.NewWeighted(mostActive),
		}
	})
	return item.Value()
}

// errFast is the error of a visitor who asks more often than one may.
var errFast = &failure{errBusy, "You ask more often than one visitor may: try again in a moment."}

// enter waits until a visitor may search, or read a folder. The caller calls leave.
func (v *visitors) enter(ctx context.Context, who *visitor, limit *rate.Limiter) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, v.limits.Patience)
	defer cancel()
	if err := who.active.Acquire(ctx, 1); err != nil {
		return nil, errFast
	}
	if err := limit.Wait(ctx); err != nil {
		who.active.Release(1)
		return nil, errFast
	}
	if err := v.cores.Acquire(ctx, 1); err != nil {
		who.active.Release(1)
		return nil, &failure{errBusy, "Too many read the catalogue at once: try again in a moment."}
	}
	return func() {
		v.cores.Release(1)
		who.active.Release(1)
	}, nil
}
