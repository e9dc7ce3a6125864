// Package wall stands before all that Trawl answers over HTTP: it bounds headers, bodies, times and connections, and refuses
// what no handler should have to think about.
//
// server.go is the server with its times, handler.go what is refused of requests, conns.go bounds connections, proxied.go reads
// who comes through a proxy of connections.
package wall

import (
	"log/slog"
	"net/http"
	"time"
)

// The limits of each request, in all servers. A handler that streams moves its own deadline of writing on as long as its reader
// takes something.
const (
	headerTime  = 10 * time.Second
	requestTime = 30 * time.Second // header and body
	answerTime  = time.Minute
	idleTime    = 2 * time.Minute // between two requests
	maxHeader   = 32 << 10        // bytes of the header, with its first line
)

// Server returns a server that keeps strangers from holding it up; its handler stands behind [Handler]. What goes wrong on connections is logged at level debug, since
// it is the work of strangers.
func Server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
