package metrics_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"trawl/cmd/trawl/internal/metrics"
	"trawl/cmd/trawl/internal/status"
	"trawl/ftpd"
	"trawl/index"
	"trawl/index/indextest/needs"
	"trawl/search"
	"trawl/web/answered"
)

// watched returns metrics that show all they can, and what answers scrapes.
func watched() (*metrics.Metrics, http.Handler) {
	m := metrics.New(metrics.Build{Version: "0.1.0", Commit: "3f2a91c"})
	m.Watch(status.New("0.1.0", func() string { return "" }).Report)
	return m, m.Handler(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
}

// scrape returns what Prometheus reads.
func scrape(t testing.TB, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, metrics.Path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("a scrape is answered by %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestNames holds the names against the conventions of Prometheus, as its library and promtool have them.
func TestNames(t *testing.T) {
	_, h := watched()
	text := scrape(t, h)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	tool := exec.CommandContext(t.Context(), needs.Unpacked(t, "usr/bin/promtool", "prometheus"), "check", "metrics")
	tool.Stdin = strings.NewReader(text)
	if out, err := tool.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestDoc compares doc/watching.md with the metrics and their labels, both ways.
func TestDoc(t *testing.T) {
	_, h := watched()
	there := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(trawl_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? `).FindAllStringSubmatch(scrape(t, h), -1) {
		var labels []string
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "le" {
				labels = append(labels, l[1])
			}
		}
		slices.Sort(labels)
		there[m[1]] = strings.Join(labels, ",")
	}
	doc, err := os.ReadFile("../../../../doc/watching.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(trawl_\\w+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(doc), -1) {
		labels := regexp.MustCompile(`\w+`).FindAllString(m[2], -1)
		slices.Sort(labels)
		documented[m[1]] = strings.Join(labels, ",")
	}
	if len(documented) < 40 {
		t.Errorf("only %d metrics are documented", len(documented))
	}
	for name, labels := range there {
		if is, ok := documented[name]; !ok || is != labels {
			t.Errorf("%s with the labels %q is documented: %t, with the labels %q", name, labels, ok, is)
		}
	}
	for name := range documented {
		if _, ok := there[name]; !ok {
			t.Errorf("%s is documented, and not there", name)
		}
	}
}

// series returns how many series there are.
func series(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}

// recorder is a catalogue whose crawls take all.
type recorder struct{ index.Catalogue }

func (recorder) Begin(context.Context, index.HostID, bool) (index.Crawl, error) { return crawl{}, nil }

type crawl struct{ index.Crawl }

func (crawl) Put(context.Context, ...index.Listing) error { return nil }

// TestHostile hands foreign strings to all observers: none of them makes a series, or shows.
func TestHostile(t *testing.T) {
	m, h := watched()
	before := scrape(t, h)
	record, err := m.Catalogue(recorder{}).Begin(t.Context(), "ftp://h/", false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		evil := fmt.Sprintf("evil\"} 1\n%d", i)
		r := httptest.NewRequest(http.MethodGet, "/"+fmt.Sprintf("evil%d", i)+"?q=evil", nil)
		m.Answered(&answered.Answer{Request: r, Status: 100 + i})
		m.Hosted(ftpd.Event{Kind: ftpd.LoginFailed, Door: ftpd.FTP, User: evil, Path: evil})
		m.Hosted(ftpd.Event{Kind: ftpd.Kind(evil), Door: ftpd.FTP})
		m.Crawled().Failed(index.Cause(evil))
		m.Searched(search.ByPage, search.Answered, time.Duration(i)*time.Millisecond)
		if err := record.Put(t.Context(), index.Listing{Way: evil}); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(1100 * time.Millisecond) // an answer counts for a second
	after := scrape(t, h)
	if was, is := series(before), series(after); is != was || was > 2000 {
		t.Errorf("there were %d series, and now %d", was, is)
	}
	if strings.Contains(after, "evil") {
		t.Error("foreign strings are shown")
	}
	for _, line := range []string{
		`trawl_listings_total{state="complete",way="published"} 1000`, `trawl_crawl_errors_total{cause="other"} 1000`,
		`trawl_searches_total{outcome="ok",surface="page"} 1000`, `trawl_hosting_logins_total{protocol="ftp",result="failed"} 1000`,
	} {
		if !strings.Contains(after, line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
}

// TestCrowd scrapes a thousand times at once: each gets a whole answer, or hears that there are too many, and all share what was
// gathered.
func TestCrowd(t *testing.T) {
	gathered := 0
	m := metrics.New(metrics.Build{})
	m.Watch(func() status.Report { gathered++; return status.Report{} })
	server := httptest.NewServer(m.Handler(http.NotFoundHandler(), slog.New(slog.DiscardHandler)))
	defer server.Close()
	begun := time.Now()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			resp, err := http.Get(server.URL + metrics.Path)
			if err != nil {
				return // the system refuses so many connections at once
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			whole := resp.StatusCode == http.StatusOK && strings.HasSuffix(string(text), "\n") && strings.Contains(string(text), "trawl_build_info")
			if err != nil || !whole && resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("got %s, %d bytes, %v", resp.Status, len(text), err)
			}
		})
	}
	all.Wait()
	if most := int(time.Since(begun)/time.Second) + 2; gathered > most {
		t.Errorf("it was gathered %d times, want %d at most", gathered, most)
	}
}

// BenchmarkSearched is what it costs to count a search.
func BenchmarkSearched(b *testing.B) {
	m, _ := watched()
	for b.Loop() {
		m.Searched(search.ByPage, search.Answered, 3*time.Millisecond)
	}
}

// BenchmarkAnswered is what it costs to count an HTTP answer.
func BenchmarkAnswered(b *testing.B) {
	m, _ := watched()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Pattern = "/"
	for b.Loop() {
		m.Answered(&answered.Answer{Request: r, Status: http.StatusOK, Bytes: 10_000, Took: time.Millisecond})
	}
}

// BenchmarkScrape is what a scrape costs.
func BenchmarkScrape(b *testing.B) {
	_, h := watched()
	for b.Loop() {
		scrape(b, h)
	}
}
