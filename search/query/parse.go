package query

import (
	"errors"
	"time"
)

// Parse reads a query. Relative times (`time:<30d`) are kept relative to now.
// Its errors are *Error.
func Parse(text string, now time.Time) (Node, error) {
	return nil, errors.New("not written yet")
}

// Error is what a person typed wrong: where, and the mend.
type Error struct {
	Text string // the query
	Pos  int    // in bytes
	Msg  string // what is wrong, lower case
	Hint string // what to write instead; may be ""
}

// Error returns the message and the hint in one line, without the caret.
func (e *Error) Error() string { return e.Msg + e.Hint }
