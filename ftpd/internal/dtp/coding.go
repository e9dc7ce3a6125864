package dtp

import (
	"bufio"
	"io"
)

// Coding is how content is represented on a data connection.
type Coding struct {
	ASCII   bool // TYPE A: lines end in CR LF
	Records bool // STRU R: each line is a record
	Block   bool // MODE B; not with Deflate
	Deflate bool // MODE Z
	Level   int  // of Deflate; 0 is DefaultLevel
}

// Plain reports whether content is sent as it is.
func (k Coding) Plain() bool { return !k.ASCII && !k.Records && !k.Block && !k.Deflate }

// Lines reports whether the lines of content are represented in another way than in a file, so that its bytes cannot be counted
// on the connection.
func (k Coding) Lines() bool { return k.ASCII || k.Records }

// Ends reports whether content says itself where it ends, so that the client need not close the connection.
func (k Coding) Ends() bool { return k.Block || k.Records && !k.Deflate }

// Listing returns a writer as Writer does, for text whose lines end in CR LF already.
func (k Coding) Listing(w io.Writer) io.WriteCloser {
	k.ASCII = k.Records
	return k.Writer(w)
}

// Writer returns a writer that sends content in the coding. Close sends what it has held back, and that this is the end; it does
// not close w. Content that is not whole is never closed.
func (k Coding) Writer(w io.Writer) io.WriteCloser {
	var out io.WriteCloser = open{w}
	switch {
	case k.Block && k.Records:
		return &lines{to: &blocks{w: w}, ascii: k.ASCII}
	case k.Block:
		out = &blocks{w: w}
	case k.Deflate:
		out = newDeflater(w, k.Level)
	}
	switch {
	case k.Records:
		return &lines{to: &escapes{w: out}, ascii: k.ASCII}
	case k.ASCII:
		return &toCRLF{w: out}
	}
	return out
}

// Reader returns a reader of the content that arrives in the coding. It reads r to its end, or to that of the content where Ends
// is true. It calls mark with each restart marker, when all content before it has been read.
func (k Coding) Reader(r io.Reader, mark func(marker string) error) io.Reader {
	switch {
	case k.Block:
		r = &unblock{r: bufio.NewReaderSize(r, 32<<10), records: k.Records, mark: mark}
	case k.Deflate:
		r = newInflater(r)
	}
	switch {
	case k.Records && !k.Block:
		r = &unescape{r: bufio.NewReaderSize(r, 32<<10), inside: k.Deflate}
	case k.ASCII && !k.Records:
		r = fromCRLF{bufio.NewReaderSize(r, 32<<10)}
	}
	return r
}

// open is a writer whose Close does nothing.
type open struct{ io.Writer }

func (open) Close() error { return nil }
