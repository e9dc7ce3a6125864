package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"trawl/index"
)

// alive returns a question whether the process truly answers, for the watchdog of systemd: the catalogue reads, and the portal draws.
// A process that is busy answers late, so that the question itself has no limit of time.
func alive(hosts index.Hosts, portal http.Handler) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := hosts.Host(ctx, "alive://"); err != nil && !errors.Is(err, index.ErrNoHost) {
			return fmt.Errorf("ask the catalogue: %w", err)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/robots.txt", nil)
		if err != nil {
			return err
		}
		answer := probe{header: http.Header{}, status: http.StatusOK}
		portal.ServeHTTP(&answer, r)
		if answer.status != http.StatusOK {
			return fmt.Errorf("ask the portal: it answers %d", answer.status)
		}
		return nil
	}
}

// probe takes an answer and keeps its status alone.
type probe struct {
	header http.Header
	status int
}

var _ http.ResponseWriter = (*probe)(nil)

// Header keeps http.ResponseWriter.
func (p *probe) Header() http.Header { return p.header }

// WriteHeader keeps http.ResponseWriter.
func (p *probe) WriteHeader(status int) { p.status = status }

// Write keeps http.ResponseWriter.
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
