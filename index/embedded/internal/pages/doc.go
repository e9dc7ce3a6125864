// Package pages reads bbolt files without believing them. bbolt follows whatever a page says:
// a damaged page ends in a panic, an endless recursion or a silent "not found". This package
// reads the same format and checks each page before it follows it.
//
// [Map] maps a file into memory. [File.Meta] returns the newest transaction. [File.Prove] walks
// all of its pages once, in bounded time and memory. [Prove] does both for a file that is
// closed. [File.Root] reads keys and values: a [Bucket] and its [Cursor] are what bbolt's are,
// except that they pass each page to a [Guard] first, and never write.
//
// format.go draws the pages, prove.go walks them, copy.go writes those of a transaction,
// changes.go compares two transactions, bucket.go and cursor.go read keys and values.
package pages
