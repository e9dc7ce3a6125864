package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

const (
	tag      = `"a-18f345c4658"` // of ten bytes at stamp
	modified = "Wed, 01 May 2024 12:30:15 GMT"
)

func tenBytes() map[index.Path]*fakeFile {
	return map[index.Path]*fakeFile{
		"/pub/ten.bin":     {body: "0123456789"},
		"/pub/empty.bin":   {body: ""},
		"/pub/dated.bin":   {body: "0123456789", precision: index.Day},
		"/pub/minute.bin":  {body: "0123456789", precision: index.Minute},
		"/pub/rest.bin":    {body: "0123456789", noRanges: true},
		"/pub/unknown.bin": {body: "0123456789", size: index.UnknownSize},
	}
}

// TestGet holds statuses and headers to RFC 9110.
func TestGet(t *testing.T) {
	g, _ := newGateway(t, tenBytes(), Limits{})
	tag := validatorsOf(fetch.Info{Size: 10, Time: stamp(), Precision: index.Second}, time.Now()).tag
	weak := "W/" + tag
	const later, earlier = "Thu, 02 May 2024 00:00:00 GMT", "Tue, 30 Apr 2024 00:00:00 GMT"
	for _, tt := range []struct {
		file    string
		headers []string // of the request
		status  int
		body    string
		want    string // headers of the answer: "Name: value|..."
	}{
		{"ten", nil, 200, "0123456789", "Accept-Ranges: bytes|Content-Length: 10|Etag: " + tag + "|Last-Modified: " + modified + "|Cache-Control: no-cache|Content-Range: "},
		{"ten", []string{"Range", "bytes=2-4"}, 206, "234", "Content-Range: bytes 2-4/10|Content-Length: 3|Accept-Ranges: bytes|Etag: " + tag},
		{"ten", []string{"Range", "bytes=7-"}, 206, "789", "Content-Range: bytes 7-9/10"},
		{"ten", []string{"Range", "bytes=0-"}, 206, "0123456789", "Content-Range: bytes 0-9/10"},
		{"ten", []string{"Range", "bytes=-3"}, 206, "789", "Content-Range: bytes 7-9/10"},
		{"ten", []string{"Range", "bytes=-300"}, 206, "0123456789", "Content-Range: bytes 0-9/10"},
		{"ten", []string{"Range", "bytes=8-99999999999999999999999"}, 206, "89", "Content-Range: bytes 8-9/10"},
		{"ten", []string{"Range", "BYTES= 1 - 1 "}, 206, "1", "Content-Range: bytes 1-1/10"},
		{"ten", []string{"Range", "bytes=,1-1,"}, 206, "1", ""},
		{"ten", []string{"Range", "bytes=10-"}, 416, "The file has 10 bytes: the range begins behind its end.\n", "Content-Range: bytes */10|Etag: " + tag},
		{"ten", []string{"Range", "bytes=-0"}, 416, "", "Content-Range: bytes */10"},
		{"ten", []string{"Range", "bytes=0-1,4-5"}, 200, "0123456789", "Content-Range: "},
		{"ten", []string{"Range", "bytes=5-2"}, 200, "0123456789", ""},
		{"ten", []string{"Range", "bytes=x-2"}, 200, "0123456789", ""},
		{"ten", []string{"Range", "bytes=--2"}, 200, "0123456789", ""},
		{"ten", []string{"Range", "lines=1-2"}, 200, "0123456789", ""},
		{"ten", []string{"Range", "bytes"}, 200, "0123456789", ""},
		{"ten", []string{"Range", "bytes=1-1", "If-Range", tag}, 206, "1", ""},
		{"ten", []string{"Range", "bytes=1-1", "If-Range", `"other"`}, 200, "0123456789", "Content-Range: "},
		{"ten", []string{"Range", "bytes=1-1", "If-Range", weak}, 200, "0123456789", ""},
		{"ten", []string{"Range", "bytes=1-1", "If-Range", modified}, 206, "1", ""},
		{"ten", []string{"Range", "bytes=1-1", "If-Range", later}, 200, "0123456789", ""},
		{"minute", []string{"Range", "bytes=1-1", "If-Range", modified}, 200, "0123456789", "Etag: " + weak},
		{"ten", []string{"If-None-Match", tag}, 304, "", "Etag: " + tag + "|Content-Length: "},
		{"ten", []string{"If-None-Match", `"x", ` + weak}, 304, "", ""},
		{"ten", []string{"If-None-Match", "*"}, 304, "", ""},
		{"ten", []string{"If-None-Match", `"x"`, "If-Modified-Since", later}, 200, "0123456789", ""},
		{"ten", []string{"If-None-Match", tag, "Range", "bytes=1-1"}, 304, "", ""},
		{"ten", []string{"If-Modified-Since", modified}, 304, "", ""},
		{"ten", []string{"If-Modified-Since", earlier}, 200, "0123456789", ""},
		{"ten", []string{"If-Modified-Since", "rubbish"}, 200, "0123456789", ""},
		{"ten", []string{"If-Match", tag}, 200, "0123456789", ""},
		{"ten", []string{"If-Match", tag, "Range", "bytes=1-1"}, 206, "1", ""},
		{"ten", []string{"If-Match", "*"}, 200, "0123456789", ""},
		{"ten", []string{"If-Match", weak}, 412, "", "Etag: "},
		{"ten", []string{"If-Match", `"x"`}, 412, "", ""},
		{"ten", []string{"If-Unmodified-Since", modified}, 200, "0123456789", ""},
		{"ten", []string{"If-Unmodified-Since", earlier}, 412, "", ""},
		{"dated", nil, 200, "0123456789", "Etag: |Last-Modified: "},
		{"dated", []string{"If-None-Match", tag}, 200, "0123456789", ""},
		{"dated", []string{"If-Modified-Since", later}, 200, "0123456789", ""},
		{"empty", nil, 200, "", "Content-Length: 0|Accept-Ranges: bytes"},
		{"empty", []string{"Range", "bytes=0-"}, 200, "", "Content-Length: 0"},
		{"rest", nil, 200, "0123456789", "Accept-Ranges: none|Content-Length: 10"},
		{"rest", []string{"Range", "bytes=2-"}, 200, "0123456789", "Accept-Ranges: none|Content-Range: "},
		{"rest", []string{"Range", "bytes=0-1"}, 200, "0123456789", "Accept-Ranges: none|Content-Range: "},
		{"unknown", nil, 200, "0123456789", "Accept-Ranges: |Content-Length: "},
		{"unknown", []string{"Range", "bytes=2-"}, 200, "0123456789", "Accept-Ranges: |Content-Length: "},
	} {
		w := ask(t, g, http.MethodGet, "/get/ftp/h/pub/"+tt.file+".bin", tt.headers...)
		if w.Code != tt.status || tt.body != "" && w.Body.String() != tt.body || tt.status == 304 && w.Body.Len() > 0 {
			t.Errorf("%s %q: %d %q, want %d %q", tt.file, tt.headers, w.Code, w.Body, tt.status, tt.body)
		}
		for header := range strings.SplitSeq(tt.want, "|") {
			name, want, _ := strings.Cut(header, ": ")
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s %q: %s is %q, want %q", tt.file, tt.headers, name, got, want)
			}
		}
	}
}

