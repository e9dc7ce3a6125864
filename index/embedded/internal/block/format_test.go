package block

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/enginetest"
)

// buildBlock makes a block of listings, as they come.
func buildBlock(no HostNo, listings ...index.Listing) *Block {
	b := &Block{}
	b.Reset(no)
	for i := range listings {
		l := &listings[i]
		b.Open(&Dir{Path: []byte(l.Dir), Shown: []byte(l.Display()), Way: []byte(l.Way), Taken: l.Taken.Unix(), Cont: l.More})
		for k := range l.Entries {
			b.Add(&l.Entries[k])
		}
	}
	return b
}

// blockTable is a block of each shape.
func blockTable() map[string]*Block {
	r := rand.New(rand.NewPCG(1, 1))
	long := index.Path("/" + strings.Repeat("d", 4000))
	return map[string]*Block{
		"an empty directory": buildBlock(1, index.Listing{Dir: "/"}),
		"one entry":          buildBlock(1<<31, index.Listing{Dir: "/pub", Entries: []index.Entry{{Name: "a", Size: 1 << 62}}}),
		"times before 1970": buildBlock(1, index.Listing{Dir: "/pub", Entries: []index.Entry{
			{Name: "a", Unix: -86400, Precision: index.Day}, {Name: "b", Unix: 86400 * 20000, Precision: index.Day},
		}}),
		"a directory that goes on, shown otherwise": buildBlock(7,
			index.Listing{Dir: "/caf\xe9", Shown: "/café", More: true, Entries: []index.Entry{{Name: "é", Raw: "\xe9"}}},
			index.Listing{Dir: "/caf\xe9/x", Shown: "/café/x", Way: "MLSD"}),
		"long names": buildBlock(7, index.Listing{Dir: long, Entries: []index.Entry{
			{Name: strings.Repeat("n", 300)}, {Name: strings.Repeat("n", 301)}, {Name: strings.Repeat("n", 600) + "x", Kind: index.Link, Target: strings.Repeat("t", 5000)},
		}}, index.Listing{Dir: long + "/x"}),
		"many": buildBlock(3, enginetest.RandomListing(r, "/a", 1000), enginetest.RandomListing(r, "/b", 300), enginetest.RandomListing(r, "/c", 2)),
	}
}

// columns returns all that a block says, to compare it.
func columns(b *Block) []string {
	out := []string{fmt.Sprint(b.host)}
	for i, d := range b.EachDir() {
		out = append(out, fmt.Sprintf("%q %q %q %d %v", d.Path, d.Shown, d.Way, d.Taken, d.Cont))
		for k := range d.Entries() {
			out = append(out, fmt.Sprintf("%d %+v", i, b.Entry(k)))
		}
	}
	return out
}

func TestBlockRoundTrip(t *testing.T) {
	t.Parallel()
	var enc Encoder
	var got Block // reused, as searches do
	for name, b := range blockTable() {
		data := enc.Encode(b)
		if err := got.Decode(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if a, b := columns(&got), columns(b); !slices.Equal(a, b) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
		for i := range data {
			broken := bytes.Clone(data)
			broken[i] ^= 0x10
			if got.Decode(broken) == nil {
				t.Errorf("%s: a flipped bit in byte %d is not seen", name, i)
			}
		}
		if no, err := hostOf(data); err != nil || no != b.host {
			t.Errorf("%s: host %d, %v", name, no, err)
		}
	}
}

func FuzzBlockDecode(f *testing.F) {
	var enc Encoder
	for _, b := range blockTable() {
		f.Add(enc.Encode(b))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b Block
		if b.DecodeHead(data) != nil && len(b.head.packed[0]) > 0 { // or nothing else would be tried
			first := len(data) - len(b.head.packed[1]) - len(b.head.packed[2])
			binary.LittleEndian.PutUint32(data[1:], codec.Checksum(data[headLen:first]))
			binary.LittleEndian.PutUint32(data[5:], codec.Checksum(b.head.packed[1]))
			binary.LittleEndian.PutUint32(data[9:], codec.Checksum(b.head.packed[2]))
		}
		if b.Decode(data) != nil {
			return
		}
		want := columns(&b)
		var again Block
		var enc Encoder
		if err := again.Decode(enc.Encode(&b)); err != nil {
			t.Fatal(err)
		}
		if got := columns(&again); !slices.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
