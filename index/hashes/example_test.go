package hashes

import "fmt"

func ExampleTable() {
	const seen = 1 // a mark, in the last two bits
	var t Table
	t.Put(0xabc0)
	t.Put(0xabc0 | seen)
	x, found := t.Get(0xabc0)
	fmt.Printf("%d hash, %t, marks %d\n", t.Len(), found, x&Marks)
	// Output: 1 hash, true, marks 1
}
