package web

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
	"trawl/web/locale"
)

func TestHost(t *testing.T) {
	catalogue := newCatalogue(t)
	if err := catalogue.Update(t.Context(), "ftp://one.example/", func(h *index.Host) error {
		h.Known.Demoted = []string{"EPSV: it is never answered", "\x1b[31m<b>: no", "LIST -lR: dial tcp 10.11.12.13:4711: connect: refused", "STAT: it lacks 30 entries", "MLSD: 500 What?"}
		h.Health.LastError = "dial tcp: lookup one.example on 10.11.12.13:53: /home/owner/key"
		h.Health.Cause, h.Health.Words = index.LoginRefused, "530 <i>No\u202e"
		h.Health.DownSince = time.Now().Add(-49 * time.Hour)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	portal, err := New(Options{Schemes: schemes(), Catalogue: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []target{
		{"/host/ftp/one.example", 200, []string{
			"EPSV: it is never answered", `\x1b[31m&lt;b&gt;`, "STAT: it lacks 30 entries", "MLSD: 500 What?", "<li>LIST -lR</li>", `530 &lt;i&gt;No\u202e`, "does not accept the login", "2 days ago", "directory by directory (MLSD)",
			"README", `href="/browse/ftp/one.example/pub"`, `class="state down"`,
		}, []string{"10.11.12.13", "/home/owner", "<i>No"}},
		{"/host/ftp/one.example/", 200, []string{"README"}, nil},
		{"/host/ftp/one.example/pub", 302, []string{"/browse/ftp/one.example/pub"}, nil},
		{"/host/ftp/empty.example", 200, []string{"Nothing is listed yet.", `class="state new"`}, nil},
		{"/host/ftp/none.example", 404, []string{"no such host"}, []string{"10.11"}},
		{"/host/ftp/one.example?lang=es", 200, []string{"no acepta el inicio de sesión", "hace 2 días"}, []string{"does not accept"}},
		{"/browse/ftp/one.example/pub", 200, []string{"cannot be reached now"}, []string{"EPSV", "530"}},
		{"/hosts", 200, []string{"down since"}, []string{"10.11.12.13", "/home/owner"}},
	} {
		tt.check(t, portal)
	}
}

// TestCauses holds the texts to all causes that there are.
func TestCauses(t *testing.T) {
	languages, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "../index/cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var causes []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			causes = append(causes, strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	if len(causes) < 18 {
		t.Fatalf("index/cause.go has %q; has its form changed?", causes)
	}
	for _, cause := range causes {
		for _, l := range languages.All() {
			if text := (visit{Locale: l}).cause(index.Cause(cause)); cause != "" && strings.Contains(text, "cause.") {
				t.Errorf("%s lacks the cause %s", l.Tag, cause)
			}
		}
	}
	for _, state := range append(states(), "stale") {
		for _, l := range languages.All() {
			if id := "state." + state; l.Text(id) == id {
				t.Errorf("%s lacks %s", l.Tag, id)
			}
		}
	}
	for _, stage := range []crawler.Stage{crawler.Queued, crawler.Connecting, crawler.Listing, crawler.Proving, crawler.Reading, crawler.Done} {
		if id := "host.stage-" + string(stage); languages.All()[0].Text(id) == id {
			t.Errorf("no text for the stage %s", stage)
		}
	}
}

// crawling is a crawl that goes on with each question.
type crawling struct {
	id index.HostID
	n  atomic.Int64
}

func (c *crawling) Progress(id index.HostID) (crawler.Progress, bool) {
	n := c.n.Add(1)
	return crawler.Progress{Host: id, Stage: crawler.Listing, Directories: n, Files: 10 * n, Waiting: 3, Dir: "/pub/<b>"}, id == c.id && n < 4
}

// TestProgress follows a crawl to its end, over a server that cuts off slow answers.
func TestProgress(t *testing.T) {
	catalogue := newCatalogue(t)
	portal, err := New(Options{Schemes: schemes(), Catalogue: catalogue, Crawls: &crawling{id: "ftp://one.example/"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(portal)
	server.Config.WriteTimeout = 1500 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/host/ftp/one.example/progress", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Errorf("the type is %s", kind)
	}
	var events []string
	lines := bufio.NewScanner(got.Body)
	for lines.Scan() {
		if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, event)
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && len(events) == 1 {
			var p progress
			if err := json.Unmarshal([]byte(data), &p); err != nil || p.Known != p.Directories+3 || !strings.Contains(p.Text, "Listing") {
				t.Errorf("%s: %v", data, err)
			}
		}
	}
	if lines.Err() != nil || strings.Join(events, " ") != "progress progress progress end" {
		t.Errorf("%q, %v", events, lines.Err())
	}
}

// TestProgressWithoutScript holds the page of a host to saying how its crawl goes on.
func TestProgressWithoutScript(t *testing.T) {
	portal, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Crawls: &crawling{id: "ftp://one.example/"}})
	if err != nil {
		t.Fatal(err)
	}
	target{"/host/ftp/one.example", 200, []string{`<meter min="0" max="4" value="1"`, "Listing: 1 directory, 10 files so far", "/pub/&lt;b&gt;", `data-events="/host/ftp/one.example/progress"`}, nil}.check(t, portal)
}

// TestCrowdedStreams holds the streams to a limit.
func TestCrowdedStreams(t *testing.T) {
	p := &portal{streams: make(chan struct{})}
	w := httptest.NewRecorder()
	c := testContext(w, "/host/ftp/one.example/progress")
	p.follow(c, visit{}, "ftp://one.example/")
	if c.Writer.Status() != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", c.Writer.Status(), w.Header())
	}
}
