package scan

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/search/fold"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// completeBudget bounds the time of a completion. One that it cuts short has seen a part of
// the names.
const completeBudget = 40 * time.Millisecond

// Completion is what completing a word computes.
type Completion struct {
	Words []string    // folded, the most frequent first
	State store.State // of the catalogue that they are of
	Whole bool        // more time would change nothing
}

// Complete returns at most n words of names that begin with start, which is folded. The error
// is as that of Search.
func (s *Searcher) Complete(ctx context.Context, start string, n int) (out Completion, err error) {
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
	out.Words, err = snap.complete(ctx, []byte(start), n)
	out.Whole = time.Since(began) < completeBudget
	return out, err
}

// complete looks through the blocks that may hold words which begin with start.
func (s *Snapshot) complete(ctx context.Context, start []byte, n int) ([]string, error) {
	until := time.Now().Add(completeBudget)
	ids, err := s.candidates(match.Has{Text: string(start)})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	err = s.eachBlock(ctx, ids, until, func(_ *block.Block, names *block.FoldedNames) {
		countWords(count, names.Text, start)
	})
	if err != nil {
		return nil, err
	}
	words := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	return words[:min(n, len(words))], nil
}

// countWords counts the words in text that begin with start. Words that begin in the middle of
// another do not count.
func countWords(count map[string]int, text, start []byte) {
	for from := 0; ; {
		at := bytes.Index(text[from:], start)
		if at < 0 {
			return
		}
		at += from
		end := at + len(start)
		if r, _ := utf8.DecodeLastRune(text[:at]); at == 0 || !fold.IsWord(r) {
			if rest := bytes.IndexFunc(text[end:], func(r rune) bool { return !fold.IsWord(r) }); rest >= 0 {
				end += rest
			} else {
				end = len(text)
			}
			count[string(text[at:end])]++
		}
		from = end
	}
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
