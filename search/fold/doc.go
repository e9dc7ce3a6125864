// Package fold says which letters and signs are one to a search: "Café" and "CAFE", "Straße" and
// "strasse". It does no I/O and knows nothing of the rest of Trawl.
//
// fold.go folds a text, word.go says what belongs to a word.
package fold
