package httpd

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
)

// answer is the answer to one request. It counts what of it is content.
type answer struct {
	http.ResponseWriter
	status int
	sent   int64
	event  *ftpd.Event // of what is sent; nil: nothing that is one
}

// WriteHeader sends the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write sends content.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b) //nolint:gosec // pages are escaped where they are written, files have no origin
	a.sent += int64(n)
	return n, err //nolint:wrapcheck // of the connection
}

// ReadFrom sends content: what is in memory with its header, and what is in a file by the connection.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if k, ok := limited.R.(*content); ok && k.small() {
			b, err := k.take(limited.N)
			if err != nil {
				return 0, err
			}
			n, err := a.Write(b)
			return int64(n), err
		}
	}
	n, err := a.ResponseWriter.(io.ReaderFrom).ReadFrom(r) //nolint:forcetypeassert // that of net/http is one
	a.sent += n
	return n, err //nolint:wrapcheck // of the connection or the file
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// route answers a request that may be one of an authority of certificates, if it comes in the clear.
func route(w http.ResponseWriter, r *http.Request) {
	if s := asks(r); !s.secure {
		s.clear.ServeHTTP(w, r)
		return
	}
	serveHTTP(w, r)
}

// asks returns the session of a request.
func asks(r *http.Request) *session { return r.Context().Value(sessionKey{}).(*session) } //nolint:forcetypeassert // withSession has put it there

// serveHTTP answers a request for a file or a folder.
func serveHTTP(w http.ResponseWriter, r *http.Request) {
	s, began := asks(r), time.Now()
	a := &answer{ResponseWriter: w}
	s.bound(a, r)
	err := s.answer(a, r)
	if err != nil && a.status == 0 {
		s.fail(a, r, err)
		err = nil
	}
	whole := err == nil && a.whole(r)
	if a.sent > 0 || a.Header().Get("Content-Length") != "" {
		err = errors.Join(err, http.NewResponseController(a).Flush())
	}
	if err = errors.Join(err, s.conn.flush()); a.event != nil && a.sent > 0 && a.status < http.StatusMultipleChoices {
		e := *a.event
		e.Bytes, e.Took, e.Whole = a.sent, time.Since(began), whole && err == nil
		if !e.Whole {
			e.Reason = "the connection ended, or the file"
		}
		s.event(e)
	}
	if err != nil {
		s.log.Debug("an answer was cut", "path", r.URL.Path, "err", err)
		panic(http.ErrAbortHandler) // so that the client does not take it for whole
	}
}

// whole reports whether as much was sent as was announced.
func (a *answer) whole(r *http.Request) bool {
	announced := a.Header().Get("Content-Length")
	return announced == "" || r.Method == http.MethodHead || announced == format(a.sent)
}

// bodyTime is how long the body of a request may take.
const bodyTime = 10 * time.Second

// bound bounds what a request may take of the server besides its header. A body that nobody asked for, or whose length only its end
// says, is the last of the connection: two servers in a row might not agree on where it ends.
func (s *session) bound(a *answer, r *http.Request) {
	if r.ContentLength == 0 && len(r.TransferEncoding) == 0 {
		s.conn.gather()
	} else {
		_ = http.NewResponseController(a).SetReadDeadline(time.Now().Add(min(bodyTime, s.Guard.Limits(guard.Limits{}).LoginTime)))
		if r.Method != propfind || len(r.TransferEncoding) > 0 {
			a.Header().Set("Connection", "close")
		}
	}
	if s.activity.Draining() {
		a.Header().Set("Connection", "close")
	}
}

// The errors of requests that are refused before a file is looked for.
var (
	errMethod = errors.New("files are read here, and not changed")
	errLong   = errors.New("the address is too long")
	errDeep   = errors.New("the path is too deep")
)

// allowed are the methods that are answered.
const allowed = "OPTIONS, GET, HEAD, PROPFIND"

// answer answers a request. An error before anything is sent is for fail.
func (s *session) answer(a *answer, r *http.Request) error {
	if len(r.RequestURI) > s.Guard.Limits(guard.Limits{}).Line {
		return errLong
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, propfind:
	default:
		return errMethod
	}
	t, err := targetOf(r.URL)
	if err != nil {
		return err
	}
	if err := s.admit(r); err != nil {
		return err
	}
	if strings.Count(t.path, "/") > s.depth {
		return errDeep
	}
	a.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodOptions:
		options(a)
		return nil
	case propfind:
		s.find(&t)
		return s.propfind(a, r, t)
	}
	return s.get(a, r, t)
}

// get answers GET and HEAD.
func (s *session) get(a *answer, r *http.Request, t target) error {
	q := askedFor(r)
	switch {
	case q.login && s.secure && s.login.Anonymous:
		return errUsers
	case q.login, !t.plain:
		if q.login { // who comes without a password later must be asked for it again
			a.Header().Set("Cache-Control", "no-store")
		}
		q.login = false
		redirect(a, q, t.path, t.folder)
		return nil
	}
	s.find(&t)
	f, err := s.login.View.Open(t.path)
	if err != nil {
		if s.sumsAt(t, err) {
			return s.sendSums(a, r, t)
		}
		return err //nolint:wrapcheck // of the tree
	}
	defer f.Close()
	if file, disk := f.(*os.File); disk && !t.folder {
		return s.sendDisk(a, r, t.path, file)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return err //nolint:wrapcheck // of the tree
	case info.IsDir() && !t.folder, !info.IsDir() && t.folder:
		redirect(a, q, t.path, info.IsDir())
		return nil
	case info.IsDir():
		return s.sendFolder(a, r, t.path, q)
	case !info.Mode().IsRegular():
		return tree.ErrNoFile
	}
	return s.sendMounted(a, r, t.path, f, info)
}
