// Package answered reports HTTP answers to those who count or log them: status, bytes, how long they took.
package answered

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Answer is an answer that has ended. Whatever the request holds is foreign: nobody may print it unescaped, or keep it.
type Answer struct {
	Request *http.Request // its Pattern says which handler answered; "" is none in particular
	Status  int
	Bytes   int64 // of the body, as it was sent
	Began   time.Time
	Took    time.Duration
	Broken  bool // it ended before its end
}

// Handler returns a handler that answers as next does, and hands each answer to all observers when it has ended.
// They are called by many goroutines at once, and return at once.
func Handler(next http.Handler, observe ...func(*Answer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := Answer{Request: r, Began: time.Now(), Broken: true}
		out := &writer{ResponseWriter: w, answer: &a}
		defer func() {
			a.Took = time.Since(a.Began)
			if a.Status == 0 {
				a.Status = http.StatusOK
			}
			for _, f := range observe {
				f(&a)
			}
		}()
		next.ServeHTTP(out, r)
		a.Broken = false
	})
}

// Name says in a request which handler answers it, for Answer.Request. Parameters of the pattern are left out:
//
//	/browse/*rest => /browse/
func Name(r *http.Request, pattern string) {
	if i := strings.IndexAny(pattern, "*:{"); i >= 0 {
		pattern = pattern[:i]
	}
	r.Pattern = pattern
}

// writer is a ResponseWriter that counts.
type writer struct {
	http.ResponseWriter

	answer *Answer
}

var (
	_ http.Flusher  = (*writer)(nil)
	_ io.ReaderFrom = (*writer)(nil)
)

// Unwrap serves http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader keeps http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if w.answer.Status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.answer.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write keeps http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.answer.Bytes += int64(n)
	return n, err //nolint:wrapcheck // it is the writer
}

// ReadFrom keeps io.ReaderFrom: the system sends files without copies.
func (w *writer) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseWriter, r)
	w.answer.Bytes += n
	return n, err //nolint:wrapcheck // as above
}

// Flush keeps http.Flusher.
func (w *writer) Flush() {
	http.NewResponseController(w.ResponseWriter).Flush() //nolint:errcheck // a writer that cannot flush sends at the end
}
