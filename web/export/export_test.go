package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/search"
	"trawl/web/export"
)

const host = index.HostID("ftp://h.example/")

func schemes() index.Schemes { return index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}) }

// newCatalogue returns a catalogue with files in one folder.
func newCatalogue(t *testing.T, entries ...index.Entry) *indextest.Brute {
	t.Helper()
	c := indextest.NewBrute()
	if err := c.Update(t.Context(), host, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	put(t, c, entries)
	return c
}

func put(t *testing.T, c index.Catalogue, entries []index.Entry) {
	t.Helper()
	crawl, err := c.Begin(t.Context(), host, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(crawl.Put(t.Context(), index.Listing{Dir: "/", Entries: entries}), crawl.Finish(t.Context(), true)); err != nil {
		t.Fatal(err)
	}
}

func files(n int) (out []index.Entry) {
	for i := range n {
		out = append(out, index.Entry{Name: fmt.Sprintf("file %05d.txt", i), Size: int64(i), Unix: 1e9, Precision: index.Second})
	}
	return out
}

// written returns an export of a query.
func written(t *testing.T, s index.Searcher, asked search.Request, f export.Format) string {
	t.Helper()
	e := export.New(s, schemes())
	e.Pages(100, 300)
	x, err := e.Begin(t.Context(), netip.Prefix{}, asked, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var out bytes.Buffer
	if err := x.WriteTo(t.Context(), &out, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestAll exports all results, each once.
func TestAll(t *testing.T) {
	c := newCatalogue(t, files(3_000)...)
	text := written(t, c, search.Request{Text: "file"}, export.Lines)
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		seen[line] = true
	}
	if len(seen) != 3_000 || strings.Count(text, "\n") != 3_000 || !strings.HasPrefix(text, "0\t2001-09-09T01:46:40Z\tftp://h.example/file%2000000.txt\n") {
		t.Errorf("%d lines, %d of them different: %.200s", strings.Count(text, "\n"), len(seen), text)
	}
}

// changing is a searcher whose catalogue changes between pages.
type changing struct {
	index.Searcher
	change func()
}

func (c *changing) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	a, err := c.Searcher.Search(ctx, q)
	c.change()
	return a, err
}

// TestChanging exports while files come and go: those that stay are there once.
func TestChanging(t *testing.T) {
	all := files(3_000)
	c := newCatalogue(t, all...)
	n := 0
	s := &changing{c, func() {
		n++
		some := append(files(3_000)[:0:0], all...)
		for i := range some {
			if i%10 == n%10 && i%2 == 1 {
				some[i].Name += fmt.Sprintf(" %d", n)
			}
		}
		put(t, c, some)
	}}
	count := map[string]int{}
	for line := range strings.Lines(written(t, s, search.Request{Text: "file"}, export.Lines)) {
		count[strings.Split(strings.TrimSpace(line), "\t")[0]]++
	}
	for i := 0; i < 3_000; i += 2 {
		if got := count[fmt.Sprint(i)]; got != 1 {
			t.Fatalf("file %d is there %d times", i, got)
		}
	}
}

func hostile() []index.Entry {
	var out []index.Entry
	for i, name := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "'quoted", `a"b,c`, "line\nbreak", "cr\rlf", "tab\tname", "\x01\x1b[2J", "\u202egpj.exe", "\ufffe\uffff", "😀", "</script>", "]]>", "&amp;", "#", "",
	} {
		if name == "" {
			name, i = "x"+strings.Repeat("y", 250), 99
		}
		out = append(out, index.Entry{Name: name, Size: int64(i)})
	}
	return append(out, index.Entry{Name: "caf\ufffd", Raw: "caf\xe9", Size: index.UnknownSize})
}

// TestHostile holds each format to being read by its own kind, whatever names there are.
func TestHostile(t *testing.T) {
	names := hostile()
	c := newCatalogue(t, names...)
	all := search.Request{Text: "kind:file"}
	text := written(t, c, all, export.CSV)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 1+len(names) || strings.Count(text, "\r\n") != len(rows) || strings.Count(text, "\n") != len(rows) {
		t.Errorf("%d rows, %v: %q", len(rows), err, text)
	}
	for _, row := range rows[1:] {
		for i, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") || index.Visible(cell) != cell {
				t.Errorf("cell %d is %q", i, cell)
			}
		}
	}
	dec := json.NewDecoder(strings.NewReader(written(t, c, all, export.NDJSON)))
	n := 0
	for ; dec.More(); n++ {
		var one struct{ Places []struct{ URL, Path string } }
		if err := dec.Decode(&one); err != nil || len(one.Places) != 1 {
			t.Fatal(err, one)
		}
	}
	lines := written(t, c, all, export.Lines)
	if n != len(names) || strings.Count(lines, "\n") != len(names) || index.Visible(strings.NewReplacer("\n", "", "\t", "").Replace(lines)) != strings.NewReplacer("\n", "", "\t", "").Replace(lines) {
		t.Errorf("%d objects, lines %q", n, lines)
	}
}

