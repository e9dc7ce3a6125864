package embedded

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/index/match"
	"trawl/search/query"
)

const (
	// nearBudget bounds the time that is spent on names which are near to what was
	// not found.
	nearBudget = 50 * time.Millisecond

	// completeBudget bounds the time that a completion takes. One that it cuts
	// short has seen a part of the names.
	completeBudget = 40 * time.Millisecond

	// nearest is how many names "did you mean" offers.
	nearest = 5

	// nearBlocks is how many blocks are looked through for near names: those that
	// share the most trigrams with the words, as many for each.
	nearBlocks = 96
)

// complete computes the words of names that begin with start, folded, the most
// frequent first.
func (m *moment) complete(ctx context.Context, start []byte, n int) ([]string, error) {
	until := time.Now().Add(completeBudget)
	ids, err := m.candidates(match.Has{Text: string(start)})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	err = m.eachBlock(ctx, ids, until, func(_ *block, names *foldedNames) {
		countWords(count, names.text, start)
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
func (m *moment) eachBlock(ctx context.Context, ids []blockID, until time.Time, do func(*block, *foldedNames)) error {
	var b block
	var rest unmasked
	var names foldedNames
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(until) {
			return nil
		}
		data := m.view.data(id)
		if data == nil {
			continue
		}
		if err := b.readNames(data); err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		if _, ok := m.places[b.host]; !ok {
			continue
		}
		live, err := rest.of(&b, data, m.view.maskOf(id))
		if err != nil {
			return fmt.Errorf("read block %d: %w", id, err)
		}
		names.fold(live)
		do(live, &names)
	}
	return nil
}

// unmasked takes what is gone out of blocks.
type unmasked struct {
	gone mask
	live piece
}

// of returns b, of which the names were read from data, or what is left of it if it
// has a mask.
func (u *unmasked) of(b *block, data, gone []byte) (*block, error) {
	if gone == nil {
		return b, nil
	}
	if err := errors.Join(u.gone.parse(gone), b.decode(data)); err != nil {
		return nil, err
	}
	u.live.clear(b.host)
	overlay(&u.live, b, u.gone, &block{})
	return &u.live.block, nil
}

// nearest returns the names that are nearest to the words of a query.
func (m *moment) nearest(ctx context.Context, tree query.Node) ([]string, error) {
	near := match.NewNear(tree)
	if near == nil {
		return nil, nil
	}
	until := time.Now().Add(nearBudget)
	var ids []blockID
	words := near.Words()
	for _, word := range words {
		alike, err := m.posted.alike(word, max(1, nearBlocks/len(words)))
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
	err = m.eachBlock(ctx, slices.Compact(ids), until, func(b *block, names *foldedNames) {
		for i := range b.len() {
			near.Offer(borrow(b.name(i)), names.at(i))
		}
	})
	if err != nil {
		return nil, err
	}
	return near.Best(nearest), nil
}
