package search_test

import (
	"fmt"
	"time"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
)

func ExampleRequest_Query() {
	asked := search.Request{Text: `"linux kernel" size:>100MiB`, Sort: index.ByTime, Limit: 50}
	q, err := asked.Query(time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	// An index.Searcher answers q.
	fmt.Println(q.Tree, "by", q.Sort)

	_, err = search.Request{Text: "size:big"}.Query(time.Now())
	fmt.Println(err)
	// Output:
	// "linux kernel" size:>100MiB by time
	// this is no size: such as size:>700MB, size:1GiB..4GiB or size:0
}

func ExampleSortNames() {
	fmt.Println(search.SortNames("or"))
	// Output: relevance, name, size, time or places
}

func ExampleNarrowable() {
	const text = "mp3 | flac"
	q, err := search.Request{Text: text}.Query(time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(search.Narrowable(text, &q) + " type:audio")
	// Output: (mp3 | flac) type:audio
}

func ExampleForName() {
	fmt.Println(search.ForName("mail (received).txt"))
	// Output: "mail (received).txt"
}

func ExampleForResult() {
	fmt.Println(search.ForResult(&index.Result{Name: "debian-12.iso", Size: 700 << 20}))
	// Output: name:debian-12.iso kind:file size:700MiB
}

func ExampleResults() {
	fmt.Println(search.Results(1, true))
	fmt.Println(search.Results(1140, false))
	// Output:
	// 1 result
	// at least 1,140 results
}

func ExamplePlaces() {
	fmt.Println(search.Places(3, true))
	fmt.Println(search.Places(1, false))
	// Output:
	// 3 places
	// at least 1 place
}

func ExampleTook() {
	fmt.Println(search.Took(11800 * time.Microsecond))
	// Output: 11.8 ms
}

func ExampleDoubt() {
	fmt.Println(search.Doubt(&index.Place{Stale: true, Seen: time.Date(2024, 2, 10, 0, 0, 0, 0, time.UTC)}))
	// Output: not seen since 2024-02-10
}

func ExampleFacetName() {
	fmt.Println(search.FacetName("ext"))
	// Output: extension
}

func ExampleFacetValue() {
	fmt.Println(search.FacetValue("size", "1MiB..10MiB"))
	// Output: 1 MiB – 10 MiB
}

func ExampleExplain() {
	answer := search.Answer{Answer: index.Answer{Exact: true}}
	answer.Missing = []query.Node{query.Word{Text: "blaster"}}
	why := search.Explain(&answer)
	fmt.Println(why.Why)
	fmt.Println(why.Mend)
	// Output:
	// No host holds a name with blaster.
	// Every word must match. Fewer or shorter words find more.
}

func ExampleLastWord() {
	word, replace := search.LastWord("debian ker")
	fmt.Println(word)
	fmt.Println(replace("kernel"))
	// Output:
	// ker
	// debian kernel
}
