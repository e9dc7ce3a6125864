package search_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/search"
	"trawl/search/query"
)

// newCatalogue returns a catalogue of some files; those whose names end in a slash are directories.
func newCatalogue(t *testing.T, paths ...string) *indextest.Brute {
	t.Helper()
	c := indextest.NewBrute()
	id := index.HostID("ftp://h/")
	if err := c.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := c.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[index.Path][]index.Entry{"/": nil}
	for _, path := range paths {
		kind := index.File
		if strings.HasSuffix(path, "/") {
			kind = index.Dir
		}
		p := index.Path("/" + strings.TrimSuffix(path, "/"))
		day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		if strings.Contains(path, "future") {
			day = day.AddDate(90, 0, 0)
		}
		dirs[p.Dir()] = append(dirs[p.Dir()], index.Entry{Name: p.Base(), Kind: kind, Size: int64(len(path)), Unix: day.Unix(), Precision: index.Day})
	}
	for dir, entries := range dirs {
		if err := crawl.Put(t.Context(), index.Listing{Dir: dir, State: index.Complete, Entries: entries}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(crawl.Finish(t.Context(), true), crawl.Close()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAskNothing holds empty answers to the explanations that are right, and to offers that find
// what they say.
func TestAskNothing(t *testing.T) {
	c := newCatalogue(
		t, "linux/", "linux/kernel-6.1.tar.xz", "linux/other.txt", "Zebra Apple.txt", "Zebra Pear.txt", "debian-12.iso", "debian-readme.txt", "x.img",
		"e-mail-archive.zip", "Agents.of.S.H.I.E.L.D.mkv", "drivers/", "drivers/SB16_DISK1.zip", "clock.future",
	)
	for _, tt := range []struct {
		query                    string
		missing, without, others []string // without: left => text
		nearest                  []string
	}{
		{"zebra aple", []string{"aple"}, []string{"aple => zebra"}, []string{"zebra apple"}, []string{"Zebra Apple.txt"}},
		{"linux kernal", []string{"kernal"}, []string{"kernal => linux"}, []string{"linux kernel"}, []string{"kernel-6.1.tar.xz"}},
		{"debain*", []string{"debain*"}, nil, []string{"debian*"}, []string{"debian-12.iso", "debian-readme.txt"}},
		{"debain ext:iso", []string{"debain"}, []string{"debain => ext:iso"}, []string{"debian ext:iso"}, []string{"debian-12.iso"}},
		{"debain ext:img", []string{"debain"}, []string{"debain => ext:img"}, nil, nil},
		{"debain -iso", []string{"debain"}, nil, []string{"debian -iso"}, []string{"debian-readme.txt"}},
		{"(debain | ubunut) iso", []string{"debain | ubunut"}, []string{"debain | ubunut => iso"}, []string{"debian iso"}, []string{"debian-12.iso"}},
		{"case:Debain", []string{"case:Debain"}, nil, nil, nil},
		{"debian ext:zip", nil, []string{"debian => ext:zip", "ext:zip => debian"}, nil, nil},
		{"debian size:>3GB", []string{"size:>3GB"}, []string{"size:>3GB => debian"}, nil, nil},
		{"drivers blaster sb16", []string{"blaster"}, []string{"blaster => drivers sb16"}, nil, nil},
		{"debian qqqqq size:>3GB", []string{"qqqqq", "size:>3GB"}, []string{"qqqqq size:>3GB => debian"}, nil, nil},
		{"path:linxu kernel", []string{"path:linxu"}, []string{"path:linxu => kernel"}, []string{"path:linux kernel"}, []string{"kernel-6.1.tar.xz"}},
		{"drievrs blaster sb16", []string{"drievrs", "blaster"}, []string{"drievrs blaster => sb16"}, []string{"drivers sb16"}, []string{"SB16_DISK1.zip"}},
		{"qqqqq", []string{"qqqqq"}, nil, nil, nil},
		{"-debian qqqqq", []string{"qqqqq"}, nil, nil, nil},
	} {
		answer, err := search.Ask(t.Context(), c, search.Request{Text: tt.query}, time.Now())
		if err != nil || answer.Total != 0 {
			t.Errorf("%s: %d results, %v", tt.query, answer.Total, err)
			continue
		}
		var missing, without, others []string
		for _, part := range answer.Missing {
			missing = append(missing, part.String())
		}
		for _, o := range answer.Without {
			without = append(without, o.Left+" => "+o.Text)
		}
		for _, o := range answer.Instead {
			others = append(others, o.Text)
		}
		if !slices.Equal(missing, tt.missing) || !slices.Equal(without, tt.without) || len(tt.others) != min(len(others), len(tt.others)) ||
			!slices.Equal(others[:len(tt.others)], tt.others) || len(tt.others) == 0 && len(others) > 0 || !slices.Equal(answer.Nearest, tt.nearest) {
			t.Errorf("%s: missing %q, without %q, instead %q, nearest %q", tt.query, missing, without, others, answer.Nearest)
		}
		for _, o := range slices.Concat(answer.Instead, answer.Without) {
			if found, err := search.Ask(t.Context(), c, search.Request{Text: o.Text}, time.Now()); err != nil || found.Total != o.Total || found.Note != "" {
				t.Errorf("%s offers %s (%d), which finds %d: %q, %v", tt.query, o.Text, o.Total, found.Total, found.Note, err)
			}
		}
	}
}

// TestAskFuture holds an age to leaving out times in the future, and the answer to saying so.
func TestAskFuture(t *testing.T) {
	c := newCatalogue(t, "clock.future", "clock.txt")
	for text, want := range map[string]string{
		"clock time:<30d":    "No host holds that. 1 result has a time in the future, and so no age.",
		"clock time:7d..30d": "No host holds that.",
		"txt time:<30d":      "No host holds that.",
	} {
		answer, err := search.Ask(t.Context(), c, search.Request{Text: text}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		answer.Missing = nil
		if why := search.Explain(&answer); answer.Total != 0 || why.Why != want {
			t.Errorf("%s: %d results, %q", text, answer.Total, why.Why)
		}
	}
}

// TestAskOtherwise holds a text that finds nothing as it stands to another reading of all its pages,
// and the answer to the query in the language.
func TestAskOtherwise(t *testing.T) {
	c := newCatalogue(t, "img1.jpg", "img2.jpg", "img3.jpg", "imgA.jpg", "a-netinst.iso")
	ask := func(r search.Request) search.Answer {
		t.Helper()
		answer, err := search.Ask(t.Context(), c, r, time.Now())
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		return answer
	}
	r := search.Request{Text: "img[0-9].jpg", Limit: 2, Sort: index.ByName}
	first := ask(r)
	if first.Total != 3 || first.Note == "" || first.Text == r.Text || first.Next == "" {
		t.Fatalf("the first page: %+v", first)
	}
	r.Cursor = first.Next
	if second := ask(r); len(second.Results) != 1 || second.Results[0].Name != "img3.jpg" || second.Text != first.Text {
		t.Errorf("the second page of the same text: %+v", second)
	}
	r.Text = first.Text
	if second := ask(r); len(second.Results) != 1 || second.Note != "" {
		t.Errorf("the second page of the query in the language: %+v", second)
	}
	r.Text, r.Cursor = "imgA.jpg", "rubbish"
	if _, err := search.Ask(t.Context(), c, r, time.Now()); !errors.Is(err, index.ErrCursor) {
		t.Errorf("a cursor of nothing: %v", err)
	}
	if answer := ask(search.Request{Text: "iso -netinst"}); answer.Total != 0 {
		t.Errorf("what is excluded is found in another reading: %+v", answer)
	}
	wrong := (*query.Error)(nil)
	if _, err := search.Ask(t.Context(), c, search.Request{Text: "size:big"}, time.Now()); !errors.As(err, &wrong) {
		t.Errorf("size:big: %v", err)
	}
	if _, err := search.Ask(t.Context(), c, search.Request{Text: "x", Sort: "colour"}, time.Now()); err == nil || errors.As(err, &wrong) {
		t.Errorf("by colour: %v", err)
	}
}

// failing is a searcher that fails after some searches.
type failing struct {
	index.Searcher
	after int
}

func (f *failing) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	if f.after--; f.after < 0 {
		return index.Answer{}, index.ErrCrowded
	}
	return f.Searcher.Search(ctx, q)
}

// TestAskCrowded holds an explanation that cannot be made to being left out.
func TestAskCrowded(t *testing.T) {
	c := newCatalogue(t, "debian-12.iso")
	for after := range 6 {
		answer, err := search.Ask(t.Context(), &failing{c, after}, search.Request{Text: "debain iso"}, time.Now())
		if after == 0 && !errors.Is(err, index.ErrCrowded) || after > 0 && (err != nil || !answer.Exact) {
			t.Errorf("crowded after %d searches: %+v, %v", after, answer, err)
		}
	}
}

// TestAskSure holds a query whose mend is known to saying it, although other readings find something.
func TestAskSure(t *testing.T) {
	c := newCatalogue(t, "date 2024.txt", "sizes 1G.txt", "type vidoe.txt")
	for text, hint := range map[string]string{
		"date:2024":  "time:2024",
		"siez:>1G":   "size:",
		"type:vidoe": "type:video",
		"sort:size":  "--sort",
	} {
		answer, err := search.Ask(t.Context(), c, search.Request{Text: text}, time.Now())
		var wrong *query.Error
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Hint, hint) {
			t.Errorf("%s: %d results, %v", text, len(answer.Results), err)
		}
	}
}
