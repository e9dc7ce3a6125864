package scan

import (
	"context"
	"fmt"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// completeBudget bounds the time of a completion. One that it cuts short has seen a part of
// the names.
const completeBudget = 40 * time.Millisecond

// Complete returns at most n words of names that begin with prefix, as match.Completer does. The error
// is as that of Search.
func (s *Searcher) Complete(ctx context.Context, prefix string, n int) (Found[[]string], error) {
	return look(ctx, s, completeBudget, func(snap *Snapshot) ([]string, error) {
		return snap.complete(ctx, prefix, n, time.Now().Add(completeBudget))
	})
}

// look calls do with a Snapshot of the catalogue, on a core, and reports what it finds. It waits for no
// writer. If do took most or longer, more time would change what it finds. The error is that of ctx,
// index.ErrCrowded where too many search, or one of do.
func look[T any](ctx context.Context, s *Searcher, most time.Duration, do func(*Snapshot) (T, error)) (out Found[T], err error) {
	defer store.Guarded(&err)()
	lease, err := s.cores.Acquire(ctx)
	if err != nil {
		return out, err
	}
	defer lease.Release()
	began := time.Now()
	snap, err := Open(s.store, s.postings, s.dictionary)
	if err != nil {
		return out, err
	}
	defer snap.Close()
	out.State = snap.view.State()
	out.Answer, err = do(snap)
	out.Whole = time.Since(began) < most
	return out, err
}

// complete looks through the blocks that may hold words which begin with prefix, until a time.
func (s *Snapshot) complete(ctx context.Context, prefix string, n int, until time.Time) ([]string, error) {
	words := match.NewCompleter(prefix)
	ids, err := s.candidates(match.Has{Text: words.Start()})
	if err != nil {
		return nil, err
	}
	err = s.eachBlock(ctx, ids, until, func(b *block.Block, names *block.FoldedNames) {
		if b.Plain() {
			words.Plain(names.Text)
			return
		}
		for i := range b.Len() {
			words.Name(block.Borrow(b.Name(i)), names.At(i))
		}
	})
	if err != nil {
		return nil, err
	}
	return words.Words(n), nil
}

// eachBlock decodes blocks one after the other, without what their masks take away, and calls
// do with each and its folded names, until time is up.
func (s *Snapshot) eachBlock(ctx context.Context, ids []block.ID, until time.Time, do func(*block.Block, *block.FoldedNames)) error {
	var b block.Block
	var rest store.Unmasker
	var names block.FoldedNames
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(until) {
			return nil
		}
		data, err := s.view.Data(id)
		if err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		if data == nil {
			continue
		}
		if err := b.ReadNames(data); err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		if _, ok := s.ordinals[b.Host()]; !ok {
			continue
		}
		mask, err := s.view.MaskOf(id)
		if err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		live, err := rest.Unmask(&b, data, mask)
		if err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		names.Fold(live)
		do(live, &names)
	}
	return nil
}
