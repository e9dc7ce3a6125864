package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"trawl/crawler/listing"
	"trawl/index"
)

// MaxText is how many bytes of a text Text reads.
const MaxText = 256 << 10

// ErrBinary says that a file is no text.
var ErrBinary = errors.New("it is no text")

// Text reads the first MaxText bytes of the file that an address is about; rest is what follows the page in it. It returns
// them as people read them: decoded by the charset of the host, in valid UTF-8, with lines that end in "\n" and no characters that are not
// shown. It reports whether the text goes on. Of a slow host it shows the bytes that came within Limits.Preview. The error is
// ErrBinary or a *Refusal.
func (g *Gateway) Text(r *http.Request, rest string) (text string, cut bool, err error) {
	e, err := g.find(r.Context(), rest)
	if err != nil {
		return "", false, refused(err)
	}
	v, err := g.visitors.enter(r)
	if err != nil {
		return "", false, err
	}
	defer v.leave()
	ctx, cancel := context.WithTimeout(r.Context(), g.opt.Limits.Preview)
	defer cancel()
	raw, err := g.beginning(ctx, e)
	slow := ctx.Err() != nil && len(raw) > 0
	if err != nil && !slow {
		return "", false, e.hostFailed(err)
	}
	if cut = len(raw) > MaxText || err != nil; cut {
		raw = wholeLines(raw[:min(len(raw), MaxText)])
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", false, ErrBinary
	}
	return index.VisibleText(decode(raw, &e.host)), cut, nil
}

// beginning reads the first MaxText bytes of a file, and one more if it goes on. It returns what came before
// an error, too.
func (g *Gateway) beginning(ctx context.Context, e *entry) ([]byte, error) {
	body, err := g.opt.Fetcher.Open(ctx, g.file(ctx, e), 0)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	defer context.AfterFunc(ctx, func() { body.Close() })()
	raw, err := io.ReadAll(io.LimitReader(body, MaxText+1))
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // not that the body was closed
	}
	return raw, err
}

// wholeLines cuts a text behind its last line that is whole.
func wholeLines(raw []byte) []byte {
	if end := bytes.LastIndexByte(raw, '\n'); end >= 0 {
		return raw[:end+1]
	}
	for i := 0; i < utf8.UTFMax && len(raw) > 0 && !utf8.Valid(raw[max(0, len(raw)-utf8.UTFMax):]); i++ {
		raw = raw[:len(raw)-1]
	}
	return raw
}

// decode returns a text in UTF-8. One that is UTF-8 counts as that; another has the charset that the owner set for the
// host or a crawl found there, or else one that fits it.
func decode(raw []byte, host *index.Host) string {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	known := host.Settings.Charset
	if known == "" {
		known = host.Known.Charset
	}
	if known == "utf-8" {
		known = ""
	}
	d, err := listing.NewDecoder("", known)
	if err != nil {
		return strings.ToValidUTF8(string(raw), string(utf8.RuneError))
	}
	if known == "" {
		for line := range bytes.Lines(raw[:min(len(raw), 16<<10)]) {
			d.Learn(string(line))
		}
	}
	return d.Decode(string(raw))
}
