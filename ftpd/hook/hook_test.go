package hook

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func logTo(b *buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

var upload = Upload{
	Path: "/in/caf\xe9 ;rm -rf", File: "/srv/in/caf\xe9 ;rm -rf", User: "ann", Peer: "192.0.2.1:4000", Bytes: 42,
	Time: time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC), Secure: true,
}

// TestWebhook shows what is posted, and that it is tried again as often as it may help.
func TestWebhook(t *testing.T) {
	tests := []struct {
		name   string
		status []int // of the tries
		tries  int32
		log    string
	}{
		{"well", []int{200}, 1, ""},
		{"once more", []int{503, 204}, 2, "it answers 503"},
		{"refused", []int{404}, 1, "again=false"},
		{"redirected", []int{302}, 1, "it answers 302"},
		{"never", []int{500, 500, 500}, 2, "again=false"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			var body atomic.Value
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				body.Store(string(b))
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status[tries.Add(1)-1])
			}))
			defer srv.Close()
			var log buffer
			h := New(Config{URL: srv.URL + "/secret", Retries: 1, Log: logTo(&log)})
			h.Add(upload)
			h.Close(time.Minute)
			if got := tries.Load(); got != test.tries {
				t.Errorf("%d tries, want %d", got, test.tries)
			}
			if got := log.String(); !strings.Contains(got, test.log) || test.log == "" && got != "" || strings.Contains(got, "secret") {
				t.Errorf("the log says %s", got)
			}
			const want = `{"event":"uploaded","path":"/in/caf\ufffd ;rm -rf","raw_path":"L2luL2NhZukgO3JtIC1yZg==","user":"ann","peer":"192.0.2.1:4000","bytes":42,"time":"2024-05-06T12:00:00Z","tls":true}`
			if got := body.Load(); got != want {
				t.Errorf("posted\n%s\nwant\n%s", got, want)
			}
			if !json.Valid([]byte(want)) {
				t.Error("no JSON")
			}
		})
	}
}

// TestCommand shows that no shell reads a name, and that the program gets all.
func TestCommand(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	var log buffer
	h := New(Config{Command: []string{"/bin/sh", "-c", `printf '%s|' "$0" "$@" "$TRAWL_PATH" "$TRAWL_FILE" "$TRAWL_USER" "$TRAWL_BYTES" "$TRAWL_TLS" >>` + out}, Log: logTo(&log)})
	h.Add(upload)
	h.Close(time.Minute)
	got, err := os.ReadFile(out)
	want := upload.File + "|" + upload.Path + "|" + upload.File + "|ann|42|1|"
	if err != nil || string(got) != want || log.String() != "" {
		t.Errorf("the program got %q, %v, want %q; the log says %s", got, err, want, log.String())
	}
}

// TestCommandFails shows that a program is run once, that what it says is logged, and that one that hangs is ended with all
// that it has started.
func TestCommandFails(t *testing.T) {
	for _, test := range []struct{ script, log string }{
		{"echo no room >&2; exit 3", `exit status 3: no room`},
		{"sleep 600 & wait", "deadline exceeded"},
	} {
		var log buffer
		h := New(Config{Command: []string{"/bin/sh", "-c", test.script}, Timeout: 500 * time.Millisecond, Log: logTo(&log)})
		start := time.Now()
		h.Add(upload)
		h.Close(time.Minute)
		if got := log.String(); !strings.Contains(got, test.log) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: the log says %s", test.script, got)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s took %s", test.script, took)
		}
	}
}

// TestQueue shows that Add never waits, and that Close ends in time.
func TestQueue(t *testing.T) {
	begun, hold := make(chan struct{}, 100), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}))
	defer srv.Close()
	var log buffer
	h := New(Config{URL: srv.URL, Queue: 2, Log: logTo(&log)})
	h.Add(upload)
	<-begun
	for range 5 { // 2 wait, 3 are dropped
		h.Add(upload)
	}
	h.Close(time.Millisecond)
	close(hold)
	got := log.String()
	for _, want := range []string{"the hook is too slow", "dropped=3", "dropped=2"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("the log does not say %q once: %s", want, got)
		}
	}
}
