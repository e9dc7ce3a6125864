package loops

import (
	"fmt"
	"hash/maphash"
	"testing"

	"trawl/crawler/pace"
	"trawl/index"
)

// TestWorthlessAmongMany has a server identify the files of large directories by their number in
// the listing: that most of them are not remembered is no evidence for it.
func TestWorthlessAmongMany(t *testing.T) {
	const files = 10 * identsFiles
	for _, honest := range []bool{true, false} {
		x := NewIdentities(maphash.MakeSeed(), pace.NewBudget(pace.NewMemory(64<<20)))
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
			if _, worthless := x.Learn(l, &Lineage{Dir: l.Dir}); worthless {
				lies++
			}
		}
		if x.known != identsFiles || (lies == 0) != honest {
			t.Errorf("honest %v: %d identifiers, they lie %d times", honest, x.known, lies)
		}
	}
}