// TestHead holds HEAD to the headers of GET without a data connection.
func TestHead(t *testing.T) {
	g, f := newGateway(t, tenBytes(), Limits{})
	for _, file := range []string{"ten", "empty", "rest", "unknown", "dated"} {
		get := ask(t, g, http.MethodGet, "/get/ftp/h/pub/"+file+".bin")
		opens := f.opens.Load()
		head := ask(t, g, http.MethodHead, "/get/ftp/h/pub/"+file+".bin", "Range", "bytes=1-2")
		if head.Code != 200 || head.Body.Len() > 0 || f.opens.Load() != opens {
			t.Errorf("HEAD %s: %d, %d bytes, %d data connections", file, head.Code, head.Body.Len(), f.opens.Load()-opens)
		}
		if got, want := fmt.Sprint(head.Header()), fmt.Sprint(get.Header()); got != want {
			t.Errorf("HEAD %s: %s\nGET: %s", file, got, want)
		}
	}
}

// TestRefuse holds failures to a closed list of plain sentences.
func TestRefuse(t *testing.T) {
	changed := &fetch.ChangedError{Place: index.Place{Host: "ftp://h/", Path: "/pub/changed.bin"}, Was: 10, Is: 1140140}
	files := map[index.Path]*fakeFile{
		"/pub/changed.bin": {err: fmt.Errorf("open: %w", changed)},
		"/pub/gone.bin":    {err: fmt.Errorf("open: %w", fakeError(index.Absent))},
		"/pub/busy.bin":    {err: fakeError(index.Busy)},
		"/pub/secret.bin":  {err: errors.New("dial tcp 10.0.0.7:21: /var/lib/trawl")},
		"/pub/early.bin":   {body: strings.Repeat("x", 100), breaks: 1, size: 200},
	}
	g, _ := newGateway(t, files, Limits{})
	for _, tt := range []struct {
		method, target string
		status         int
		want           string
	}{
		{"GET", "/get/ftp/h/pub/changed.bin", 409, "it had 10 bytes then, and has 1,140,140 bytes now."},
		{"HEAD", "/get/ftp/h/pub/changed.bin", 409, ""},
		{"GET", "/get/ftp/h/pub/secret.bin", 502, "The file could not be had; the portal's log says more."},
		{"GET", "/get/ftp/h/pub/gone.bin", 410, "The host no longer has the file."},
		{"GET", "/get/ftp/h/pub/busy.bin", 503, "The host takes no more visitors now"},
		{"GET", "/get/ftp/h/pub/none.bin", 404, "does not hold that file"},
		{"GET", "/get/ftp/h/pub", 404, "a directory"},
		{"GET", "/get/ftp/h/", 404, "does not hold"},
		{"GET", "/get/ftp/h", 404, "does not hold"},
		{"GET", "/get/ftp/", 404, "does not hold"},
		{"GET", "/get/", 404, "does not hold"},
		{"GET", "/get/sftp/h/pub/changed.bin", 404, "does not hold"},
		{"GET", "/get/ftp/h:22/pub/changed.bin", 404, "does not hold"},
		{"GET", "/get/ftp/user@h/pub/changed.bin", 404, "does not hold"},
		{"GET", "/get/ftp/h/pub/changed.bin%00", 404, "does not hold"},
		{"GET", "/get/ftp/h/pub/changed.bin%0d%0aDELE%20x", 404, "does not hold"},
		{"GET", "/get/ftp/h/pub/..%2f..%2fetc%2fpasswd", 404, "does not hold"},
		{"GET", "/get/ftp/h/pub/%ff%fe", 404, "does not hold"},
		{"GET", "/get/ftp/127.0.0.1:25/x", 404, "does not hold"},
		{"GET", "/get/ftp/%68/pub/none?url=ftp://h/pub/changed.bin&host=127.0.0.1", 404, "does not hold"},
		{"POST", "/get/ftp/h/pub/changed.bin", 405, "use GET"},
		{"GET", "/metalink/ftp/h/pub/none.bin", 404, "does not hold"},
	} {
		w := ask(t, g, tt.method, tt.target)
		if body := w.Body.String(); w.Code != tt.status || !strings.Contains(body, tt.want) || strings.Contains(body, "10.0.0.7") || strings.Contains(body, "/srv") {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.target, w.Code, body, tt.status, tt.want)
		}
		if h := w.Header(); h.Get("Content-Disposition") != "" || h.Get("ETag") != "" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: headers of a file: %v", tt.method, tt.target, h)
		}
	}
}

