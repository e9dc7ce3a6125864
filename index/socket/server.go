package socket

import (
	"context"
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"trawl/index"
)

// Server serves an engine to Clients.
type Server struct {
	catalogue index.Catalogue
	keeper    index.Keeper
	copier    index.Copier
	mux       *http.ServeMux

	calls sync.WaitGroup // those under way

	mu     sync.Mutex // guards crawls
	crawls map[string]*session
}

// session is a crawl that a Client has begun.
type session struct {
	id    index.HostID
	crawl index.Crawl
	end   context.CancelFunc // asks the handler to end it
	over  chan struct{}      // closed when the crawl has been closed
}

// NewServer returns a server of an engine. The caller closes the engine.
func NewServer(catalogue index.Catalogue, keeper index.Keeper, copier index.Copier) *Server {
	s := &Server{catalogue: catalogue, keeper: keeper, copier: copier, mux: http.NewServeMux(), crawls: map[string]*session{}}
	s.serveCatalogue()
	s.serveCrawls()
	s.serveKeeper()
	return s
}

// Serve answers on l until ctx is done. Then it waits up to grace for the calls and crawls
// under way, and closes l. When it returns, the engine is not in use any more.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	srv := &http.Server{Handler: http.HandlerFunc(s.answer), ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if srv.Shutdown(last) != nil {
			srv.Close() //nolint:errcheck // it cuts off calls of clients
		}
	}()
	err := srv.Serve(l)
	stop() // if it was not ctx, so that l failed
	<-stopped
	s.calls.Wait()
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// answer answers one call.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	s.mux.ServeHTTP(w, r)
}

// handle makes do the answer to POST /name.
func handle[Args, Reply any](s *Server, name string, do func(context.Context, Args) (Reply, error)) {
	s.mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		args, ok := receive[Args](w, r)
		if !ok {
			return
		}
		reply, err := do(r.Context(), args)
		if err != nil {
			send(w, fail(err)) //nolint:errcheck // the client is gone
			return
		}
		send(w, failure{}, reply) //nolint:errcheck // the client is gone
	})
}

// receive reads the arguments of a call to their end, without which the server
// would not notice that the client goes away.
func receive[Args any](w http.ResponseWriter, r *http.Request) (args Args, ok bool) {
	err := gob.NewDecoder(r.Body).Decode(&args)
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return args, err == nil
}

func (s *Server) serveCatalogue() {
	c := s.catalogue
	handle(s, "host", func(ctx context.Context, a hostArgs) (index.Host, error) { return c.Host(ctx, a.ID) })
	handle(s, "hosts", func(ctx context.Context, _ nothing) ([]index.Host, error) { return c.Hosts(ctx) })
	handle(s, "version", func(ctx context.Context, a hostArgs) (hostVersion, error) { return s.version(ctx, a.ID) })
	handle(s, "update", func(ctx context.Context, a hostVersion) (nothing, error) { return nothing{}, s.update(ctx, a) })
	handle(s, "remove", func(ctx context.Context, a hostArgs) (nothing, error) { return nothing{}, c.Remove(ctx, a.ID) })
	handle(s, "list", func(ctx context.Context, a listArgs) (index.Listing, error) {
		return c.List(ctx, a.ID, a.Dir, a.After, a.Limit)
	})
	handle(s, "page", func(ctx context.Context, a pageArgs) (index.Page, error) { return c.Page(ctx, a.ID, a.Dir, a.View) })
	handle(s, "entry", func(ctx context.Context, a entryArgs) (index.Found, error) { return c.Entry(ctx, a.ID, a.Path) })
	handle(s, "correct", func(ctx context.Context, a correctArgs) (nothing, error) {
		return nothing{}, c.Correct(ctx, a.ID, a.Path, a.Now)
	})
	handle(s, "amend", func(ctx context.Context, a amendArgs) (nothing, error) {
		return nothing{}, c.Amend(ctx, a.ID, a.Listings...)
	})
	handle(s, "search", func(ctx context.Context, a searchArgs) (index.Answer, error) {
		q, err := a.unpack()
		if err != nil {
			return index.Answer{}, err
		}
		answer, err := c.Search(ctx, q)
		answer.Kept = 0 // another process may serve the same client next, and numbers its answers anew
		return answer, err
	})
	handle(s, "complete", func(ctx context.Context, a completeArgs) ([]string, error) {
		return c.Complete(ctx, a.Prefix, a.N)
	})
	handle(s, "similar", func(ctx context.Context, a similarArgs) ([][]string, error) {
		return c.Similar(ctx, a.Words, a.N, a.Budget)
	})
	handle(s, "puttext", func(ctx context.Context, t index.Text) (nothing, error) { return nothing{}, c.PutText(ctx, t) })
	handle(s, "text", func(ctx context.Context, a textArgs) (index.Text, error) { return c.Text(ctx, a.ID, a.Path) })
}

