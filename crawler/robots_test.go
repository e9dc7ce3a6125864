package crawler_test

import (
	"errors"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

func TestRobots(t *testing.T) {
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		f := &fake{tree: archive{"/": nil}, ways: ways, texts: map[index.Path]string{"/robots.txt": `
User-agent: *
Disallow: /

User-agent: other
User-agent: Trawl
Disallow: /closed
Disallow: /d%20/*.iso$
Allow: /closed/but
`}}
		f.tree.file("/", "robots.txt", 100)
		for _, dir := range []string{"closed", "d ", "open"} {
			f.tree.file(f.tree.mkdir("/", dir), "a.iso", 1)
		}
		f.tree.file("/d ", "b.txt", 1)
		m := newMemory(t, id)
		s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
		want := archive{"/": append(f.tree["/"][:1:1], f.tree["/"][2:]...), "/open": f.tree["/open"], "/d ": f.tree["/d "][1:]}
		same(t, m.archive(t, id), want)
		if _, ok := f.listed.Load(index.Path("/closed")); ok {
			t.Error("a closed directory was listed")
		}

		f.texts["/robots.txt"] = "User-agent: *\nDisallow: /\n"
		if _, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{}); !errors.Is(err, crawler.ErrUnwelcome) {
			t.Errorf("unwelcome: %v", err)
		}
	}
}

func TestNotrawl(t *testing.T) {
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		f := &fake{tree: makeArchive(1, 30), ways: ways}
		m := newMemory(t, id)
		c := newCrawler(m, f, quick())
		if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
			t.Fatal(err)
		}
		private := f.tree.mkdir("/", "private")
		for i := range 5 {
			f.tree.file(private, string(rune('a'+i)), 1)
		}
		f.tree.file(f.tree.mkdir(private, "sub"), "x", 1)
		want := f.tree.clone()
		f.tree.file(private, ".notrawl", 0)
		want[private] = []index.Entry{{Name: ".notrawl", Size: index.UnknownSize}}
		delete(want, private.Join("sub"))
		s, err := c.Crawl(t.Context(), id, crawler.Options{Full: true})
		if err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
		same(t, m.archive(t, id), want)
	}
}
