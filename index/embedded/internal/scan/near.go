package scan

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
	"trawl/search/fold"
)

const (
	// nearBudget bounds the time that is spent on words near to what was not found.
	nearBudget = 50 * time.Millisecond

	// noBudget is more time than near words ever take.
	noBudget = time.Hour

	// nearBlocks is how many blocks are looked through for near words: those that share the
	// most trigrams with the words, as many for each word.
	nearBlocks = 96

	// nearSpelled is how many letters a word may have that is also looked for as an
	// abbreviation with dots, in bytes.
	nearSpelled = 8

	// nearSlip is how many letters and digits a word has at most whose slips are looked up: words
	// from which one letter makes it.
	nearSlip = 12

	// slipBudget bounds the time for looking them up, for all words together.
	slipBudget = 20 * time.Millisecond

	// slipBlocks is how many blocks are looked through for each slip.
	slipBlocks = 2
)

// Similar returns at most n near words for each of words, folded, the nearest first. A negative limit
// is none, another one is the usual one. The error is as that of Search.
func (s *Searcher) Similar(ctx context.Context, words []string, n int, limit time.Duration) (Found[[][]string], error) {
	most, mostSlips := nearBudget, slipBudget
	if limit < 0 {
		most, mostSlips = noBudget, noBudget
	}
	return look(ctx, s, most, func(snap *Snapshot) ([][]string, error) {
		now := time.Now()
		return snap.similar(ctx, words, n, now.Add(most), now.Add(mostSlips))
	})
}

// similar looks through the blocks that share trigrams with the words, until a time. Slips are looked
// up until another one.
func (s *Snapshot) similar(ctx context.Context, words []string, n int, until, untilSlips time.Time) ([][]string, error) {
	ids, err := s.alike(words, untilSlips)
	if err != nil {
		return nil, err
	}
	near := match.NewNear(words)
	err = s.eachBlock(ctx, ids, until, func(b *block.Block, names *block.FoldedNames) {
		for i := range b.Len() {
			near.Offer(names.At(i))
		}
	})
	if err != nil {
		return nil, err
	}
	return near.Best(n), nil
}

// alike returns the blocks that share the most trigrams with words, some that may hold words of
// one letter more, less or otherwise, and those that have no postings yet.
func (s *Snapshot) alike(words []string, until time.Time) ([]block.ID, error) {
	var ids []block.ID
	for i, word := range words {
		part := time.Until(until) / time.Duration(len(words)-i)
		slipped, err := s.postings.Spelt(slips(fold.String(word)), slipBlocks, time.Now().Add(part))
		if err != nil && !errors.Is(err, segment.ErrDamaged) {
			return nil, err
		}
		ids = append(ids, slipped...)
		for _, text := range spellings(fold.String(word)) {
			alike, err := s.postings.Alike(text, max(1, nearBlocks/len(words)))
			if err != nil && !errors.Is(err, segment.ErrDamaged) {
				return nil, err
			}
			ids = append(ids, alike...)
		}
	}
	young, err := s.candidates(match.None{})
	if err != nil {
		return nil, err
	}
	ids = append(ids, young...)
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// spellings returns a folded word and, if it may be an abbreviation, how it is with dots.
//
//	shield => shield, s.h.i.e.l.d
func spellings(word string) []string {
	letters := func(r rune) bool { return r < 'a' || r > 'z' }
	if len(word) > nearSpelled || strings.ContainsFunc(word, letters) {
		return []string{word}
	}
	return []string{word, strings.Join(strings.Split(word, ""), ".")}
}

// slips returns the words that one slip makes of a folded one: neighbours exchanged, a letter left out,
// another one, one more. A short slip shares no trigram with its word, as heder and header do not.
func slips(word string) (out []string) {
	const least, letters = 4, "abcdefghijklmnopqrstuvwxyz"
	other := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if len(word) < least || len(word) > nearSlip || strings.ContainsFunc(word, other) {
		return nil
	}
	for i := range len(word) {
		if i > 0 {
			out = append(out, word[:i-1]+word[i:i+1]+word[i-1:i]+word[i+1:])
		}
		out = append(out, word[:i]+word[i+1:])
	}
	for i := range len(word) + 1 {
		for _, c := range letters {
			out = append(out, word[:i]+string(c)+word[i:])
			if i < len(word) {
				out = append(out, word[:i]+string(c)+word[i+1:])
			}
		}
	}
	return out
}
