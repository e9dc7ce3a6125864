package index

import (
	"context"
	"time"
)

// Text is a small file that describes an archive or a part of it: README,
// INDEX, 00index.txt, .message, *.lsm and the like.
type Text struct {
	Host  HostID
	Path  Path
	Size  int64     // of the file as listed, in bytes
	Time  time.Time // of the file as listed; zero if unknown
	Body  string    // decoded: valid UTF-8; at most MaxText bytes
	Taken time.Time
}

// MaxText is the length in bytes beyond which a text is cut.
const MaxText = 256 << 10

// Texts keeps the texts that describe archives. An INDEX describes the files of its
// directory: each line has a name, then words. Removing a file or a host removes its
// text.
type Texts interface {
	// PutText records a text and replaces the known one.
	PutText(ctx context.Context, text Text) error

	// Text returns a text, or ErrNotFound.
	Text(ctx context.Context, id HostID, p Path) (Text, error)
}
