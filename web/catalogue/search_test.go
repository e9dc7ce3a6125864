package catalogue_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trawl/index"
	"trawl/search"
	"trawl/web/catalogue"
)

// TestSearch has the results of queries as folders.
func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.fetcher.bodies["ftp://g//c/README"] = "another one"
	w.host(t, "ftp://h/", "/a/README", "/b/README2", "/pub/linux/kernel.iso", "/a/odd", "/a/readme", "/d/tree/x", "/d/tree/l -> ../../a/README")
	w.host(t, "ftp://g/", "/c/README", "/pub/linux/kernel.iso")
	w.fetcher.bodies["ftp://h//d/tree/l"] = "what the host follows it to"
	tree := w.open(catalogue.Limits{}).For(visitor)
	for query, want := range map[string][]string{
		"name:README":                {"README", "README (g)", "README2"},
		"name:README*":               {"README", "README (g)", "README2"},
		"dir:%2Fpub%2Flinux kernel":  {"kernel.iso"},
		"*.iso":                      {"kernel.iso"},
		"tree":                       {"tree/", "tree/l", "tree/x"},
		"%2F^kern%2F":                {"kernel.iso"},
		"nothing-like-this-is-there": {"_nothing-found.txt"},
	} {
		got := walk(t, tree, "search/"+query)
		for i, p := range got {
			got[i], _, _ = strings.Cut(strings.TrimPrefix(p, "search/"+query+"/"), " -> ")
		}
		if want != nil && !slices.Equal(got, want) {
			t.Errorf("%s: %q", query, got)
		}
	}
	for name, want := range map[string]string{
		"search/name:README/README (g)": "another one",
		"search/*.iso/kernel.iso":       "/pub/linux/kernel.iso",
		"search/tree/tree/x":            "/d/tree/x",
		"search/tree/tree/l":            "what the host follows it to",
		"search/tree/none":              "!not there",
		"search/*.iso/kernel.iso/x":     "!not there",
	} {
		if got := content(tree, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := content(tree, "search/nothing-like-this-is-there/_nothing-found.txt"); !strings.Contains(got, "No host holds") && len(got) < 10 {
		t.Errorf("%q", got)
	}
}

// TestSearchCut says how many results are not shown.
func TestSearchCut(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for n := range 30 {
		lines = append(lines, fmt.Sprintf("/d/file%02d", n))
	}
	w.host(t, "ftp://h/", lines...)
	tree := w.open(catalogue.Limits{Results: 10}).For(visitor)
	list, err := fs.ReadDir(tree, "search/file")
	if err != nil || len(list) != 11 || list[0].Name() != "_first-10-of-30-results.txt" {
		t.Fatal(list, err)
	}
	if got := content(tree, "search/file/"+list[0].Name()); !strings.Contains(got, "30 results") {
		t.Errorf("%q", got)
	}
}

// hostileQueries are names of folders that no person would open.
func hostileQueries() []string {
	return []string{
		strings.Repeat("x", 10_000), strings.Repeat("x ", 2000), strings.Repeat("(", 4000), "\x01\x02\x1b[2J", "a\r\nb", "%00", "%", "%zz", "%2", " ", "%20",
		"%2F(a*)*b%2F", "%2F" + strings.Repeat("(a{1,30}", 10) + "%2F", "%2F(x+x+)+y%2F", "%2F[%2F", "..%2F..%2Fetc%2Fpasswd", "size:>", "siez:1", "size:>zz", "-", "()", "|",
		"\xff\xfe", "time:9999999", "host:", "*", "**", "?", strings.Repeat("*a", 300), "~", "$(id)", "`id`", "a\\", "name:..", "\"", "$HOME", "%2E%2E", "{a,b}", "[a-z]*",
	}
}

// TestHostileQueries: whatever is asked, there is a folder or a sentence, and soon.
func TestHostileQueries(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/b/x")
	tree := w.open(catalogue.Limits{SearchBurst: 1000}).For(visitor)
	for _, query := range hostileQueries() {
		began := time.Now()
		list, err := fs.ReadDir(tree, "search/"+query)
		if said := sentence(err); err != nil && (said == "not there" || strings.HasPrefix(said, "no sentence") || len(said) > 600 || strings.ContainsAny(said, "\r\n\x1b\x00") || !utf8.ValidString(said)) {
			t.Errorf("%.40q: %q", query, said)
		}
		for _, e := range list {
			if strings.ContainsAny(e.Name(), "\x00/") {
				t.Errorf("%.40q: %q", query, e.Name())
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%.40q took %v", query, took)
		}
	}
	for _, name := range []string{"search/..", "search/../x", "search//x", "search/a\x00b", "/search/x", "search/x/"} {
		if _, err := fs.Stat(tree, name); err == nil {
			t.Errorf("%q is there", name)
		}
	}
}

// FuzzSearch: no query breaks anything.
func FuzzSearch(f *testing.F) {
	for _, query := range hostileQueries() {
		f.Add(query)
	}
	w := newWorld(f)
	w.host(f, "ftp://h/", "/a/README", "/b/x")
	tree := w.open(catalogue.Limits{SearchBurst: 1 << 30, Keep: time.Nanosecond}).For(visitor)
	f.Fuzz(func(t *testing.T, query string) {
		list, err := fs.ReadDir(tree, "search/"+query)
		for _, e := range list {
			if e.Name() == "" || strings.ContainsAny(e.Name(), "/\x00") {
				t.Errorf("%q", e.Name())
			}
		}
		if said := sentence(err); strings.ContainsAny(said, "\r\n\x1b\x00") {
			t.Errorf("%q", said)
		}
	})
}

// TestSearchRate: one who searches without end waits and is refused then, and others do not notice.
func TestSearchRate(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/a/README")
	f := w.open(catalogue.Limits{Searches: 0.001, SearchBurst: 5, Patience: time.Millisecond})
	bot := f.For(visitor)
	refused := 0
	for n := range 20 {
		if _, err := fs.ReadDir(bot, fmt.Sprintf("search/%d", n)); err != nil {
			refused++
			if got := sentence(err); got != "You ask more often than one visitor may: try again in a moment." {
				t.Error(got)
			}
		}
	}
	if searches, _ := w.counts(); refused != 15 || searches == 0 {
		t.Errorf("%d were refused", refused)
	}
	if _, err := fs.ReadDir(f.For(netip.MustParseAddr("192.0.2.15")), "search/README"); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadDir(bot, "search/README"); err != nil {
		t.Errorf("an answer that is kept costs nothing: %v", err)
	}
}

// TestFolderRate: one who walks all hosts is held to a rate, and others do not notice.
func TestFolderRate(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for n := range 20 {
		lines = append(lines, fmt.Sprintf("/%d/a", n))
	}
	w.host(t, "ftp://h/", lines...)
	f := w.open(catalogue.Limits{Folders: 0.001, FolderBurst: 5, Patience: time.Millisecond})
	refused := 0
	for _, p := range walk(t, f.For(visitor), "hosts") {
		if strings.HasSuffix(p, "!You ask more often than one visitor may: try again in a moment.") {
			refused++
		}
	}
	if _, lists := w.counts(); refused != 16 || lists != 5 { // of 21 with the root
		t.Errorf("%d were refused, %d listed", refused, lists)
	}
	if _, err := fs.ReadDir(f.For(netip.MustParseAddr("192.0.2.15")), "hosts/h/19"); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadDir(f.For(netip.MustParseAddr("192.0.2.15")), "search/a"); err != nil {
		t.Error(err)
	}
}

// TestFind answers searches in lines.
func TestFind(t *testing.T) {
	w := newWorld(t)
	w.host(t, "sftp://h:2222/", "/pub/a b.iso", "/pub/c.iso", "/pub/d.iso", "/iso/x")
	f := w.open(catalogue.Limits{})
	answer, err := f.Find(t.Context(), search.ByFTP, visitor, "name:\"a b.iso\"", 20)
	want := catalogue.Found{URL: "sftp://h:2222/pub/a%20b.iso", Path: "hosts/sftp+h+2222/pub/a b.iso", Name: "a b.iso", Size: 12, Time: noon}
	if err != nil || answer.More || len(answer.Says) > 0 || len(answer.Found) != 1 || answer.Found[0] != want {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer, err := f.Find(t.Context(), search.ByFTP, visitor, "ext:iso", 2); err != nil || !answer.More || len(answer.Found) != 2 || len(answer.Says) != 1 || !strings.HasPrefix(answer.Says[0], "There are ") {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer, err := f.Find(t.Context(), search.ByFTP, visitor, "iso kind:dir", 2); err != nil || len(answer.Found) != 1 || !answer.Found[0].Dir || answer.Found[0].Size != -1 {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err := f.Find(t.Context(), search.ByFTP, visitor, "siez:>1G", 2); !strings.Contains(sentence(err), "did you mean size:?") {
		t.Error(err)
	}
}

// slow is a catalogue whose searches last until they may go on.
type slow struct {
	*world
	began, on chan struct{}
}

func (s slow) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	s.began <- struct{}{}
	select {
	case <-s.on:
		return s.world.Search(ctx, q)
	case <-ctx.Done():
		return index.Answer{}, ctx.Err()
	}
}

// TestSharedSearch: two ask the same, and the one who was first goes away. The other gets the answer.
func TestSharedSearch(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/pub/a.iso")
	s := slow{w, make(chan struct{}, 9), make(chan struct{})}
	f := catalogue.New(catalogue.Options{Catalogue: s, Schemes: w.schemes})
	ctx, leave := context.WithCancel(t.Context())
	answers := make(chan error, 1)
	go func() {
		_, err := f.Find(ctx, search.ByFTP, visitor, "iso", 2)
		answers <- err
	}()
	<-s.began
	leave()
	close(s.on)
	answer, err := f.Find(t.Context(), search.ByFTP, visitor, "iso", 2)
	if err != nil || len(answer.Found) != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
	if err := <-answers; err != nil {
		t.Errorf("the search was ended by the one who went: %v", err)
	}
}
