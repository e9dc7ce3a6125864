package indextest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"trawl/index"
)

// search proves the properties of every answer.
func (s *suite) search() {
	ctx := s.Context()
	a := s.find("kernel", index.Query{})
	if a.Total != 0 || !a.Exact || len(a.Results) != 0 || a.Next != "" {
		s.Errorf("an empty catalogue answers %+v", a)
	}
	s.record(north, true, dir("/", folder("pub"), link("kernel", "pub/linux")),
		dir("/pub", file("Kernel", 100, 10), file("kernel", 200, 10), folder("d")), dir("/pub/d", folder("kernel")))
	s.record(south, true, dir("/", file("KERNEL", 100, 5)))
	a = s.find("kernel", index.Query{})
	if a.Total != 4 || !a.Exact || len(a.Results) != 4 || a.Next != "" || a.Took <= 0 || a.Facets != nil {
		s.Errorf("kernel: %+v", a)
	}
	if a.Results[0].Name != "kernel" || a.Results[1].Name != "kernel" || a.Results[2].Name != "kernel" {
		s.Errorf("the name that is letter for letter what was asked comes first: %+v", a.Results)
	}
	r := a.Results[3]
	if r.Kind != index.File || r.Size != 100 || r.Count != 2 || r.Hosts != 2 || len(r.Places) != 2 || r.Score != 1 ||
		!slices.Equal(r.Marks, []index.Range{{Start: 0, End: 6}}) {
		s.Errorf("the file in two places: %+v", r)
	}
	if r.Name != "KERNEL" && r.Name != "Kernel" || r.Name != r.Places[0].Path.Base() || !r.Time.Equal(r.Places[0].Time) {
		s.Errorf("a result has the name and time of its best place: %+v", r)
	}
	if _, err := s.ask(ctx, "kernel", index.Query{Cursor: "nonsense"}); !errors.Is(err, index.ErrCursor) {
		s.Errorf("a cursor that is none: %v", err)
	}
	a = s.find("kernel", index.Query{Limit: 1})
	if len(a.Results) != 1 || a.Next == "" || a.Total != 4 {
		s.Errorf("a page of one: %+v", a)
	}
	if _, err := s.ask(ctx, "kernels", index.Query{Cursor: a.Next}); !errors.Is(err, index.ErrCursor) {
		s.Errorf("the cursor of another query: %v", err)
	}
	if _, err := s.ask(ctx, "kernel", index.Query{Cursor: a.Next, Sort: index.BySize}); !errors.Is(err, index.ErrCursor) {
		s.Errorf("the cursor of another order: %v", err)
	}
}

// words proves the query language on a small catalogue; index/match has the tables.
func (s *suite) words() {
	s.record(north, true,
		dir("/", folder("debian"), folder("Musik"), file("README", 10, 1)),
		dir("/debian", file("debian-12.iso", 700e6, 30), file("README", 11, 400), folder("dists"), file("x", 0, 1)),
		dir("/debian/dists", file("Release", 100, 2), file("Contents-amd64.gz", 50e6, 2)),
		dir("/Musik", file("Café del Mar.mp3", 4e6, 1000), file("straße.ogg", 3e6, 1000), file("映画.mkv", 2e9, 9)))
	for _, q := range []struct {
		text string
		want []string
	}{
		{"debian", []string{"debian", "debian-12.iso"}},
		{"debian readme", []string{"README"}},
		{"dists release", []string{"Release"}},
		{"CAFE", []string{"Café del Mar.mp3"}},
		{"strasse", []string{"straße.ogg"}},
		{"映画", []string{"映画.mkv"}},
		{"x", []string{"x"}},
		{"64", []string{"Contents-amd64.gz"}},
		{"*.iso", []string{"debian-12.iso"}},
		{"*e*", []string{"Café del Mar.mp3", "Contents-amd64.gz", "README", "README", "Release", "debian", "debian-12.iso", "straße.ogg"}},
		{`/^c.*(gz|mp3)$/`, []string{"Café del Mar.mp3", "Contents-amd64.gz"}},
		{"-e kind:file", []string{"映画.mkv"}},
		{"case:README", []string{"README", "README"}},
		{"case:readme", nil},
		{"size:>1G", []string{"映画.mkv"}},
		{"size:0", []string{"x"}},
		{"time:>1y kind:file", []string{"Café del Mar.mp3", "README", "straße.ogg"}},
		{"type:audio", []string{"Café del Mar.mp3", "straße.ogg"}},
		{"ext:gz,iso", []string{"Contents-amd64.gz", "debian-12.iso"}},
		{"kind:dir", []string{"Musik", "debian", "dists"}},
		{"dir:/debian", []string{"Contents-amd64.gz", "README", "Release", "debian-12.iso", "dists", "x"}},
		{"path:/debian/*", []string{"README", "debian-12.iso", "dists", "x"}},
		{"host:south", nil},
		{"host:north.example.org release", []string{"Release"}},
		{"readme | release", []string{"README", "README", "Release"}},
		{`"del mar"`, []string{"Café del Mar.mp3"}},
		{"places:>1", nil},
	} {
		s.same(q.text, s.found(q.text), q.want)
	}
}

