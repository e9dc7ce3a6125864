package httpd

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"trawl/ftpd/guard"
	"trawl/ftpd/internal/sums"
	"trawl/ftpd/tree"
)

// fail answers a request that is refused, or that failed.
func (s *session) fail(a *answer, r *http.Request, err error) {
	status, says := s.verdict(err)
	s.log.Debug("refused", "method", r.Method, "path", r.URL.Path, "status", status, "err", err)
	if status == http.StatusInternalServerError {
		s.log.Warn("a request failed", "path", r.URL.Path, "err", err)
	}
	h := a.Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Basic realm="files", charset="UTF-8"`)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", allowed)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "10")
	}
	if s.triedOut() || errors.Is(err, guard.ErrBanned) {
		h.Set("Connection", "close")
	}
	h.Set("Cache-Control", "no-store")
	body, kind := []byte(says+"\n"), "text/plain; charset=utf-8"
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		if page, err := s.pages.failure(status, says); err == nil {
			body, kind = page, "text/html; charset=utf-8"
			h.Set("Content-Security-Policy", s.pages.policy)
		}
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = a.Write(body) // the connection fails with its next use
	}
}

// verdict returns the status of an error, and the words for the client. A file in a folder that the user may not see is answered like one that is not there.
func (s *session) verdict(err error) (status int, says string) {
	if says := tree.Sentence(err); says != "" {
		return mountStatus(err), says
	}
	switch {
	case errors.Is(err, errPassword), errors.Is(err, errUsers):
		return http.StatusUnauthorized, sentence(err)
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed, sentence(err)
	case errors.Is(err, errLong):
		return http.StatusRequestURITooLong, sentence(err)
	case errors.Is(err, errClear), errors.Is(err, errNoUsers), errors.Is(err, guard.ErrBanned), errors.Is(err, errDepth):
		return http.StatusForbidden, sentence(err)
	case errors.Is(err, guard.ErrFullUser), errors.Is(err, sums.ErrSlow), errors.Is(err, errMemory):
		return http.StatusServiceUnavailable, sentence(err)
	case errors.Is(err, errTarget), errors.Is(err, errDeep), errors.Is(err, errRequest), errors.Is(err, tree.ErrName):
		return http.StatusBadRequest, "No file can have this path, or the request is not one that is understood."
	case errors.Is(err, fs.ErrNotExist):
		return http.StatusNotFound, "Nothing is there."
	case errors.Is(err, tree.ErrNoFile), errors.Is(err, tree.ErrNoDir):
		return http.StatusForbidden, "This is neither a file nor a folder."
	case errors.Is(err, fs.ErrPermission) && s.secure && s.login.Anonymous:
		return http.StatusUnauthorized, "Guests may not see this."
	case errors.Is(err, fs.ErrPermission):
		return http.StatusForbidden, "You may not see this."
	}
	return http.StatusInternalServerError, "It could not be read."
}

// mountStatus returns the status of an error of a mount, whose files may come from another host.
func mountStatus(err error) int {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return http.StatusNotFound
	case errors.Is(err, fs.ErrPermission):
		return http.StatusForbidden
	}
	return http.StatusBadGateway
}

// sentence returns an error as a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
