// Package health says whether a service lives and whether it is ready, to load balancers and service managers.
package health

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"trawl/index"
)

// The paths that Handler answers.
const (
	LivePath  = "/healthz" // 200 as long as the process answers
	ReadyPath = "/readyz"  // 200, or 503 with the reason
)

// State is how far the service is: it starts, is ready, then ends. The zero value starts. Its methods may be called
// from many goroutines.
type State struct {
	mu       sync.Mutex // guards what follows
	stage    stage
	why      string
	answers  func(context.Context) error // of Ready
	checking *check                      // the last or the one under way
}

type stage int

const (
	starting stage = iota
	ready
	ending
)

// check is one question whether the catalogue answers.
type check struct {
	done chan struct{} // closed when err and at are set
	err  error
	at   time.Time
}

// Starting says what the start waits for.
func (s *State) Starting(why string) { s.set(starting, why, nil) }

// Ready says that the service is ready as long as answers returns no error. It is asked once a second at most.
func (s *State) Ready(answers func(context.Context) error) { s.set(ready, "", answers) }

// Ending says why the service is ready no more. It does not become ready again.
func (s *State) Ending(why string) { s.set(ending, why, nil) }

func (s *State) set(to stage, why string, answers func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage == ending {
		return
	}
	s.stage, s.why, s.answers, s.checking = to, why, answers, nil
}

const (
	patience = 2 * time.Second // for the catalogue to answer
	fresh    = time.Second     // how long its answer counts
)

// Unready returns why the service is not ready, or "". It returns within some seconds, even if the catalogue hangs. The
// reason is fit for anybody: it holds no error of this machine.
func (s *State) Unready() string { return s.unready(context.Background()) }

// unready is Unready for somebody who may not wait.
func (s *State) unready(ctx context.Context) string {
	s.mu.Lock()
	switch s.stage {
	case starting, ending:
		why := s.why
		if why == "" {
			why = "starting"
		}
		s.mu.Unlock()
		return why
	case ready:
	}
	c := s.current(ctx)
	s.mu.Unlock()
	select {
	case <-c.done:
		if c.err != nil {
			return "the catalogue does not answer; the log and trawl check say more"
		}
		return ""
	case <-time.After(patience):
	case <-ctx.Done():
	}
	return "the catalogue does not answer in time"
}

// current returns the check that counts, and begins one if that is old. A catalogue that hangs is asked once, however many
// want to know. The caller holds mu.
func (s *State) current(ctx context.Context) *check {
	if c := s.checking; c != nil {
		select {
		case <-c.done:
			if time.Since(c.at) < fresh {
				return c
			}
		default:
			return c
		}
	}
	c := &check{done: make(chan struct{})}
	s.checking = c
	answers := s.answers
	asked := context.WithoutCancel(ctx)
	go func() {
		defer close(c.done)
		ctx, cancel := context.WithTimeout(asked, patience)
		defer cancel()
		c.err = answers(ctx)
		c.at = time.Now()
	}()
	return c
}

// Handler answers /healthz and /readyz, and leaves all else to next.
func (s *State) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case LivePath:
			r.Pattern = LivePath
			say(w, r, http.StatusOK, "ok")
		case ReadyPath:
			r.Pattern = ReadyPath
			if why := s.unready(r.Context()); why != "" {
				say(w, r, http.StatusServiceUnavailable, why)
				return
			}
			say(w, r, http.StatusOK, "ready")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// say answers in one line.
func say(w http.ResponseWriter, r *http.Request, status int, line string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		status, line = http.StatusMethodNotAllowed, "only read: use GET"
	}
	w.WriteHeader(status)
	io.WriteString(w, index.Visible(line)+"\n") //nolint:errcheck // whoever asked is gone
}
