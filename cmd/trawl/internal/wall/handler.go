package wall

import (
	"fmt"
	"net/http"
)

// MaxBody is how many bytes the body of a request may have.
const MaxBody = 1 << 20

// Handler returns a handler that hands sound requests on to next. It refuses what a page of another site makes a browser send to
// change something (cross-site request forgery), bodies of methods that have none, and bodies that are too long.
func Handler(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "a page of another site may not change anything here")
	}))
	return bounded(origins.Handler(next))
}

// bounded bounds bodies. A body whose length only its end says is the last of its connection: a proxy and this server might not
// agree on where it ends, and the next request would begin in the middle of it.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunked := len(r.TransferEncoding) > 0
		if chunked {
			w.Header().Set("Connection", "close")
		}
		switch r.Method {
		case http.MethodPost, http.MethodPut, http.MethodPatch:
		default:
			if r.ContentLength != 0 || chunked {
				w.Header().Set("Connection", "close")
				refuse(w, http.StatusBadRequest, "a request of this method has no body")
				return
			}
		}
		if r.ContentLength > MaxBody {
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a body has at most %d bytes", MaxBody))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		next.ServeHTTP(w, r)
	})
}

// refuse answers in one line.
func refuse(w http.ResponseWriter, status int, why string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, why)
}