// sorts proves the orders.
func (s *suite) sorts() {
	s.record(north, true, dir("/", file("kernel", 5, 50), file("kernel.txt", 900, 5), file("my-kernel", index.UnknownSize, 7),
		index.Entry{Name: "akernel", Size: 70}, folder("kernels")))
	s.record(south, true, dir("/", file("my-kernel", index.UnknownSize, 7)))
	for _, q := range []struct {
		sort    index.Sort
		reverse bool
		want    []string
	}{
		{"", false, []string{"kernel", "kernel.txt", "my-kernel", "kernels", "akernel"}},
		{index.ByRelevance, true, []string{"akernel", "kernels", "my-kernel", "kernel.txt", "kernel"}},
		{index.ByName, false, []string{"akernel", "kernel", "kernel.txt", "kernels", "my-kernel"}},
		{index.ByName, true, []string{"my-kernel", "kernels", "kernel.txt", "kernel", "akernel"}},
		{index.BySize, false, []string{"kernel.txt", "akernel", "kernel", "kernels", "my-kernel"}},
		{index.BySize, true, []string{"kernel", "akernel", "kernel.txt", "my-kernel", "kernels"}},
		{index.ByTime, false, []string{"kernel.txt", "my-kernel", "kernel", "akernel", "kernels"}},
		{index.ByTime, true, []string{"kernel", "my-kernel", "kernel.txt", "kernels", "akernel"}},
		{index.ByPlaces, false, []string{"my-kernel", "akernel", "kernel", "kernel.txt", "kernels"}},
	} {
		a := s.find("kernel", index.Query{Sort: q.sort, Reverse: q.reverse})
		s.same(fmt.Sprintf("by %s, reverse %t", q.sort, q.reverse), resultNames(a), q.want)
	}
}

// pages proves that cursors go through all results once, also while the
// catalogue changes.
func (s *suite) pages() {
	var entries []index.Entry
	for i := range 250 {
		entries = append(entries, file(fmt.Sprintf("kernel-%d", i*7%250), int64(i%10), i%13))
	}
	s.record(north, true, dir("/", entries...))
	for _, sort := range []index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces} {
		for _, reverse := range []bool{false, true} {
			whole := resultNames(s.find("kernel", index.Query{Sort: sort, Reverse: reverse, Limit: 1000}))
			var got []string
			q := index.Query{Sort: sort, Reverse: reverse, Limit: 33}
			for {
				a := s.find("kernel", q)
				got = append(got, resultNames(a)...)
				if a.Total != 250 || a.Next == "" {
					break
				}
				q.Cursor = a.Next
			}
			s.same(fmt.Sprintf("pages by %s, reverse %t", sort, reverse), got, whole)
		}
	}
	a := s.find("kernel", index.Query{Sort: index.ByName, Limit: 100})
	entries = slices.DeleteFunc(entries, func(e index.Entry) bool {
		return slices.Contains([]string{"kernel-0", "kernel-99", a.Results[99].Name}, e.Name)
	})
	s.record(north, true, dir("/", append(entries, file("kernel-000", 1, 1), file("kernel-zz", 1, 1))...))
	b := s.find("kernel", index.Query{Sort: index.ByName, Limit: 1000, Cursor: a.Next})
	var want []string // by the value of their numbers; kernel-000 comes before the second page
	for i := range 250 {
		want = append(want, fmt.Sprintf("kernel-%d", i))
	}
	s.same("a page after a change", slices.Concat(resultNames(a), resultNames(b)), append(want, "kernel-zz"))
}

