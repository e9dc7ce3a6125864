// Package wire is the promise of the JSON that Trawl prints: the API and the command
// line print the same objects. [NewAnswer], [NewResult] and [NewHost] make them, [Encode]
// prints one.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf16"

	"trawl/index"
)

// Encode returns v as a line of JSON. Names come from servers, so that every character
// that a terminal obeys instead of printing it is escaped.
//
//	"a\u202egpj" => "a\\u202egpj"
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	if !bytes.ContainsFunc(b.Bytes(), func(r rune) bool { return r >= 0x7f }) {
		return b.Bytes(), nil
	}
	var out []byte
	for _, r := range b.String() {
		if s := string(r); r < 0x7f || index.Visible(s) == s {
			out = append(out, s...)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out, nil
}

// Result is a result as the API and `trawl search --json` print it.
type Result struct {
	Name   string     `json:"name"`
	Kind   string     `json:"kind"`   // "file", "dir" or "link"
	Size   *int64     `json:"size"`   // in bytes; null if unknown
	Time   *time.Time `json:"time"`   // RFC 3339, UTC; null if unknown
	Score  float64    `json:"score"`  // relevance, 0 to 1
	Places []Place    `json:"places"` // the best first
	Count  int        `json:"count"`  // of all places, of which Places may be the first few
	Exact  bool       `json:"exact"`  // false: at least Count
	About  *string    `json:"about"`  // its own description in an INDEX; null if there is none
	Text   *Snippet   `json:"text"`   // for text: queries; else null
}

// Snippet is a line of a text that holds the words of text:.
type Snippet struct {
	URL  string `json:"url"`
	Line string `json:"line"` // one that holds the most of the words
}

// Place is a place of a result.
type Place struct {
	URL  string     `json:"url"`  // the link, its raw bytes percent-encoded
	Host string     `json:"host"` // the host's URL
	Path string     `json:"path"` // decoded
	Time *time.Time `json:"time"` // RFC 3339, UTC; null if unknown
	Seen *time.Time `json:"seen"` // when a crawl last saw it; RFC 3339, UTC
	URLs []string   `json:"urls"` // the links by all doors of the host, the best first, which is URL
}

// Host is a host as the API and `trawl hosts --json` print it.
type Host struct {
	URL         string     `json:"url"`
	State       string     `json:"state"` // "new", "crawling", "up", "imported", "partial" or "down"
	Way         string     `json:"way"`   // how it is listed: "MLSD", "LIST -lR", ...
	Directories int64      `json:"directories"`
	Files       int64      `json:"files"`
	Bytes       int64      `json:"bytes"`
	LastCrawl   *time.Time `json:"last_crawl"`         // end of the last crawl; RFC 3339, UTC; null if there was none
	Complete    bool       `json:"complete"`           // whether that crawl saw everything
	Stale       int64      `json:"stale"`              // directories whose listing is kept from an earlier crawl
	Unparsed    int64      `json:"unparsed"`           // lines that were not understood
	Errors      int64      `json:"errors"`             // of the last crawl
	LastError   *string    `json:"last_error"`         // of that crawl; null if there was none; see Public
	Cause       *string    `json:"cause"`              // of last_error, one of index.Cause; null if there was none
	Words       *string    `json:"words"`              // the server's own among those of last_error; null if it said nothing
	DownSince   *time.Time `json:"down_since"`         // since when it cannot be reached; null if it can
	Next        *time.Time `json:"next_crawl"`         // when the schedule is due; null if never
	Demoted     []string   `json:"demoted"`            // ways that are not used for now, each "way: reason"
	Paused      bool       `json:"paused"`             // the schedule leaves it alone
	Doors       []string   `json:"doors"`              // the URLs by which it is reached, the best first: several if it is hosted here
	Settings    *Settings  `json:"settings,omitempty"` // for its owner alone; see NewOwnHost
}

// NewResult returns the object of a result, with the links of schemes.
func NewResult(r *index.Result, schemes index.Schemes) Result {
	out := Result{
		Name:   r.Name,
		Kind:   r.Kind.String(),
		Size:   size(r.Size),
		Time:   timestamp(r.Time),
		Score:  math.Round(r.Score*1e4) / 1e4,
		Places: make([]Place, len(r.Places)),
		Count:  r.Count,
		Exact:  !r.Cut,
	}
	if r.About != "" {
		out.About = &r.About
	}
	if r.Text != nil {
		out.Text = &Snippet{URL: schemes.URL(r.Text.Host, r.Text.Path, index.File), Line: r.Text.Line}
	}
	for i, p := range r.Places {
		urls := schemes.URLs(&p, r.Kind)
		out.Places[i] = Place{
			URL:  urls[0],
			URLs: urls,
			Host: string(p.Host),
			Path: p.Shown,
			Time: timestamp(p.Time),
			Seen: timestamp(p.Seen),
		}
	}
	return out
}

// NewHost returns the object of a host.
func NewHost(h *index.Host) Host {
	host := Host{
		URL:         string(h.ID),
		State:       h.State(),
		Way:         h.Known.Way,
		Directories: h.Tally.Directories,
		Files:       h.Tally.Files,
		Bytes:       h.Tally.Bytes,
		LastCrawl:   timestamp(h.Health.LastCrawl),
		Complete:    !h.Health.Complete.IsZero() && !h.Health.Complete.Before(h.Health.LastCrawl),
		Stale:       h.Tally.Stale,
		Unparsed:    h.Tally.Unparsed,
		Errors:      h.Health.LastErrors,
		DownSince:   timestamp(h.Health.DownSince),
		Next:        timestamp(h.Health.Next),
		Demoted:     append([]string{}, h.Known.Demoted...),
		Paused:      h.Settings.Paused,
	}
	for _, base := range h.Bases() {
		host.Doors = append(host.Doors, string(base))
	}
	if h.Health.LastError != "" {
		host.LastError = &h.Health.LastError
	}
	if cause := string(h.Cause()); cause != "" {
		host.Cause = &cause
	}
	if h.Health.Words != "" {
		host.Words = &h.Health.Words
	}
	return host
}

// Public returns the object as anybody may see it: no addresses and paths of the machine that
// Trawl runs on are in it. The last error is in the words of the server, or else its cause; ways that
// are left out have no reasons.
func (h Host) Public() Host {
	h.LastError = h.Cause
	if h.Words != nil {
		h.LastError = h.Words
	}
	demoted := make([]string, len(h.Demoted))
	for i, way := range h.Demoted {
		demoted[i], _, _ = strings.Cut(way, ": ")
	}
	h.Demoted = demoted
	return h
}

func size(n int64) *int64 {
	if n == index.UnknownSize {
		return nil
	}
	return &n
}

func timestamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
