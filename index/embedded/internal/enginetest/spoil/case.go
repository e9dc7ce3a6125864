// Package spoil spoils the files of a catalogue, one thing at a time, for the tests of the
// engine. Only tests import it.
//
// [Plan] returns the cases (plan.go): each field of each header of each kind of file (field.go,
// bolt.go, segment.go, dictionary.go), and places at random. A [Case] damages one file.
package spoil

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Template is a catalogue, closed, by two directories that nobody changes.
type Template struct {
	Now    string
	Before string // the same catalogue before its last transactions
}

// Case is one thing that happens to one file, or to one directory.
type Case struct {
	File  string // its path in the catalogue
	Kind  string // of the file, see KindOf
	Where string // "meta 0: root", "somewhere"
	What  string // "a bit is flipped"

	// InUse says that it happens while the catalogue is open.
	InUse bool

	do   doing
	at   int64  // of write; the new length of cut
	data []byte // of write
}

// doing is the way in which a file is spoilt.
type doing int

const (
	write   doing = iota // data at an offset, maybe beyond the end
	cut                  // to a length
	remove               // the file, or the directory with all that is in it
	restore              // the file as it was before
)

// String describes the case in one line.
func (c *Case) String() string {
	in := ""
	if c.InUse {
		in = ", while it is open"
	}
	return fmt.Sprintf("%s: %s (offset %d): %s%s", c.File, c.Where, c.at, c.What, in)
}

// IsBackup says that the truth, as a whole, is that of before.
func (c *Case) IsBackup() bool { return c.do == restore && c.Kind == "trawl.db" }

// Apply spoils the copy of the template in dir.
func (c *Case) Apply(t Template, dir string) error {
	name := filepath.Join(dir, c.File)
	switch c.do {
	case cut:
		return os.Truncate(name, c.at)
	case remove:
		return os.RemoveAll(name)
	case restore:
		data, err := os.ReadFile(filepath.Join(t.Before, c.File))
		if err != nil {
			return err
		}
		return os.WriteFile(name, data, 0o600)
	default:
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteAt(c.data, c.at)
		return errors(err, f.Close())
	}
}

// errors returns the first error that is not nil.
func errors(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// Matters reports whether an answer can depend on what the case changes: it does not if that is
// as it was, or in free pages of a bbolt file, behind its last page, or in space that no element of a page uses.
func (c *Case) Matters(t Template) (bool, error) {
	data, err := os.ReadFile(filepath.Join(t.Now, c.File))
	if err != nil || c.do == remove || c.do == restore {
		return true, nil //nolint:nilerr // a directory
	}
	f, err := read(c.File, data)
	if err != nil {
		return false, err
	}
	from, to := c.at, c.at+int64(len(c.data))
	if c.do == cut {
		to = int64(len(data))
	}
	for at := from; at < to; at++ {
		same := c.do == write && at < int64(len(data)) && data[at] == c.data[at-from]
		if !same && (f.live == nil || slices.ContainsFunc(f.live, func(s span) bool { return s.from <= at && at < s.to })) {
			return true, nil
		}
	}
	return false, nil
}

// Stays reports whether the file in dir is still as the case has left it. left is the file then, or
// nil if there was none.
func (c *Case) Stays(t Template, dir string, left fs.FileInfo) bool {
	name := filepath.Join(dir, c.File)
	data, err := os.ReadFile(name)
	if now, gone := os.Lstat(name); gone == nil && left != nil && !os.SameFile(now, left) {
		return false // another file has taken its place
	}
	switch c.do {
	case cut:
		return err == nil && int64(len(data)) == c.at
	case remove:
		_, err := os.Lstat(name)
		return err != nil
	case restore:
		before, failed := os.ReadFile(filepath.Join(t.Before, c.File))
		return err == nil && failed == nil && bytes.Equal(data, before)
	default:
		to := c.at + int64(len(c.data))
		return err == nil && int64(len(data)) >= to && bytes.Equal(data[c.at:to], c.data)
	}
}