// pagesMeanwhile proves that results that stay are on the pages once, in every order, while
// others come and go between the pages.
func (s *suite) pagesMeanwhile() {
	var entries []index.Entry
	var names []string
	for i := range 120 {
		entries = append(entries, file(fmt.Sprintf("kernel-%d", i), int64(i%10), i%13))
		names = append(names, entries[i].Name)
	}
	s.record(north, true, dir("/", entries...))
	for _, sort := range []index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces} {
		for _, reverse := range []bool{false, true} {
			got := s.walk(index.Query{Sort: sort, Reverse: reverse, Limit: 25})
			got = slices.DeleteFunc(got, func(name string) bool { return !strings.HasPrefix(name, "kernel-") })
			s.same(fmt.Sprintf("pages by %s, reverse %t, meanwhile", sort, reverse), slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(names)))
		}
	}
}

// walk returns the names on all pages of the query for kernel. Between the pages another
// host changes all its files.
func (s *suite) walk(q index.Query) (names []string) {
	for n := 0; n == 0 || q.Cursor != ""; n++ {
		a := s.find("kernel", q)
		names = append(names, resultNames(a)...)
		q.Cursor = a.Next
		var others []index.Entry
		for i := range 40 {
			others = append(others, file(fmt.Sprintf("%d.kernel", n*1000+i*31), int64(i%10), i%13))
		}
		s.record(south, true, dir("/", others...))
	}
	return names
}

// places proves which places a result shows, and their order.
func (s *suite) places() {
	ctx := s.Context()
	ids := []index.HostID{"ftp://a.example/", "ftp://b.example/", "ftp://c.example/", "ftp://d.example/", "ftp://e.example/"}
	for _, id := range ids {
		s.record(id, true, dir("/", folder("x")), dir("/x", file("kernel", 1, 1)))
	}
	s.must(s.c.Update(ctx, ids[0], func(h *index.Host) error { h.Health.DownSince = then(); return nil }))
	s.record(ids[1], false, dir("/", folder("x")))                                                     // stale
	s.record(ids[2], false, state(index.Truncated, "/x", file("kernel", 1, 1)))                        // not complete
	s.must(s.c.Update(ctx, ids[4], func(h *index.Host) error { h.Known.Connections = 8; return nil })) // fast
	a := s.find("kernel", index.Query{Places: 4})
	if a.Total != 1 || a.Results[0].Count != 5 || a.Results[0].Hosts != 5 {
		s.Fatalf("a file in five places: %+v", a)
	}
	var got []string
	for _, p := range a.Results[0].Places {
		got = append(got, string(p.Host))
	}
	s.same("up, fresh, complete, fast", got, []string{"ftp://e.example/", "ftp://d.example/", "ftp://c.example/", "ftp://b.example/"})
	if p := s.find("kernel host:a.example", index.Query{}).Results[0].Places[0]; !p.Down || p.Stale || !p.Seen.Equal(then()) {
		s.Errorf("the place on a host that is down: %+v", p)
	}
	want := index.Place{
		Host: "ftp://e.example/", Path: "/x/kernel", Shown: "/x/kernel", Time: then().AddDate(0, 0, -1), Precision: index.Minute,
		Seen: then(), Marks: []index.Range{{Start: 3, End: 9}},
	}
	if p := a.Results[0].Places[0]; !reflect.DeepEqual(p, want) {
		s.Errorf("a place %+v, want %+v", p, want)
	}
	doors := []index.HostID{"ftps://door.example:9990/", ids[3]}
	s.must(s.c.Update(ctx, ids[3], func(h *index.Host) error { h.Doors = doors; return nil }))
	for _, host := range []string{"d.example", "door.example:9990", "ftps://door.example:9990/", "door", "door.*:9990"} {
		a := s.find("kernel host:"+host, index.Query{})
		if a.Total != 1 || a.Results[0].Places[0].Host != ids[3] || !slices.Equal(a.Results[0].Places[0].Doors, doors) {
			s.Errorf("host:%s: %+v, want the place on %s with its doors", host, a.Results, ids[3])
		}
	}
}