// broken is a searcher that fails after some pages, or cuts them.
type broken struct {
	index.Searcher
	after int
	err   error
}

func (b *broken) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	a, err := b.Searcher.Search(ctx, q)
	if b.after--; b.after < 0 {
		a.Exact = false
		return a, b.err
	}
	return a, err
}

// TestCut holds an export that is not whole to saying so: in its last line, in its trailer, and where the catalogue fails by
// breaking off.
func TestCut(t *testing.T) {
	c := newCatalogue(t, files(3000)...)
	for _, tt := range []struct {
		name  string
		s     index.Searcher
		cut   bool
		broke bool
	}{
		{"whole", c, false, false},
		{"cut", &broken{c, 1, nil}, true, false},
		{"broken", &broken{c, 1, errors.New("the disk is gone")}, true, true},
	} {
		for _, f := range []export.Format{export.NDJSON, export.CSV, export.Lines} {
			if b, ok := tt.s.(*broken); ok {
				b.after = 1
			}
			e := export.New(tt.s, schemes())
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				x, err := e.Begin(r.Context(), netip.Prefix{}, search.Request{Text: "file"}, time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				defer x.Close()
				if err := x.Send(w, r, f); (err != nil) != tt.broke {
					t.Errorf("%s: %v", tt.name, err)
				}
			}))
			resp, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			srv.Close()
			if tt.broke != (err != nil) {
				t.Errorf("%s, %s: the body ends with %v", tt.name, f, err)
			}
			if got := resp.Trailer.Get("Trawl-Exact"); !tt.broke && got != fmt.Sprint(!tt.cut) {
				t.Errorf("%s, %s: trailer %q", tt.name, f, resp.Trailer)
			}
			if said := strings.Contains(string(body), "at least") || strings.Contains(string(body), "at_least"); said != tt.cut {
				t.Errorf("%s, %s: ends in %q", tt.name, f, body[max(0, len(body)-200):])
			}
		}
	}
}

// TestMany asks for very many exports at once: some are made, the others are refused, and room is made again.
func TestMany(t *testing.T) {
	c := newCatalogue(t, files(100)...)
	e := export.New(c, schemes())
	var wait sync.WaitGroup
	var mu sync.Mutex
	made, refused := 0, 0
	hold := make(chan struct{})
	for i := range 1000 {
		wait.Go(func() {
			x, err := e.Begin(t.Context(), netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32), search.Request{Text: "file"}, time.Now())
			mu.Lock()
			if errors.Is(err, export.ErrBusy) {
				refused++
			} else if err == nil {
				made++
			}
			if made+refused == 1000 {
				close(hold)
			}
			mu.Unlock()
			if err == nil {
				<-hold
				x.Close()
			}
		})
	}
	wait.Wait()
	if made != export.AtOnce || refused != 1000-export.AtOnce {
		t.Errorf("%d were made, %d refused", made, refused)
	}
	one := netip.MustParsePrefix("192.0.2.1/32")
	for n := range export.OfOne + 1 {
		x, err := e.Begin(t.Context(), one, search.Request{Text: "file"}, time.Now())
		if busy := errors.Is(err, export.ErrBusy); busy != (n == export.OfOne) {
			t.Errorf("export %d of one visitor: %v", n, err)
		}
		if err == nil {
			defer x.Close()
		}
	}
	for range 20 {
		x, err := e.Begin(t.Context(), netip.Prefix{}, search.Request{Text: "file"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		x.Close()
		if _, err := e.Begin(t.Context(), netip.Prefix{}, search.Request{Text: "size:big"}, time.Now()); err == nil {
			t.Fatal("a wrong query is exported")
		}
	}
}
