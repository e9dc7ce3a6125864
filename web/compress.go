package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"
)

// quick is the level of gzip: the usual one takes as long as all else that an answer takes.
const quick = 2

// compressor returns a handler whose texts are compressed on the wire.
type compressor func(http.Handler) http.HandlerFunc

// newCompressor returns one that compresses by zstd for a reader who takes it, else by gzip, else not at all. A weak
// ETag is the same for all of these (RFC 9110 section 8.8.1). Streams of events go as they are, each at once, and so
// does what is compressed already.
func newCompressor() (compressor, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(512), gzhttp.CompressionLevel(quick), gzhttp.ZstdCompressionLevel(int(zstd.SpeedDefault)), gzhttp.ContentTypes([]string{
		"text/html", "text/css", "text/javascript", "text/plain", "application/json", "application/problem+json", "application/javascript", "image/svg+xml",
		"application/x-ndjson", "text/csv", "application/atom+xml", "application/feed+json", "application/opensearchdescription+xml",
	}))
	if err != nil {
		return nil, fmt.Errorf("compress pages: %w", err)
	}
	return wrap, nil
}

// pack returns a page as it is compressed for the reader of a request.
func (compress compressor) pack(r *http.Request, page drawn) drawn {
	var to packed
	compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", pageType)
		w.Write(page.body) //nolint:errcheck // packed takes all
	})).ServeHTTP(&to, r)
	return drawn{bytes.Clone(to.body.Bytes()), to.Header().Get("Content-Encoding"), page.etag}
}

// packed takes what a handler answers.
type packed struct {
	header http.Header
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*packed)(nil)

// Header keeps http.ResponseWriter.
func (p *packed) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

// Write keeps http.ResponseWriter.
func (p *packed) Write(b []byte) (int, error) { return p.body.Write(b) }

// WriteHeader keeps http.ResponseWriter: a page has no other status.
func (p *packed) WriteHeader(int) {}
