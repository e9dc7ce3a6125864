package dictionary_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
	"trawl/search/query"
)

// Example records two mirrors of one file, and finds its name once, in the blocks of both.
func Example() {
	if err := findInMirrors(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// "debian" is in 1 block of names
	// the first name is in 2 blocks
}

func findInMirrors() (err error) {
	dir, err := os.MkdirTemp("", "dictionary")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(dir, 128, slog.Default())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d, err := dictionary.Open(filepath.Join(dir, "dictionary"), s, 1)
	if err != nil {
		return err
	}
	defer d.Close(nil)

	ctx := context.Background()
	if err := errors.Join(put(ctx, s, "ftp://a.example.org/"), put(ctx, s, "ftp://b.example.org/"), d.CatchUp(ctx)); err != nil {
		return err
	}
	state := d.Acquire()
	defer state.Release()
	return find(s, state, "debian")
}

// find finds a word in a state of the dictionary.
func find(s *store.Store, state *dictionary.State, word string) error {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	hosts, err := v.HostTable()
	if err != nil {
		return err
	}
	plan, err := match.Compile(index.Query{Tree: query.Word{Text: word}}, hosts.Hosts, nil)
	if err != nil {
		return err
	}
	names, err := state.Open(v, hosts.Ordinals, plan)
	if err != nil {
		return err
	}
	fmt.Printf("%q is in %d block of names\n", word, names.Len())
	blocks := map[block.ID]bool{}
	err = names.BlocksOf(0, func(position uint32, _ bool) {
		id, _ := names.BlockAt(position)
		blocks[id] = true
	})
	fmt.Printf("the first name is in %d blocks\n", len(blocks))
	return err
}

// put records a host with one file.
func put(ctx context.Context, s *store.Store, host index.HostID) error {
	if err := s.Update(ctx, host, func(*index.Host) error { return nil }); err != nil {
		return err
	}
	crawl, err := s.Begin(ctx, host, true)
	if err != nil {
		return err
	}
	listing := index.Listing{Dir: "/pub", Entries: []index.Entry{{Name: "debian-12.iso", Size: 600 << 20}}}
	return errors.Join(crawl.Put(ctx, listing), crawl.Finish(ctx, true))
}
