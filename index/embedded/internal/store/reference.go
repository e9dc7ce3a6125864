package store

import (
	"encoding/binary"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// The value of a key in dirs and patches refers to a block:
//
//	uint64   block ID
//	uvarint  directories, files, bytes   the sum of the block's entries, as index.Sum, those that are
//	                                     masked included
//
// Before there were sums it was the block ID alone. Such a reference stays until its block is
// written anew; meanwhile the sum of the block is counted when it is asked for.

// appendReference appends the value that refers to a block.
func appendReference(p []byte, id block.ID, sum index.Sum) []byte {
	p = binary.BigEndian.AppendUint64(p, uint64(id))
	for _, n := range []int64{sum.Directories, sum.Files, sum.Bytes} {
		p = binary.AppendUvarint(p, uint64(n))
	}
	return p
}

// referenceSum returns the sum in a reference. It reports false if there is none.
func referenceSum(value []byte) (sum index.Sum, ok bool) {
	rest := value[min(8, len(value)):]
	if len(rest) == 0 {
		return sum, false
	}
	for _, field := range []*int64{&sum.Directories, &sum.Files, &sum.Bytes} {
		n, used := binary.Uvarint(rest)
		if used <= 0 {
			return index.Sum{}, false
		}
		*field, rest = int64(n), rest[used:]
	}
	return sum, len(rest) == 0
}

// soundReference reports whether a value refers to a block.
func soundReference(value []byte) bool {
	_, ok := referenceSum(value)
	return ok || len(value) == 8
}

// sumOfEntries returns the sum of the entries of a block.
func sumOfEntries(b *block.Block) (sum index.Sum) {
	addEntries(&sum, b.Kinds(), b.Sizes(), 1)
	return sum
}

// addEntries adds entries to a sum, n times.
func addEntries(sum *index.Sum, kinds []index.Kind, sizes []int64, n int64) {
	for i, kind := range kinds {
		if kind == index.Dir {
			sum.Directories += n
			continue
		}
		sum.Files += n
		sum.Bytes += n * index.Counted(sizes[i])
	}
}
