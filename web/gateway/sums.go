package gateway

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"trawl/crawler/download"
	"trawl/crawler/fetch"
	"trawl/index"
)

// The limits of the checksums of Metalinks.
const (
	sumWait   = 4 * time.Second // for the checksum of a file
	sumBytes  = 4 << 20         // of a checksum file that is read
	sumPlaces = 3               // whose directories are looked into
	mostSums  = 4096            // that are kept

	sumAge     = time.Hour        // for which one is kept
	noSumAge   = 10 * time.Minute // for which it is kept that there is none that can be read
	sumFailure = time.Minute      // for which it is kept that a host did not say
)

// sums finds the checksums that hosts publish, and keeps them.
type sums struct {
	finder download.SumFinder
	asking singleflight.Group // the checksum of one file is asked for once at a time

	mu   sync.Mutex // guards kept
	kept map[sumKey]keptSum
}

// sumKey is a file at one place as the catalogue knows it.
type sumKey struct {
	host index.HostID
	path index.Path
	size int64
	unix int64
}

type keptSum struct {
	sum   download.Sum // without a value if there is none
	until time.Time
}

func newSums(files Fetcher, lists index.Browser) *sums {
	return &sums{
		finder: download.SumFinder{Files: files, Lists: lists, Listed: true, Bytes: sumBytes},
		kept:   map[sumKey]keptSum{},
	}
}

// of returns the checksum of a file that one of its places publishes, or one without a value. It asks hosts only if may
// allows it.
func (s *sums) of(ctx context.Context, file fetch.File, may func() bool) download.Sum {
	first := &file.Places[0]
	key := sumKey{first.Host, first.Path, file.Size, first.Time.Unix()}
	if sum, ok := s.recall(key); ok {
		return sum
	}
	name := strings.Join([]string{string(key.host), string(key.path)}, "\x00")
	got, _, _ := s.asking.Do(name, func() (any, error) {
		if sum, ok := s.recall(key); ok {
			return sum, nil
		}
		return s.find(ctx, file, key, may), nil
	})
	return got.(download.Sum)
}

// find asks the hosts.
func (s *sums) find(ctx context.Context, file fetch.File, key sumKey, may func() bool) download.Sum {
	within, stop := context.WithTimeout(context.WithoutCancel(ctx), sumWait) // it is for all who wait
	defer stop()
	finder := s.finder
	files := &permitted{Opener: finder.Files, may: may}
	finder.Files = files
	file.Places = up(file.Places)
	sum, err := finder.Find(within, file)
	if files.refused {
		return sum
	}
	age := sumAge
	switch {
	case err == nil:
	case errors.Is(err, download.ErrNoSum):
		age = noSumAge
	default:
		age = sumFailure
	}
	s.keep(key, keptSum{sum, time.Now().Add(age)})
	return sum
}

// permitted opens files if the visitor may have hosts asked, which it asks once.
type permitted struct {
	download.Opener

	may            func() bool
	asked, refused bool
}

var errTooOften = errors.New("the visitor has hosts asked too often")

func (p *permitted) Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error) {
	if !p.asked {
		p.asked, p.refused = true, !p.may()
	}
	if p.refused {
		return nil, errTooOften
	}
	return p.Opener.Open(ctx, file, offset)
}

// up returns the first places whose hosts answered when they were last asked.
func up(places []index.Place) (out []index.Place) {
	for i := range places {
		if !places[i].Down && len(out) < sumPlaces {
			out = append(out, places[i])
		}
	}
	return out
}

func (s *sums) recall(key sumKey) (download.Sum, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[key]
	return k.sum, ok && time.Now().Before(k.until)
}

// keep keeps a checksum. If there are too many, those that are old go, or else any.
func (s *sums) keep(key sumKey, k keptSum) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= mostSums {
		now := time.Now()
		for old := range s.kept {
			if len(s.kept) >= mostSums*3/4 || now.After(s.kept[old].until) {
				delete(s.kept, old)
			}
		}
	}
	s.kept[key] = k
}
