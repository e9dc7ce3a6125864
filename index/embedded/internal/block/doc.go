// Package block is the format in which the store keeps entries: immutable runs of a host's
// directories and entries in tree order, some hundred entries each.
//
// A [Block] is built with [Block.Reset], [Block.Open], [Block.Add] and [Block.Copy], and
// becomes bytes by [Encoder.Encode]. [Block.Decode] reads all of it back. A search, which
// needs little of most blocks, decodes in stages, each of which checks what it reads:
//
//	DecodeHead                     host, facts, whether the names are ASCII
//	DecodeNames, SplitNames        Text; then Len and Name (DecodeHead before)
//	OpenNumbers                    Rows, KindAt, NumbersOf of single entries (DecodeHead before)
//	DecodeSizes, then DecodeTimes  Kinds, Sizes; Times, Precisions (DecodeHead before)
//	DecodeDirs                     Dirs, Link; Wire and Entry need all of the above
//
// The files: block.go is a block in memory and reads it, build.go builds one, format.go
// draws the format and encodes, decode.go decodes. names.go is the variant that the
// dictionary uses for names that repeat, folded.go folds names for comparison.
package block