// facets proves that facets count the results of their queries.
func (s *suite) facets() {
	old := index.Entry{Name: "d.iso", Size: 5e9, Unix: time.Date(1999, 5, 5, 0, 0, 0, 0, time.UTC).Unix(), Precision: index.Day}
	s.record(north, true, dir("/", file("a.mkv", 3e9, 1), file("b.mkv", 100, 400), file("c.c++", 0, 1), old, folder("e.iso"),
		file("README", index.UnknownSize, 1)), dir("/e.iso", file("a.mkv", 3e9, 800)))
	s.record(south, true, dir("/", file("A.MKV", 3e9, 1), file("x.iso", 5, 5)))
	all := s.find("-nothing", index.Query{Facets: true})
	want := map[string]int{"type": 3, "host": 2, "ext": 3, "year": 4, "size": 3}
	for _, f := range all.Facets {
		if len(f.Values) != want[f.Name] {
			s.Errorf("facet %s has %d values, want %d: %+v", f.Name, len(f.Values), want[f.Name], f.Values)
		}
		for i, v := range f.Values {
			if a := s.find("-nothing "+v.Query, index.Query{}); a.Total != v.Count {
				s.Errorf("facet %s counts %d of %s, but %s finds %d", f.Name, v.Count, v.Value, v.Query, a.Total)
			}
			if i > 0 && f.Values[i-1].Count < v.Count {
				s.Errorf("facet %s is not by count: %+v", f.Name, f.Values)
			}
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		s.Errorf("facets that are missing: %v", want)
	}
}

// similar proves Searcher.Similar.
func (s *suite) similar() {
	s.record(north, true, dir("/", file("firefox-115.tar.xz", 1, 1), file("thunderbird.exe", 2, 2), file("Überflieger.mp3", 3, 3),
		file("e-mail.zip", 4, 4), file("Agents.of.S.H.I.E.L.D.mkv", 5, 5), folder("debian")))
	words := []string{"fierfox", "Thunderbrid", "ueberflieger", "email", "shield", "debain", "firefox", "qqqqqqq"}
	want := []string{"firefox", "thunderbird", "uberflieger", "e-mail", "s.h.i.e.l.d", "debian", "", ""}
	got, err := s.c.Similar(s.Context(), words, 3, -1)
	s.must(err)
	if len(got) != len(words) {
		s.Fatalf("words near to %q: %q", words, got)
	}
	for i, near := range got {
		if want[i] == "" && len(near) > 0 || want[i] != "" && !slices.Contains(near, want[i]) {
			s.Errorf("near to %s: %q, want %q", words[i], near, want[i])
		}
	}
	if got, err = s.c.Similar(s.Context(), nil, 3, -1); err != nil || len(got) != 0 {
		s.Errorf("near to nothing: %q, %v", got, err)
	}
}

// complete proves Searcher.Complete.
func (s *suite) complete() {
	s.record(north, true, dir("/", file("kernel-1.tar", 1, 1), file("kernel-2.tar", 2, 2), file("kerberos.txt", 3, 3), file("other", 4, 4)))
	got, err := s.c.Complete(s.Context(), "Ker", 10)
	s.must(err)
	if len(got) < 2 || got[0] != "kernel" || !slices.Contains(got, "kerberos") || slices.Contains(got, "other") {
		s.Errorf("ker goes on as %q", got)
	}
	if got, err = s.c.Complete(s.Context(), "ker", 1); err != nil || len(got) != 1 {
		s.Errorf("one way to go on: %q, %v", got, err)
	}
	if got, err = s.c.Complete(s.Context(), "zzz", 10); err != nil || len(got) != 0 {
		s.Errorf("zzz goes on as %q, %v", got, err)
	}
}

// texts proves index.Texts, text: and descriptions.
func (s *suite) texts() {
	ctx := s.Context()
	if err := s.c.PutText(ctx, index.Text{Host: north, Path: "/README"}); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("PutText on an unknown host: %v", err)
	}
	files := dir("/", file("README", 30, 1), file("INDEX", 60, 1), file("xv.tar.gz", 1000, 1), file("other.gz", 2000, 1))
	s.record(north, true, files)
	if _, err := s.c.Text(ctx, north, "/README"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Text that was not put: %v", err)
	}
	readme := index.Text{Host: north, Path: "/README", Size: 30, Time: then(), Taken: then(), Body: "Welcome\nHere are penguins and Gnus.\n"}
	s.must(s.c.PutText(ctx, readme))
	s.must(s.c.PutText(ctx, index.Text{Host: north, Path: "/INDEX", Body: "xv.tar.gz  picture viewer for penguins\nother.gz\n"}))
	got, err := s.c.Text(ctx, north, "/README")
	if err != nil || got.Body != readme.Body || got.Size != 30 || !got.Time.Equal(then()) || !got.Taken.Equal(then()) {
		s.Errorf("Text comes back as %+v, %v", got, err)
	}
	s.same("text:penguins", s.found("text:penguins"), []string{"INDEX", "README"})
	s.same("text:(penguins gnus)", s.found(`text:"penguins gnus"`), []string{"README"})
	s.same("text: and a word", s.found("text:penguins index"), []string{"INDEX"})
	if a := s.find("text:gnus", index.Query{}); a.Total != 1 || a.Results[0].Text == nil ||
		a.Results[0].Text.Path != "/README" || a.Results[0].Text.Line != "Here are penguins and Gnus." {
		s.Errorf("the line that matched: %+v", a.Results)
	}
	if a := s.find("xv", index.Query{}); a.Total != 1 || a.Results[0].About != "picture viewer for penguins" {
		s.Errorf("a description: %+v", a.Results)
	}
	readme.Body = "Only walruses now.\n"
	s.must(s.c.PutText(ctx, readme))
	s.same("after another text came", s.found("text:gnus"), nil)
	s.same("the other text", s.found("text:walruses"), []string{"README"})
	s.record(north, true, dir("/", file("INDEX", 60, 1)))
	if _, err := s.c.Text(ctx, north, "/README"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Text of a file that is gone: %v", err)
	}
	s.must(s.c.PutText(ctx, index.Text{Host: north, Path: "/INDEX", Body: "xv  viewer\nthe e\u0301le\u0301phant\n"}))
	s.record(north, true, dir("/", file("INDEX", 60, 1), file("xv", 1000, 1)))
	if a := s.find("text:éléphant", index.Query{}); a.Total != 1 || a.Results[0].Text == nil || a.Results[0].Text.Line != "the e\u0301le\u0301phant" {
		s.Errorf("the line that matched, whose accents stand alone: %+v", a.Results)
	}
	s.record(north, true, dir("/", file("xv", 1000, 1)))
	if a := s.find("xv", index.Query{}); a.Total != 1 || a.Results[0].About != "" {
		s.Errorf("a description in a text that is gone: %+v", a.Results)
	}
}

// descriptions proves which description a result has of those beside its places.
func (s *suite) descriptions() {
	zips := []index.Entry{file("INDEX", 9, 1), file("a.zip", 1, 1), file("b.zip", 2, 1), file("c.zip", 3, 1)}
	s.record(north, true, dir("/", append(zips, folder("d"))...), dir("/d", zips[1:]...))
	s.record(south, true, dir("/", append(zips, file("d.zip", 4, 1))...))
	for id, body := range map[index.HostID]string{
		north: "a.zip  of the north\n", south: "a.zip  of the south\nb.zip  of the south too\nd.zip  the only one\n",
	} {
		s.must(s.c.PutText(s.Context(), index.Text{Host: id, Path: "/INDEX", Body: body}))
	}
	var got []string
	for _, r := range s.find("ext:zip", index.Query{Sort: index.ByName}).Results {
		got = append(got, r.Name+": "+r.About)
	}
	s.same("descriptions", got, []string{"a.zip: of the north", "b.zip: of the south too", "c.zip: ", "d.zip: the only one"})
}
