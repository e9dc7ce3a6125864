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

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
	"trawl/search/query"
)

const (
	// NearBudget bounds the time that is spent on names which are near to what was
	// not found.
	NearBudget = 50 * time.Millisecond

	// CompleteBudget bounds the time that a completion takes. One that it cuts
	// short has seen a part of the names.
	CompleteBudget = 40 * time.Millisecond

	// nearest is how many names "did you mean" offers.
	nearest = 5

	// nearBlocks is how many blocks are looked through for near names: those that
	// share the most trigrams with the words, as many for each.
	nearBlocks = 96
)

// Complete computes the words of names that begin with start, folded, the most
// frequent first.
func (m *Snapshot) Complete(ctx context.Context, start []byte, n int) ([]string, error) {
	until := time.Now().Add(CompleteBudget)
	ids, err := m.candidates(match.Has{Text: string(start)})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	err = m.eachBlock(ctx, ids, until, func(_ *block.Block, names *block.FoldedNames) {
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

// countWords counts the words in text that begin with start.
func countWords(count map[string]int, text, start []byte) {
	for from := 0; ; {
		at := bytes.Index(text[from:], start)
		if at < 0 {
			return
		}
		at += from
		end := at + len(start)
		if r, _ := utf8.DecodeLastRune(text[:at]); at == 0 || !match.IsWord(r) {
			if rest := bytes.IndexFunc(text[end:], func(r rune) bool { return !match.IsWord(r) }); rest >= 0 {
				end += rest
			} else {
				end = len(text)
			}
			count[string(text[at:end])]++
		}
		from = end
	}
}

// eachBlock decodes blocks, one after the other and without what is gone of them,
// until time is up.
func (m *Snapshot) eachBlock(ctx context.Context, ids []block.ID, until time.Time, do func(*block.Block, *block.FoldedNames)) error {
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
		data := m.View.Data(id)
		if data == nil {
			continue
		}
		if err := b.ReadNames(data); err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		if _, ok := m.places[b.Host()]; !ok {
			continue
		}
		live, err := rest.Unmask(&b, data, m.View.MaskOf(id))
		if err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		names.Fold(live)
		do(live, &names)
	}
	return nil
}

// Nearest returns the names that are nearest to the words of a query.
func (m *Snapshot) Nearest(ctx context.Context, tree query.Node) ([]string, error) {
	near := match.NewNear(tree)
	if near == nil {
		return nil, nil
	}
	until := time.Now().Add(NearBudget)
	var ids []block.ID
	words := near.Words()
	for _, word := range words {
		alike, err := m.postings.Alike(word, max(1, nearBlocks/len(words)))
		if err != nil {
			return nil, err
		}
		ids = append(ids, alike...)
	}
	young, err := m.candidates(match.None{})
	if err != nil {
		return nil, err
	}
	ids = append(ids, young...)
	slices.Sort(ids)
	err = m.eachBlock(ctx, slices.Compact(ids), until, func(b *block.Block, names *block.FoldedNames) {
		for i := range b.Len() {
			near.Offer(block.Borrow(b.Name(i)), names.At(i))
		}
	})
	if err != nil {
		return nil, err
	}
	return near.Best(nearest), nil
}