// version returns a host, or a new one, for a change that update then keeps.
func (s *Server) version(ctx context.Context, id index.HostID) (v hostVersion, err error) {
	v.Host, err = s.catalogue.Host(ctx, id)
	if errors.Is(err, index.ErrNoHost) {
		v.Host, err = index.Host{ID: id}, nil
	}
	if err != nil {
		return v, err
	}
	v.Was, err = versionOf(v.Host)
	return v, err
}

// update stores a host, unless it changed since the client read it.
func (s *Server) update(ctx context.Context, a hostVersion) error {
	return s.catalogue.Update(ctx, a.Host.ID, func(h *index.Host) error {
		is, err := versionOf(*h)
		if err != nil {
			return err
		}
		if is != a.Was {
			return errStale
		}
		*h = a.Host
		return nil
	})
}

func (s *Server) serveCrawls() {
	s.mux.HandleFunc("POST /begin", s.begin)
	handle(s, "put", func(ctx context.Context, a putArgs) (nothing, error) {
		return nothing{}, s.during(a.Token, func(c index.Crawl) error { return c.Put(ctx, a.Listings...) })
	})
	handle(s, "seen", func(ctx context.Context, a seenArgs) (l index.Listing, err error) {
		return l, s.during(a.Token, func(c index.Crawl) error {
			l, err = c.Seen(ctx, a.Dir)
			return err
		})
	})
	handle(s, "finish", func(ctx context.Context, a finishArgs) (nothing, error) {
		return nothing{}, s.during(a.Token, func(c index.Crawl) error { return c.Finish(ctx, a.Complete) })
	})
	handle(s, "close", func(ctx context.Context, a crawlArgs) (nothing, error) {
		if open := s.session(a.Token); open != nil {
			open.end()
			<-open.over
		}
		return nothing{}, ctx.Err()
	})
}

// begin answers with a token and stays open until the client asks for the end of the
// crawl, or goes away, perhaps by a kill. Then it closes the crawl.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) {
	a, ok := receive[beginArgs](w, r)
	if !ok {
		return
	}
	crawl, err := s.open(r.Context(), a)
	if err != nil {
		send(w, fail(err)) //nolint:errcheck // the client is gone
		return
	}
	ctx, end := context.WithCancel(r.Context())
	defer end()
	token := rand.Text()
	open := &session{a.ID, crawl, end, make(chan struct{})}
	s.mu.Lock()
	s.crawls[token] = open
	s.mu.Unlock()
	if send(w, failure{}, token) == nil && http.NewResponseController(w).Flush() == nil {
		<-ctx.Done()
	}
	s.mu.Lock()
	delete(s.crawls, token)
	s.mu.Unlock()
	crawl.Close() //nolint:errcheck // the client does not wait for more than the end
	close(open.over)
}

// open begins a crawl. Another client with a crawl of that host may have been killed just
// now, so that open waits up to a second for the end of that crawl.
func (s *Server) open(ctx context.Context, a beginArgs) (index.Crawl, error) {
	const patience = time.Second
	crawl, err := s.catalogue.Begin(ctx, a.ID, a.Fresh)
	if !errors.Is(err, index.ErrBusy) {
		return crawl, err
	}
	for _, other := range s.sessions() {
		if other.id != a.ID {
			continue
		}
		select {
		case <-other.over:
			return s.catalogue.Begin(ctx, a.ID, a.Fresh)
		case <-time.After(patience):
		case <-ctx.Done():
		}
	}
	return nil, err
}

// sessions returns the crawls that are open.
func (s *Server) sessions() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.crawls))
}

// session returns the crawl of a token, or nil.
func (s *Server) session(token string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crawls[token]
}

// during calls do with the crawl of a token.
func (s *Server) during(token string, do func(index.Crawl) error) error {
	open := s.session(token)
	if open == nil {
		return errors.New("this crawl has been closed")
	}
	return do(open.crawl)
}

func (s *Server) serveKeeper() {
	s.mux.HandleFunc("POST /check", s.check)
	s.mux.HandleFunc("POST /copy", s.copy)
	handle(s, "rebuild", func(ctx context.Context, _ nothing) (nothing, error) { return nothing{}, s.keeper.Rebuild(ctx) })
	handle(s, "compact", func(ctx context.Context, _ nothing) (nothing, error) { return nothing{}, s.keeper.Compact(ctx) })
}

// check streams the problems as they are found.
func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	if _, ok := receive[nothing](w, r); !ok {
		return
	}
	enc := gob.NewEncoder(w)
	err := s.keeper.Check(r.Context(), func(line string) {
		enc.Encode(problem{Line: line})       //nolint:errcheck // the client is gone, which ends Check
		http.NewResponseController(w).Flush() //nolint:errcheck // as above
	})
	enc.Encode(problem{Done: true, Failure: fail(err)}) //nolint:errcheck // the client is gone
}