// TestCauses holds each cause to a sentence and a status of its own.
func TestCauses(t *testing.T) {
	seen := map[string]index.Cause{}
	for cause, want := range map[index.Cause]int{
		index.NoName: 502, index.Refused: 502, index.Unreachable: 502, index.NoAnswer: 504, index.Lost: 502, index.Busy: 503,
		index.LoginRefused: 502, index.Encrypted: 502, index.Untrusted: 502, index.Absent: 410, index.Forbidden: 403, index.Changed: 409,
		index.NoRestart: 502, index.Unwelcome: 403, index.Crowded: 503, index.Garbled: 502, index.Other: 502,
	} {
		status, retry := statusOf(cause)
		if status != want || (retry > 0) != (status == 503) {
			t.Errorf("%s: %d, after %s", cause, status, retry)
		}
		if other, ok := seen[Sentence(cause)]; ok {
			t.Errorf("%s says the same as %s", cause, other)
		}
		seen[Sentence(cause)] = cause
	}
}

// serve serves a gateway over TCP.
func serve(t *testing.T, g http.Handler) (addr string) {
	t.Helper()
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// TestBroken holds a file that breaks off to an answer that is seen to be short, in either encoding.
func TestBroken(t *testing.T) {
	long := strings.Repeat("0123456789", 100_000)
	g, f := newGateway(t, map[index.Path]*fakeFile{
		"/pub/sized.bin":   {body: long, breaks: 700_000},
		"/pub/unsized.bin": {body: long, breaks: 700_000, size: index.UnknownSize},
		"/pub/short.bin":   {body: long, size: 2_000_000},
		"/pub/long.bin":    {body: long, size: 700_000},
		"/pub/more.bin":    {body: long, size: 20_000},
	}, Limits{})
	at := serve(t, g)
	for _, file := range []string{"sized", "unsized", "short", "long", "more"} {
		r, err := http.Get("http://" + at + "/get/ftp/h/pub/" + file + ".bin")
		if file == "more" && errors.Is(err, io.EOF) {
			continue // nothing of it was on its way yet
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if err == nil || r.StatusCode != 200 || n < 1000 {
			t.Errorf("%s: %d, %d bytes, %v", file, r.StatusCode, n, err)
		}
	}
	if f.closed.Load() != f.opens.Load() {
		t.Errorf("%d of %d files were closed", f.closed.Load(), f.opens.Load())
	}
}

// TestLeaving holds a visitor who goes away to ending the transfer, also while the host is silent.
func TestLeaving(t *testing.T) {
	g, f := newGateway(t, map[index.Path]*fakeFile{"/pub/slow.bin": {body: "0123456789", stalls: true, size: 1 << 40}}, Limits{})
	at := serve(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/get/ftp/h/pub/slow.bin", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	cancel()
	for range 200 {
		if f.closed.Load() == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("two seconds later the transfer goes on")
}

// TestStuck holds a visitor who takes nothing to being cut off, and one who is slow to getting all.
func TestStuck(t *testing.T) {
	long := strings.Repeat("0123456789", 4<<20/10*8)
	g, f := newGateway(t, map[index.Path]*fakeFile{"/pub/long.bin": {body: long}}, Limits{Stall: time.Second})
	server := httptest.NewUnstartedServer(g)
	server.Config.WriteTimeout = time.Millisecond // shorter than any transfer: the gateway sets its own
	server.Start()
	defer server.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /get/ftp/h/pub/long.bin HTTP/1.1\r\nHost: h\r\n\r\n")
	for range 1000 {
		if f.closed.Load() == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if f.closed.Load() != 1 {
		t.Error("ten seconds later the stuck visitor has a transfer")
	}
	r, err := http.Get(server.URL + "/get/ftp/h/pub/long.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil || n != int64(len(long)) {
		t.Errorf("a moving visitor got %d bytes of %d: %v", n, len(long), err)
	}
}

// TestLarge holds sizes beyond 32 bits.
func TestLarge(t *testing.T) {
	const size = 5 << 30
	g, _ := newGateway(t, map[index.Path]*fakeFile{"/pub/large.iso": {size: size}}, Limits{})
	w := ask(t, g, http.MethodHead, "/get/ftp/h/pub/large.iso")
	if got := w.Header().Get("Content-Length"); got != strconv.Itoa(size) {
		t.Errorf("Content-Length: %s", got)
	}
	w = ask(t, g, http.MethodGet, "/get/ftp/h/pub/large.iso", "Range", "bytes=5368709120-")
	if got := w.Header().Get("Content-Range"); w.Code != 416 || got != "bytes */5368709120" {
		t.Errorf("%d, Content-Range: %s", w.Code, got)
	}
}

// TestPlaces holds a file to its other places, and small files of one name and size by chance to their own.
func TestPlaces(t *testing.T) {
	files := map[index.Path]*fakeFile{"/pub/big.iso": {size: 700 << 20}, "/pub/README": {body: "0123456789"}, "/pub/Big.ISO": {size: 700 << 20}}
	c := newCatalogue(t, files, "/pub/big.iso")
	old := stamp().AddDate(-1, 0, 0).Unix()
	record(t, c, "ftp://third/", map[index.Path][]index.Entry{
		"/":      {{Name: "big.iso", Size: 700 << 20}, {Name: "README", Size: 10, Unix: old, Precision: index.Second}},
		"/a":     {{Name: "README", Size: 10, Unix: stamp().Unix(), Precision: index.Second}},
		"/a/pub": {{Name: "README", Size: 10}, {Name: "big.iso", Size: 699 << 20}},
	})
	f := &fakeFetcher{files: files}
	g := New(Options{Catalogue: c, Fetcher: f, Schemes: index.NewSchemes(index.Scheme{Name: "ftp", Port: 21})})
	for target, want := range map[string]string{
		"/get/ftp/h/pub/big.iso": "ftp://h/pub/big.iso ftp://h/pub/Big.ISO ftp://h:2121/pub/big.iso ftp://third/big.iso",
		"/get/ftp/h/pub/README":  "ftp://h/pub/README ftp://third/a/README ftp://third/a/pub/README",
	} {
		f.asked = nil
		ask(t, g, http.MethodHead, target)
		var got []string
		for _, p := range f.asked[0].Places {
			got = append(got, p.Host.Join(p.Path))
		}
		wanted := strings.Fields(want)
		if len(got) != len(wanted) || got[0] != wanted[0] {
			t.Errorf("%s: %q, want %q", target, got, wanted)
		}
		for _, place := range wanted {
			if !strings.Contains(strings.Join(got, " ")+" ", place+" ") {
				t.Errorf("%s: %q lacks %s", target, got, place)
			}
		}
	}
}
