// Package dictionary keeps each repeated name of the catalogue once, with the blocks that
// hold it, so that a search looks at it once however many mirrors hold it.
//
// [Open] returns a [Dictionary] that follows the store in the background (dictionary.go,
// follow.go), where names repeat often enough (sample.go). It takes in new blocks as names
// in order (gather.go, name.go), and writes them as a volume (write.go, volume.go,
// postings.go); merge.go merges volumes. statefile.go is the file that lists them.
//
// A search takes the present [State] (state.go) by [Dictionary.Acquire] and opens it as a
// [Reader] (search.go, positions.go, bitset.go). check.go verifies the dictionary.
package dictionary
