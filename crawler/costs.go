package crawler

import (
	"trawl/index"
	"trawl/index/hashes"
)

// The memory that things take, about, in bytes.
const (
	waitCosts = 64          // a directory that waits, beside its name
	listCosts = hashes.Cost // a listed directory, until the crawl ends: what the catalogue remembers of it
	partCosts = 512         // a listing on its way to the catalogue, beside its entries
	rowCosts  = 96          // an entry, beside its names
)

// weight returns the memory of a name or a path that waits.
func weight[S ~string](name S) int64 { return int64(len(name)) + waitCosts }

// kidsMemory returns the sum of the weights of kids.
func kidsMemory(kids []kid) (sum int64) {
	for _, k := range kids {
		sum += weight(k.name)
	}
	return sum
}

// listingMemory returns the memory of a listing.
func listingMemory(l *index.Listing) int64 {
	n := partCosts + rowCosts*int64(len(l.Entries)) + int64(len(l.Dir))
	for i := range l.Entries {
		e := &l.Entries[i]
		n += int64(len(e.Name) + len(e.Raw) + len(e.Target))
	}
	return n
}
