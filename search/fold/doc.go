// Package fold says which letters and signs are one to a search: "Café" and "CAFE", "Straße" and
// "strasse", "Grey’s" and "greys". It does no I/O and knows nothing of the rest of Trawl.
//
// fold.go folds a text by the table in table.go, which is made of package rules; compose.go joins
// the parts of a letter. loose.go makes separators one, and word.go says what belongs to a word.
package fold
