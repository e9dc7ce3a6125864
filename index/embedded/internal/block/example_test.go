package block_test

import (
	"fmt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// A block is built directory by directory, encoded, and decoded again.
func Example() {
	var b block.Block
	b.Reset(7)
	pub := []byte("/pub")
	b.Open(&block.Dir{Path: pub, Shown: pub, Way: []byte("MLSD"), Taken: 1_700_000_000})
	b.Add(&index.Entry{Name: "README", Size: 120})
	b.Add(&index.Entry{Name: "latest", Kind: index.Link, Target: "v2", Size: index.UnknownSize})

	var encoder block.Encoder
	data := encoder.Encode(&b)

	var decoded block.Block
	if err := decoded.Decode(data); err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range decoded.EachDir() {
		fmt.Printf("host %d, %s\n", decoded.Host(), d.Path)
		for i := range d.Entries() {
			e := decoded.Entry(i)
			fmt.Printf("%s %d %q\n", e.Name, e.Size, e.Target)
		}
	}
	// Output:
	// host 7, /pub
	// README 120 ""
	// latest -1 "v2"
}

// A search decodes only the stages of a block that it needs.
func ExampleBlock_NumbersOf() {
	var b block.Block
	b.Reset(7)
	b.Open(&block.Dir{Path: []byte("/"), Shown: []byte("/")})
	for i, name := range []string{"a.iso", "b.txt", "c.iso"} {
		b.Add(&index.Entry{Name: name, Size: int64(100 * i)})
	}
	data := new(block.Encoder).Encode(&b)

	var found block.Block
	err := found.ReadNames(data) // the head and the names
	if err == nil {
		err = found.OpenNumbers()
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	kind, size, err := found.NumbersOf(2)
	fmt.Printf("%s %s %d %v\n", found.Name(2), kind, size, err)
	// Output:
	// c.iso file 200 <nil>
}
