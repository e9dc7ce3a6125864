package crawler_test

import (
	"context"
	"fmt"
	"io"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/index"
	"trawl/index/indextest"
)

// mirror is a Source of hosts that all hold the same files. It is its own Server, which
// lists directories in one way.
type mirror map[index.Path][]index.Entry

func (m mirror) Connect(context.Context, index.Host, *pace.Pacer) (crawler.Server, error) {
	return m, nil
}

func (m mirror) Schemes() []index.Scheme { return []index.Scheme{{Name: "ftp", Port: 21}} }

func (m mirror) Ways() ([]crawler.TreeWay, []crawler.DirWay) { return nil, []crawler.DirWay{m} }
func (m mirror) Known() index.Known                          { return index.Known{} }
func (m mirror) Close() error                                { return nil }

func (m mirror) Open(context.Context, index.Path, int64) (io.ReadCloser, error) {
	return nil, crawler.ErrDenied
}

func (m mirror) Stat(context.Context, index.Path) (crawler.Fact, error) {
	return crawler.Fact{}, crawler.ErrDenied
}

func (m mirror) Name() string     { return "LIST" }
func (m mirror) Connections() int { return 1 }
func (m mirror) Shared() bool     { return true }

func (m mirror) List(_ context.Context, dir index.Path, hand func(index.Listing) error) error {
	entries, ok := m[dir]
	if !ok {
		return crawler.ErrDenied
	}
	return hand(index.Listing{Dir: dir, Entries: entries})
}

// A crawl lists a host that the catalogue remembers into it.
func ExampleCrawler_Crawl() {
	ctx := context.Background()
	host := index.HostID("ftp://127.0.0.1:2121/")
	catalogue := indextest.NewBrute()
	_ = catalogue.Update(ctx, host, func(*index.Host) error { return nil }) // which remembers it

	c := crawler.New(crawler.Config{
		Catalogue: catalogue,
		Sources: []crawler.Source{mirror{
			"/":    {{Name: "pub", Kind: index.Dir, Size: index.UnknownSize}},
			"/pub": {{Name: "linux.iso", Size: 700 << 20}, {Name: "notes.bin", Size: 12}},
		}},
	})
	summary, err := c.Crawl(ctx, host, crawler.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d directories and %d files by %s, complete: %t\n",
		summary.Directories, summary.Files, summary.Way, summary.Complete)
	pub, _ := catalogue.List(ctx, host, "/pub", "", 0)
	for _, e := range pub.Entries {
		fmt.Println(e.Name, e.Size)
	}
	// Output:
	// 2 directories and 2 files by LIST, complete: true
	// linux.iso 734003200
	// notes.bin 12
}
