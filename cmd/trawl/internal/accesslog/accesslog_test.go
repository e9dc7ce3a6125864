package accesslog

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"trawl/cmd/trawl/internal/logfile"
	"trawl/index/indextest/needs"
	"trawl/web/answered"
	"trawl/web/visitor"
)

// asked is a request of a visitor, and how it is answered.
type asked struct{ target, user, referrer, agent, answer string }

const proxied = "198.51.100.1"

// requests are those of visitors, among them hostile ones.
func requests() []asked {
	forged := "x\" 200 5 \"-\" \"-\"\n203.0.113.9 - - [30/Nov/2026:21:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"y"
	return []asked{
		{"/", "", "", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "page"},
		{"/?q=a+secret+wish", "", "https://example.org/search?q=another+wish", "curl/8.1", "page"},
		{"/get/ftp/h/pub/%D0%9C%D1%83%D0%B7%D1%8B%D0%BA%D0%B0.iso", "ann b", "", "", strings.Repeat("x", 5000)},
		{"/nothing", "", forged, forged, ""},
		{"/%22%0a%5c", "bob\"\n\\", "\xff\xfe\u202e\x1b[2J\u009b", "\x7f" + strings.Repeat("A", 100_000), "page"},
	}
}

// logged writes a log of all requests and returns its path.
func logged(t *testing.T, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := logfile.Open(path, "the access log", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range requests() {
		seen := To(file, o, "portal", func(*http.Request) string { return one.user })
		h := answered.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if one.answer == "" {
				w.WriteHeader(http.StatusNotFound)
			}
			_, _ = io.WriteString(w, one.answer)
		}), seen)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, one.target, nil)
		r.Header["Referer"], r.Header["User-Agent"] = []string{one.referrer}, []string{one.agent}
		r = visitor.Visitor{Addr: netip.MustParseAddr(proxied), Secure: true}.With(r)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns the lines of a log, each of which must be one of printable characters.
func read(t *testing.T, path string) []string {
	t.Helper()
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(all), "\n"), "\n")
	if len(lines) != len(requests()) {
		t.Fatalf("%d lines of %d requests: %.2000s", len(lines), len(requests()), all)
	}
	for _, line := range lines {
		for _, r := range line {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Errorf("a line holds %q: %.300s", r, line)
			}
		}
	}
	return lines
}

// TestCombined holds lines of the combined form to that form, whatever visitors send.
func TestCombined(t *testing.T) {
	form := regexp.MustCompile(`^(\S+) - (\S+) \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "(GET) (\S+) (HTTP/1\.1)" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"$`)
	lines := read(t, logged(t, Options{}))
	for i, line := range lines {
		m := form.FindStringSubmatch(line)
		if m == nil || m[1] != proxied {
			t.Errorf("line %d: %.300s", i, line)
		}
	}
	for i, want := range []string{
		`198.51.100.1 - - [] "GET / HTTP/1.1" 200 4 "-" "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"`,
		`198.51.100.1 - - [] "GET / HTTP/1.1" 200 4 "https://example.org/search" "curl/8.1"`,
		`198.51.100.1 - ann\x20b [] "GET /get/ftp/h/pub/%D0%9C%D1%83%D0%B7%D1%8B%D0%BA%D0%B0.iso HTTP/1.1" 200 5000 "-" "-"`,
		`198.51.100.1 - - [] "GET /nothing HTTP/1.1" 404 - "x\x22 200 5 \x22-\x22 \x22-\x22\x0A203.0.113.9 - - [30/Nov/2026:21:00:00 +0000] \x22GET / HTTP/1.1\x22 200 5 \x22-\x22 \x22y" "x\x22 200 5 \x22-\x22 \x22-\x22\x0A203.0.113.9 - - [30/Nov/2026:21:00:00 +0000] \x22GET / HTTP/1.1\x22 200 5 \x22-\x22 \x22y"`,
	} {
		if got := regexp.MustCompile(` - (\S+) \[[^]]*\]`).ReplaceAllString(lines[i][:strings.Index(lines[i], "\"")], " - $1 []") + lines[i][strings.Index(lines[i], "\""):]; got != want {
			t.Errorf("line %d:\n%s, want\n%s", i, got, want)
		}
	}
	if all := strings.Join(lines, "\n"); strings.Contains(all, "wish") {
		t.Errorf("a query is logged: %s", all)
	}
	if all := strings.Join(read(t, logged(t, Options{Queries: true})), "\n"); !strings.Contains(all, "/?q=a+secret+wish") || !strings.Contains(all, "another+wish") {
		t.Errorf("no query is logged: %.3000s", all)
	}
}

// TestJSON reads lines in JSON.
func TestJSON(t *testing.T) {
	for i, line := range read(t, logged(t, Options{Format: JSON})) {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("line %d: %v: %.300s", i, err, line)
		}
		if o.Addr != proxied || o.Door != "portal" || !o.Secure || o.Status == 0 || o.Time == "" || strings.Contains(line, "wish") {
			t.Errorf("line %d: %.300s", i, line)
		}
	}
}

// TestGoAccess lets GoAccess read both forms: it understands each line, and believes no forged one.
func TestGoAccess(t *testing.T) {
	goaccess := needs.Program(t, "goaccess", "goaccess")
	for form, format := range map[Format]string{
		Combined: "COMBINED",
		JSON:     `{"time":"%dT%t.%^","addr":"%h","method":"%m","target":"%U","proto":"%H","host":"%v","status":"%s","bytes":"%b","seconds":"%T","referrer":"%R","agent":"%u"}`,
	} {
		out := filepath.Join(t.TempDir(), "report.json")
		args := []string{"--no-global-config", "--no-progress", "--log-format=" + format, "--output=" + out}
		if form == JSON {
			args = append(args, "--date-format=%Y-%m-%d", "--time-format=%T")
		}
		cmd := exec.Command(goaccess, append([]string{logged(t, Options{Format: form})}, args...)...)
		cmd.Env = append(os.Environ(), "TERM=dumb")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", form, err, said)
		}
		var report struct {
			General struct {
				Total  int `json:"total_requests"`
				Failed int `json:"failed_requests"`
				Bytes  int `json:"bandwidth"`
			}
			Visitors struct {
				Data []struct {
					Hits struct{ Count int }
				}
			}
			Hosts struct{ Data []struct{ Data string } }
		}
		b, err := os.ReadFile(out)
		if err == nil {
			err = json.Unmarshal(b, &report)
		}
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if g := report.General; g.Total != len(requests()) || g.Failed != 0 || g.Bytes != 5012 || len(report.Hosts.Data) != 1 || report.Hosts.Data[0].Data != proxied {
			t.Errorf("%s: %+v of %d requests, from %+v", form, g, len(requests()), report.Hosts.Data)
		}
	}
}
