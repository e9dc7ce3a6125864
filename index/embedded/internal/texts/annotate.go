package texts

import (
	"fmt"

	"trawl/index"
	"trawl/index/embedded/internal/store"
)

// Annotate adds to results the lines of their texts that hold words, and descriptions.
func (t *Index) Annotate(v *store.View, results []index.Result, words string) error {
	hosts, err := v.HostTable()
	if err != nil {
		return fmt.Errorf("read the hosts: %w", err)
	}
	want := wordsOf(words)
	for i := range results {
		text := results[i].Text
		if text == nil {
			continue
		}
		record, err := textAt(v, store.TextKey(hosts.Number(text.Host), text.Path))
		if err != nil || record == nil {
			continue // step has logged a damaged text
		}
		text.Line, text.Marks = snip(record.Body, want)
	}
	return describe(v, hosts, results)
}

// describe gives each result the description that an INDEX text has of it, from the first of
// its places beside which there is one. It goes through the first places of all results, then
// the second ones and so on, and each time reads the descriptions of a directory once.
func describe(v *store.View, hosts *store.HostTable, results []index.Result) error {
	bare := make([]int, len(results)) // results without a description
	for i := range bare {
		bare[i] = i
	}
	for at := 0; len(bare) > 0; at++ {
		beside := map[string][]int{} // by directory: the results that have a place there
		for _, i := range bare {
			if at < len(results[i].Places) {
				place := &results[i].Places[at]
				key := string(store.TextKey(hosts.Number(place.Host), place.Path.Dir()))
				beside[key] = append(beside[key], i)
			}
		}
		bare = bare[:0]
		for key, there := range beside {
			known, err := v.DescriptionsAt([]byte(key))
			if err != nil {
				return err
			}
			for _, i := range there {
				if results[i].About = known.Describe(results[i].Places[at].Path.Base()); results[i].About == "" {
					bare = append(bare, i)
				}
			}
		}
	}
	return nil
}
