package crawler

import (
	"fmt"
	"hash/maphash"
	"testing"

	"trawl/index"
)

// TestLieAmongMany has a server know the files of large directories by their number in
// the listing: that most of them are not remembered is no word for it.
func TestLieAmongMany(t *testing.T) {
	const files = 10 * identsFiles
	for _, honest := range []bool{true, false} {
		x := &idents{seed: maphash.MakeSeed(), memory: &share{of: &purse{total: 64 << 20}}}
		lies := 0
		for dir := range 3 {
			l := &index.Listing{Dir: index.Path(fmt.Sprintf("/d%d", dir))}
			for i := range files {
				l.Entries = append(l.Entries, index.Entry{Unix: int64(dir), Precision: index.Second})
				ident := fmt.Sprint(i)
				if honest {
					ident = fmt.Sprint(dir, "/", i)
				}
				l.Idents = append(l.Idents, ident)
			}
			if x.hear(l, &lineage{dir: l.Dir}) {
				lies++
			}
		}
		if x.told != identsFiles || (lies == 0) != honest {
			t.Errorf("honest %v: %d identifiers, they lie %d times", honest, x.told, lies)
		}
	}
}
