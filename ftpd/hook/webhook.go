package hook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"
)

// webhook posts each upload to a URL.
type webhook struct {
	url  string
	http *http.Client
}

var _ target = (*webhook)(nil)

// newWebhook follows no redirects: what is sent goes where the settings say.
func newWebhook(url string) *webhook {
	return &webhook{url, &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// message is the body of a POST. A path or a name that is not UTF-8 comes as base64 besides.
type message struct {
	Event   string    `json:"event"` // "uploaded"
	Path    string    `json:"path"`
	RawPath string    `json:"raw_path,omitempty"`
	User    string    `json:"user"`
	Peer    string    `json:"peer"`
	Bytes   int64     `json:"bytes"`
	Time    time.Time `json:"time"`
	TLS     bool      `json:"tls"`
}

// finalError is the error of a try that is not worth another one.
type finalError struct{ error }

func isFinal(err error) bool {
	var final finalError
	return errors.As(err, &final)
}

func (w *webhook) report(ctx context.Context, u Upload) error {
	m := message{"uploaded", u.Path, "", u.User, u.Peer, u.Bytes, u.Time.UTC(), u.Secure}
	if !utf8.ValidString(u.Path) {
		m.RawPath = base64.StdEncoding.EncodeToString([]byte(u.Path))
	}
	body, err := json.Marshal(m)
	if err != nil {
		return finalError{fmt.Errorf("post to the webhook: %w", err)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return finalError{errors.New("post to the webhook: its URL cannot be used")} // it may hold a secret
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "trawl")
	resp, err := w.http.Do(req)
	if err != nil {
		return fmt.Errorf("post to the webhook: %w", errors.Unwrap(err)) // url.Error holds the URL, which may hold a secret
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 1<<16) //nolint:errcheck // so that the connection can serve again
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("post to the webhook: it answers %d", resp.StatusCode)
	}
	return finalError{fmt.Errorf("post to the webhook: it answers %d", resp.StatusCode)}
}
