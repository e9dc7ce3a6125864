package sftp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// optional is a request whose answer a crawl can do without. OPENDIR is one where it tries
// what an entry is, OPEN where it tries whether an entry or the root is a file.
type optional byte

const (
	lstat    optional = fxpLstat
	stat     optional = fxpStat
	opendir  optional = fxpOpendir
	open     optional = fxpOpen
	readlink optional = fxpReadlink
	realpath optional = fxpRealpath
)

// all returns the optional requests.
func (optional) all() []optional { return []optional{lstat, stat, opendir, open, readlink, realpath} }

// String returns the name that index.Known.Demoted keeps.
func (o optional) String() string {
	switch o {
	case lstat:
		return "LSTAT"
	case stat:
		return "STAT"
	case opendir:
		return "OPENDIR of a file"
	case open:
		return "OPEN"
	case readlink:
		return "READLINK"
	default:
		return "REALPATH"
	}
}

// errUnasked is the error of a request that is not made, or no longer waited for.
var errUnasked = errors.New("it is not asked")

// fruitless is how many answers that say nothing end an optional request.
const fruitless = 16

// options notes which optional requests are worth while.
type options struct {
	mu      sync.Mutex       // guards the following
	demoted []string         // those that are not answered, as index.Known.Demoted
	vain    map[optional]int // answers that said nothing; negative once one said something
}

// newOptions returns what is known from earlier connections.
func newOptions(known *index.Known) *options {
	o := &options{vain: map[optional]int{}}
	for _, request := range optional.all(0) {
		if known.IsDemoted(request.String()) {
			o.vain[request] = fruitless
		}
	}
	return o
}

// worth reports whether a request is to be made.
func (o *options) worth(request optional) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.vain[request] < fruitless
}

// answered notes whether an answer said what was asked.
func (o *options) answered(request optional, something bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch n := o.vain[request]; {
	case n >= fruitless: // it is not answered any more
	case something:
		o.vain[request] = -1
	case n >= 0:
		o.vain[request]++
	}
}

// end ends a request, and keeps why.
func (o *options) end(request optional, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.vain[request] < fruitless {
		o.vain[request] = fruitless
		o.demoted = append(o.demoted, request.String()+": "+why)
	}
}

// ended returns the requests that were ended, as index.Known.Demoted has them.
func (o *options) ended() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.demoted)
}

// ask makes an optional request and returns the answer. The error is errUnasked, or that of
// ctx or of the connection.
//
// It waits for Limits.Optional, and longer while other answers come. A request that is not
// answered then, or at which the server ends the session, is not made again, on this
// connection and on later ones. If nothing has come meanwhile the server hangs at it, and the
// connection is given up.
func (s *server) ask(ctx context.Context, request optional, about string, more ...byte) (packet, error) {
	if !s.options.worth(request) {
		return packet{}, errUnasked
	}
	if err := s.pacer.Command(ctx); err != nil {
		return packet{}, err
	}
	bounded, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	stop := s.traffic.untilQuiet(s.limits.Optional, s.limits.Silence, func() { cut(errUnasked) })
	defer stop()
	made := time.Now()
	r, err := s.talk.send(bounded, byte(request), about, more...)
	if err != nil {
		return packet{}, err
	}
	p, err := s.talk.wait(bounded, r)
	switch {
	case errors.Is(err, errEnded):
		s.options.end(request, "it ends the session")
	case errors.Is(err, errUnasked):
		s.options.end(request, "it is never answered")
		if !s.traffic.heardSince(made) {
			s.cut()
			err = fmt.Errorf("%w: it hangs at %s", crawler.ErrGone, request)
		}
	}
	return p, err
}
