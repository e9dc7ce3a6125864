package postings_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"trawl/index"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Example records a listing in a store and looks up which blocks may hold a name.
func Example() {
	if err := lookUp("debian", "slackware"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// "debian" may be in 1 blocks
	// "slackware" may be in 0 blocks
}

func lookUp(words ...string) (err error) {
	dir, err := os.MkdirTemp("", "postings")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(dir, 128, slog.Default())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p, err := postings.Open(filepath.Join(dir, "postings"), s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close(nil)) }()

	ctx := context.Background()
	if err := put(ctx, s, index.Entry{Name: "debian-12.iso", Size: 600 << 20}); err != nil {
		return err
	}
	if err := p.CatchUp(ctx); err != nil { // or these blocks may come later
		return err
	}
	snapshot, err := p.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	for _, word := range words {
		blocks, err := snapshot.Blocks(match.Has{Text: word}, nil)
		if err != nil {
			return err
		}
		fmt.Printf("%q may be in %d blocks\n", word, len(blocks))
	}
	return nil
}

// put records a host with one directory.
func put(ctx context.Context, s *store.Store, entries ...index.Entry) error {
	const host index.HostID = "ftp://ftp.example.org/"
	if err := s.Update(ctx, host, func(*index.Host) error { return nil }); err != nil {
		return err
	}
	crawl, err := s.Begin(ctx, host, true)
	if err != nil {
		return err
	}
	return errors.Join(crawl.Put(ctx, index.Listing{Dir: "/pub", Entries: entries}), crawl.Finish(ctx, true))
}
