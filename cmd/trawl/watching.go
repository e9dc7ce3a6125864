package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"trawl/cmd/trawl/internal/health"
	"trawl/cmd/trawl/internal/metrics"
	"trawl/cmd/trawl/internal/operator"
	"trawl/cmd/trawl/internal/status"
	"trawl/cmd/trawl/internal/wall"
	"trawl/index"
	"trawl/search"
	"trawl/web/answered"
)

// onPortal is the value of --metrics that shows them on the portal's own address.
const onPortal = "portal"

// watching is what others see of a serve that runs: whether it is ready, and how it does.
type watching struct {
	state   health.State
	metrics *metrics.Metrics
	status  *status.Watch
	on      string // the value of --metrics
	log     *slog.Logger

	listener net.Listener // of --metrics ADDRESS; nil: none
	serving  sync.WaitGroup
	stop     func()      // ends serving; nil: it has not begun
	over     func() bool // ends to await the end
}

// newWatching returns what others see, until close is called. With an address of its own it is seen there at once, while the
// catalogue opens. Another serve may hold the address, which also holds the data directory: begin says so later.
func newWatching(ctx context.Context, on string, log *slog.Logger) *watching {
	w := &watching{metrics: metrics.New(metrics.Build{Version: version(), Commit: thisBuild().Commit}), on: on, log: log}
	w.status = status.New(version(), w.state.Unready)
	w.metrics.Watch(w.status.Report)
	w.state.Starting("the catalogue is being opened")
	_ = w.begin(ctx) // see above
	w.over = context.AfterFunc(ctx, func() { w.state.Ending("the service ends") })
	return w
}

// begin serves the metrics on their own address, if they have one and are not there already.
func (w *watching) begin(ctx context.Context) (err error) {
	if w.on == "" || w.on == onPortal || w.stop != nil {
		return nil
	}
	if w.listener, err = listen(ctx, w.on); err != nil {
		return err
	}
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	handler := w.state.Handler(w.metrics.Handler(http.NotFoundHandler(), w.log))
	w.serving.Go(func() {
		if err := serveHTTP(ctx, "metrics", wall.Server(wall.Handler(handler), w.log), w.listener, nil); err != nil {
			w.log.Error("nobody sees how the service does any more", "err", err)
		}
	})
	return nil
}

// close ends what begin began.
func (w *watching) close() {
	w.over()
	if w.stop != nil {
		w.stop()
		w.serving.Wait()
	}
}

// searched returns the observer of searches; nil observes none.
func (w *watching) searched() search.Observer {
	if w == nil {
		return nil
	}
	return w.metrics.Searched
}

// portal returns the handler of the portal with what others see of it. All observers see its answers.
func (w *watching) portal(next http.Handler, observe ...func(*answered.Answer)) http.Handler {
	if w.on == onPortal {
		next = w.metrics.Handler(next, w.log)
	}
	return answered.Handler(w.state.Handler(next), append(observe, w.metrics.Answered)...)
}

// look has the reports say how all that is open does, and lets commands see them until ctx is done.
func (w *watching) look(ctx context.Context, a *app, services *errgroup.Group, e engine, portal net.Listener, crawls status.Crawls, h *hosting, g getting) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	s := status.Sources{Dir: dir, Crawls: crawls, Log: w.log, Listens: []status.Address{{What: "portal", At: "http://" + portal.Addr().String() + "/"}}}
	s.Backup = func() time.Time { return fileTime(filepath.Join(dir, backupNote)) }
	if own, ok := e.(*holder); ok {
		s.Engine = own.Engine
	}
	if w.listener != nil {
		s.Listens = append(s.Listens, status.Address{What: "metrics", At: "http://" + w.listener.Addr().String() + metrics.Path})
	}
	if g.visitors != nil {
		s.Gateway = func() (g2 status.Gateway) {
			g2.Transfers, g2.Most = g.visitors.Transfers()
			return g2
		}
	}
	var steered operator.Local
	if h != nil {
		steered = operator.Local{Live: h.server.Sessions, Guard: h.server.Guard}
		s.Sessions, s.Bans, s.Expires = h.server.Sessions.All, func() int { return len(h.server.Guard.Bans()) }, h.secured.expires
		for _, door := range h.doors {
			s.Listens = append(s.Listens, status.Address{What: door.Scheme(), At: string(door)})
		}
	}
	w.status.Look(s)
	l, err := operator.Listen(ctx, dir)
	if err != nil {
		return err
	}
	services.Go(func() error { return operator.Serve(ctx, l, steered, w.status.Report) })
	return nil
}

// fileTime returns when a file was last changed; zero if it is not there.
func fileTime(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// ready says that all is open, as long as the catalogue answers.
func (w *watching) ready(e index.Hosts) {
	w.state.Ready(func(ctx context.Context) error {
		if _, err := e.Host(ctx, "ready://"); !errors.Is(err, index.ErrNoHost) {
			return err
		}
		return nil
	})
}

// announce prints where the metrics are, if they have an address of their own.
func (w *watching) announce(out io.Writer) {
	if w.listener != nil {
		fmt.Fprintf(out, "metrics on http://%s%s\n", w.listener.Addr(), metrics.Path)
	}
}

// serveHTTP lets a server serve on l until ctx is done, and lets the answers under way end then, as long as end allows. What names
// it.
func serveHTTP(ctx context.Context, what string, srv *http.Server, l net.Listener, end *ending) error {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		last, cancel := end.last(ctx)
		defer cancel()
		srv.Shutdown(last) //nolint:errcheck // answers that last longer are cut off
		srv.Close()        //nolint:errcheck // as above
	})
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve %s: %w", what, err)
	}
	<-ended
	return nil
}
