package api

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"trawl/web/visitor"
)

// limiter bounds how often each visitor does something: burst times at once, and as often in window. Several goroutines may use it.
type limiter struct {
	burst  int
	window time.Duration

	mu    sync.Mutex // guards the rest
	by    map[netip.Prefix]*rate.Limiter
	sweep int // how many visitors there may be before those that have used nothing lately are forgotten
}

// manyVisitors is how many visitors are remembered at least.
const manyVisitors = 4 << 10

func newLimiter(burst int, window time.Duration) *limiter {
	return &limiter{burst: burst, window: window, by: map[netip.Prefix]*rate.Limiter{}, sweep: manyVisitors}
}

// of returns the bucket of a visitor.
func (l *limiter) of(who netip.Prefix) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.by) >= l.sweep {
		for k, old := range l.by {
			if old.Tokens() >= float64(l.burst) {
				delete(l.by, k)
			}
		}
		l.sweep = max(manyVisitors, 2*len(l.by)) // a crowd of new ones does not cost a sweep each
	}
	one := l.by[who]
	if one == nil {
		one = rate.NewLimiter(rate.Limit(float64(l.burst)/l.window.Seconds()), l.burst)
		l.by[who] = one
	}
	return one
}

// wait returns in how many seconds a visitor may do it again; 0 is now.
func (l *limiter) wait(who netip.Prefix) int {
	lacks := 1 - l.of(who).Tokens()
	if lacks <= 0 {
		return 0
	}
	return l.seconds(lacks)
}

// seconds returns how long it takes until a visitor has so many more.
func (l *limiter) seconds(more float64) int {
	return max(1, int(math.Ceil(more*l.window.Seconds()/float64(l.burst))))
}

// Requests is how many requests a visitor may send in a minute unless an option says another number.
const Requests = 600

// limit counts the requests of a visitor, and refuses those that are too many. This machine itself has no limit: it is a proxy that nobody
// trusts yet, or the owner. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
func (a *api) limit(c *gin.Context) {
	from := visitor.Of(c.Request)
	if a.Requests < 0 || from.Addr.IsLoopback() || c.Request.Method == http.MethodOptions {
		return
	}
	bucket := a.requests.of(from.Household())
	allowed := bucket.Allow()
	left := max(0, bucket.Tokens())
	c.Header("RateLimit-Policy", fmt.Sprintf(`"visitor";q=%d;w=%d`, a.requests.burst, int(a.requests.window.Seconds())))
	c.Header("RateLimit", fmt.Sprintf(`"visitor";r=%d;t=%d`, int(left), a.requests.seconds(float64(a.requests.burst)-left)))
	if !allowed {
		refuse(c, problem{kind: limited, detail: "you ask more often than one visitor may", hint: "RateLimit-Policy says how often", retry: a.requests.seconds(1 - left)})
	}
}
