package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	builds "trawl/cmd/internal/version"
	"trawl/index"
	"trawl/index/embedded"
	"trawl/search/query"
	"trawl/web/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// examples returns the queries that doc/query.md shows: those of its tables, and others
// that it speaks of.
func examples(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../doc/query.md")
	if err != nil {
		t.Fatal(err)
	}
	doc, _, _ := strings.Cut(string(data), "### Types")
	var out []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(doc, -1) {
		out = append(out, m[1])
	}
	if len(out) < 30 {
		t.Errorf("doc/query.md has %d queries in tables; has its form changed?", len(out))
	}
	doc = strings.ReplaceAll(doc, "&#124;", "|")
	for _, q := range []string{
		"debian netinst", "*.iso' 'size:>700MB", "linux -kernel (type:archive | ext:iso) time:>=2020",
		"ubuntu | debian", "cafe", "strasse", "elan", "dir:kernel", "ext:iso", "debian ext:iso",
		`"a|b"`, `what\?`, `"-rf"`, `"OR"`, "ext:tar.gz", "size:1G..", "time:2024-05", "time:2024-05-17", "time:>1y", "time:yesterday",
	} {
		if !strings.Contains(doc, q) {
			t.Errorf("doc/query.md does not speak of %s any more", q)
		}
		out = append(out, strings.ReplaceAll(q, "' '", " "))
	}
	return out
}

// TestQueryDoc shows what each example of doc/query.md finds in two small archives:
// testdata/query/found.golden is read beside it.
func TestQueryDoc(t *testing.T) {
	now := time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)
	quiet := &terminal{Writer: io.Discard}
	a := &app{out: quiet, err: quiet, now: func() time.Time { return now }}
	e, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, host := range []string{"ftp.example.org", "files.example.net"} {
		if err := importFile(t.Context(), e, a, "testdata/query/"+host+".ls", importOptions{host: host}); err != nil {
			t.Fatal(err)
		}
	}
	readme := index.Text{Host: "ftp://ftp.example.org/", Path: "/README", Body: "Here is\nthe kernel of Linux and no more\n"}
	if err := e.PutText(t.Context(), readme); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, text := range examples(t) {
		tree, err := query.Parse(text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		answer, err := e.Search(t.Context(), index.Query{Tree: tree, Now: now, Limit: index.MaxLimit, Budget: -1})
		if err != nil || !answer.Exact {
			t.Errorf("%s: %v, exact %v", text, err, answer.Exact)
		}
		fmt.Fprintf(&got, "%s\n", text)
		var found []string
		for _, r := range answer.Results {
			for _, p := range r.Places {
				found = append(found, "\t"+p.Host.Name()+p.Shown+"\n")
			}
		}
		slices.Sort(found)
		got.WriteString(strings.Join(found, ""))
	}
	const golden = "testdata/query/found.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the examples find something else; see it with go test ./cmd/trawl -run QueryDoc -update; git diff")
	}
}

// TestAPIDoc compares the objects that doc/api.md shows with those that are printed, key by
// key. Its tables must explain each key.
func TestAPIDoc(t *testing.T) {
	data, err := os.ReadFile("../../doc/api.md")
	if err != nil {
		t.Fatal(err)
	}
	samples := regexp.MustCompile(`(?m)^    \{"(?:.*\n)+?\n`).FindAllString(string(data), -1)
	printed := []any{&wire.Result{}, &wire.Host{}, &wire.Listed{}, &wire.Entry{}, &wire.Sum{}, &builds.Build{}}
	if len(samples) != len(printed)+1 { // the last one is an error, which web tests
		t.Fatalf("doc/api.md shows %d objects, not %d; a new one gets its place in printed, in the page's order", len(samples), len(printed)+1)
	}
	for i, v := range printed {
		dec := json.NewDecoder(strings.NewReader(samples[i]))
		dec.DisallowUnknownFields()
		if err := dec.Decode(v); err != nil {
			t.Fatalf("%s: %v", samples[i], err)
		}
		line, err := wire.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		shown, again := keys(samples[i]), keys(string(line))
		if !slices.Equal(shown, again) {
			t.Errorf("doc/api.md shows %q, but printed are %q", shown, again)
		}
		for _, key := range shown {
			if !strings.Contains(string(data), "`"+key+"`") && !strings.Contains(string(data), "`places[]."+key+"`") {
				t.Errorf("doc/api.md does not explain %s", key)
			}
		}
	}
}

// keys returns the keys of a JSON object, its places' among them, in their order.
func keys(object string) (out []string) {
	for _, m := range regexp.MustCompile(`[{,]\s*"([^"]+)":`).FindAllStringSubmatch(object, -1) {
		out = append(out, m[1])
	}
	return out
}
