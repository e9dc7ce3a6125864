package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
)

// A crawl is recorded, browsed, and read block by block.
func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.Open(dir, 128, slog.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	if err := record(s, "ftp://ftp.example.org/"); err != nil {
		fmt.Println(err)
		return
	}
	l, err := s.List(context.Background(), "ftp://ftp.example.org/", "/pub", "", 0)
	fmt.Println(l.State, len(l.Entries), l.Entries[0].Name, err)

	v, err := s.View()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	var b block.Block
	err = v.After(0, func(id block.ID, data []byte) error {
		err := b.Decode(data)
		fmt.Printf("block %d holds %s\n", id, b.Name(0))
		return err
	})
	fmt.Println(err)
	// Output:
	// complete 1 README <nil>
	// block 1 holds README
	// <nil>
}

// record crawls a host that has one directory.
func record(s *store.Store, host index.HostID) error {
	ctx := context.Background()
	if err := s.Update(ctx, host, func(*index.Host) error { return nil }); err != nil {
		return err
	}
	c, err := s.Begin(ctx, host, true)
	if err != nil {
		return err
	}
	return errors.Join(
		c.Put(ctx, index.Listing{Dir: "/pub", Taken: time.Unix(1_700_000_000, 0), Way: "MLSD", Entries: []index.Entry{{Name: "README", Size: 120}}}),
		c.Finish(ctx, true),
		c.Close(),
	)
}
