package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/index"
)

// Refusal says why there is no file. All of it may be shown to anybody.
type Refusal struct {
	Status  int
	Cause   index.Cause   // of a host; index.NoCause if no host was asked
	Message string        // in plain words, one or two sentences
	Retry   time.Duration // after which it may go better; 0 says nothing
	Changed *fetch.ChangedError
	Kind    Kind // of the message, where no host is the cause
}

// Kind is what a refusal is about, so that it can be said in other languages.
type Kind string

// The kinds.
const (
	Unknown   Kind = "unknown"   // the catalogue does not hold the file
	Directory Kind = "directory" // it is one
	Link      Kind = "link"      // it is one, and the host gives no file for it
	Crowd     Kind = "crowd"     // too many ask at once
	Condition Kind = "condition" // a condition of the request does not hold
	Unread    Kind = "unread"    // the catalogue could not be read
)

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

// Sentence returns the message, for doors that do not speak HTTP.
func (r *Refusal) Sentence() string { return r.Message }

// Is says for doors that know the errors of package fs which of them this is: where asking again is of no use.
func (r *Refusal) Is(target error) bool {
	switch r.Status {
	case http.StatusNotFound, http.StatusGone:
		return target == fs.ErrNotExist
	case http.StatusForbidden:
		return target == fs.ErrPermission
	}
	return false
}

// The refusals without a host.
var (
	errUnknown   = errors.New("the address is not one of the catalogue")
	errDirectory = errors.New("the address is that of a directory")
)

// refuse answers that there is no file. Nothing of the answer has been sent.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the visitor has gone
	}
	g.await(w)
	refusal := refusalOf(err)
	if refusal.Cause == index.Other || refusal.Status == http.StatusInternalServerError {
		g.opt.Log.Warn("get a file", "path", index.Visible(r.URL.Path), "err", index.Visible(err.Error()))
	}
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges", "Content-Type"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	if refusal.Retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(max(1, refusal.Retry.Round(time.Second).Seconds()))))
	}
	g.opt.Refuse(w, r, refusal)
}

// await gives the visitor time to take an answer: the hosts may have taken longer than a page may.
func (g *Gateway) await(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(g.opt.Limits.Stall)) // or else the server's own counts
}

// refusePlainly answers in plain text.
func refusePlainly(w http.ResponseWriter, _ *http.Request, refusal Refusal) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	http.Error(w, refusal.Message, refusal.Status)
}

// refusalOf returns the refusal that an error leads to.
func refusalOf(err error) Refusal {
	var known *Refusal
	switch {
	case errors.As(err, &known):
		return *known
	case errors.Is(err, errDirectory):
		return Refusal{Status: http.StatusNotFound, Kind: Directory, Message: "That is a directory and no file."}
	case errors.Is(err, errUnknown), errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound):
		return Refusal{Status: http.StatusNotFound, Kind: Unknown, Message: "The catalogue does not hold that file."}
	case errors.Is(err, index.ErrCrowded):
		return Refusal{Status: http.StatusServiceUnavailable, Retry: time.Second, Kind: Crowd, Message: "Too many ask at once: try again in a moment."}
	}
	return Refusal{Status: http.StatusInternalServerError, Kind: Unread, Message: "The catalogue could not be read; the portal's log says more."}
}

// refused returns the refusal that an error leads to, as an error.
func refused(err error) error {
	refusal := refusalOf(err)
	return fmt.Errorf("%w: %w", &refusal, err)
}

// hostFailed returns the refusal for an error of a Fetcher about the file.
func (e *entry) hostFailed(err error) error {
	if changed, ok := errors.AsType[*fetch.ChangedError](err); ok {
		return &Refusal{Status: http.StatusConflict, Cause: index.Changed, Changed: changed, Message: changedMessage(changed)}
	}
	cause := crawler.CauseOf(err)
	if e.found.Entry.Kind == index.Link && (cause == index.Absent || cause == index.Forbidden) { // hosts say so of directories, too
		refusal := &Refusal{Status: http.StatusNotFound, Kind: Link, Message: "It is a link, and the host gives no file for it."}
		return fmt.Errorf("%w: %w", refusal, err)
	}
	status, retry := statusOf(cause)
	refusal := &Refusal{Status: status, Cause: cause, Retry: retry, Message: Sentence(cause)}
	return fmt.Errorf("%w: %w", refusal, err)
}

// changedMessage names both sizes.
func changedMessage(e *fetch.ChangedError) string {
	return fmt.Sprintf("The file has changed since the host was crawled: it had %s then, and has %s now. "+
		"The catalogue knows that now: ask again for the new file.", bytesIn(e.Was), bytesIn(e.Is))
}

// bytesIn returns a size in words.
func bytesIn(n int64) string {
	switch n {
	case index.UnknownSize:
		return "a size that nobody knows"
	case 1:
		return "1 byte"
	}
	return humanize.Comma(n) + " bytes"
}

// statusOf returns the status of a cause, and when it may go better.
func statusOf(cause index.Cause) (status int, retry time.Duration) {
	switch cause {
	case index.Absent:
		return http.StatusGone, 0
	case index.Forbidden, index.Unwelcome, index.Unnamed:
		return http.StatusForbidden, 0
	case index.Changed:
		return http.StatusConflict, 0
	case index.Busy, index.Crowded:
		return http.StatusServiceUnavailable, 30 * time.Second
	case index.NoAnswer:
		return http.StatusGatewayTimeout, 0
	default:
		return http.StatusBadGateway, 0
	}
}

// Sentence says in one plain sentence why a host does not give a file.
func Sentence(cause index.Cause) string {
	switch cause {
	case index.NoCause:
		return "The host has the file."
	case index.NoName:
		return "The name of the host is not found."
	case index.Refused:
		return "The host refuses connections: no service runs there now."
	case index.Unreachable:
		return "The network cannot reach the host."
	case index.NoAnswer:
		return "The host does not answer in time."
	case index.Lost:
		return "The connection to the host broke off."
	case index.Busy:
		return "The host takes no more visitors now: try again in a moment."
	case index.LoginRefused:
		return "The host does not accept the login."
	case index.Encrypted:
		return "The host takes encrypted connections only."
	case index.Untrusted:
		return "The host does not show the certificate or key that is trusted."
	case index.Absent:
		return "The host no longer has the file."
	case index.Unnamed:
		return "The protocol of the host cannot say the name of the file."
	case index.Forbidden:
		return "The host does not give the file."
	case index.Changed:
		return "The file has changed since the host was crawled."
	case index.NoRestart:
		return "The host sends files only from their beginning."
	case index.Unwelcome:
		return "The host asks not to be visited by programs."
	case index.Crowded:
		return "Too many files are under way at once: try again in a moment."
	case index.Garbled:
		return "The host answers in a way that is not understood."
	default:
		return "The file could not be had; the portal's log says more."
	}
}
