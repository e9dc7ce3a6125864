package embedded_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/search/query"
)

// A catalogue is opened, a crawl records one listing, and a search finds a file in it.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "trawl")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	engine, err := embedded.Open(dir, embedded.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = engine.Close() }()

	ctx := context.Background()
	const host index.HostID = "ftp://ftp.example.org/"
	if err := engine.Update(ctx, host, func(*index.Host) error { return nil }); err != nil {
		log.Fatal(err)
	}
	crawl, err := engine.Begin(ctx, host, true)
	if err != nil {
		log.Fatal(err)
	}
	listing := index.Listing{Dir: "/pub", Taken: time.Now(), Entries: []index.Entry{
		{Name: "debian-12.iso", Size: 659_554_304},
		{Name: "README", Size: 512},
	}}
	if err := crawl.Put(ctx, listing); err != nil {
		log.Fatal(err)
	}
	if err := crawl.Finish(ctx, true); err != nil {
		log.Fatal(err)
	}

	tree, err := query.Parse("debian ext:iso", time.Now())
	if err != nil {
		log.Fatal(err)
	}
	answer, err := engine.Search(ctx, index.Query{Tree: tree})
	if err != nil {
		log.Fatal(err)
	}
	for _, result := range answer.Results {
		fmt.Println(result.Name, result.Size, result.Places[0].Host, result.Places[0].Path)
	}
	// Output: debian-12.iso 659554304 ftp://ftp.example.org/ /pub/debian-12.iso
}
