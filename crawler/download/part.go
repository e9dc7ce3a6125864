package download

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// The files beside NAME while it is fetched.
const (
	partSuffix = ".part"  // the bytes
	noteSuffix = ".trawl" // behind partSuffix: the note
)

// All names that are kept fit a disk, with all suffixes.
const _ = uint(255 - index.LongestName - len(partSuffix) - len(noteSuffix) - len(".new"))

// The errors of [Save] that callers branch on.
var (
	ErrExists  = errors.New("it exists")                                // another file has the name
	ErrForeign = errors.New("the part file is not a part of this file") // NAME.part, which stays as it is
)

var (
	errChanged = errors.New("the file has changed since a part of it was fetched")
	errGrown   = fmt.Errorf("%w: it is longer than the host says", errChanged)
)

// part is the part file of a file that is fetched. It is locked.
type part struct {
	*os.File
	path string // of the part file
	note *note  // nil: there is none yet
	size int64  // of the part file when it was opened
}

// openPart opens and locks the part file of a path, or makes it.
func openPart(path string) (*part, error) {
	path += partSuffix
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o666) //nolint:gosec // as any download, less what umask takes
		if err != nil {
			return nil, LocalError{err}
		}
		p, same, err := lockPart(f, path)
		if err != nil {
			f.Close()
			return nil, LocalError{err}
		}
		if same {
			return p, nil
		}
		f.Close() // another process gave it its name meanwhile
	}
}

// lockPart locks an open part file and reports whether it is still the one at the path.
func lockPart(f *os.File, path string) (p *part, same bool, err error) {
	err = tryLock(f)
	if errors.Is(err, errLocked) {
		return nil, false, fmt.Errorf("open %s: another trawl get is writing it", path)
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) { // not every network disk has locks
		return nil, false, fmt.Errorf("lock %s: %w", path, err)
	}
	mine, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	if !mine.Mode().IsRegular() {
		return nil, false, fmt.Errorf("open %s: it is no file", path)
	}
	there, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !os.SameFile(mine, there):
		return nil, false, nil
	}
	known, err := readNote(path + noteSuffix)
	return &part{File: f, path: path, note: known, size: mine.Size()}, true, err
}

// resumable returns the spans of a file that are there, as far as the note and the length of the
// part file say; info is what a place says of the file now. errChanged says that they are of an
// earlier version, ErrForeign that they are of another file.
func (p *part) resumable(file fetch.File, info fetch.Info, place index.Place) ([]span, error) {
	if p.size == 0 {
		return nil, nil
	}
	spans := merge([]span{{0, p.size}})
	if p.note != nil {
		if err := p.note.about(file, info, place); err != nil {
			return nil, err
		}
		spans = p.note.spans(p.size)
	}
	if n := len(spans); n > 0 && info.Size != index.UnknownSize && spans[n-1].end > info.Size {
		return nil, fmt.Errorf("%w: it holds more than %s", ErrForeign, sizeOf(info.Size))
	}
	return spans, nil
}

// begin empties the part file and notes what it is a part of from now on.
func (p *part) begin(n note) error {
	if p.size > 0 {
		if err := p.Truncate(0); err != nil {
			return LocalError{err}
		}
	}
	p.size = 0
	return p.keep(n)
}

// keep writes the note.
func (p *part) keep(n note) error {
	if err := n.write(p.path + noteSuffix); err != nil {
		return LocalError{err}
	}
	p.note = &n
	return nil
}

// finish gives the part file the name path and the time of the file. Without replace, a file
// that has the name meanwhile is an error.
func (p *part) finish(path string, at time.Time, replace bool) error {
	if err := p.Sync(); err != nil {
		return LocalError{err}
	}
	if !at.IsZero() {
		_ = os.Chtimes(p.path, time.Time{}, at) // not every disk can keep every time
	}
	if err := p.rename(path, replace); err != nil {
		return LocalError{err}
	}
	_ = os.Remove(p.path + noteSuffix)
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync() // the file is there in any case, by one name or the other
		dir.Close()
	}
	return nil
}

// rename gives the part file its name.
func (p *part) rename(path string, replace bool) error {
	if replace {
		return os.Rename(p.path, path)
	}
	err := os.Link(p.path, path)
	switch {
	case err == nil:
		return os.Remove(p.path)
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	}
	if _, there := os.Lstat(path); there == nil { // a disk without hard links
		return ErrExists
	}
	return os.Rename(p.path, path)
}

// drop removes the part file.
func (p *part) drop() error {
	return errors.Join(os.Remove(p.path), ignoreMissing(os.Remove(p.path+noteSuffix)))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dropEmpty removes a part file that holds nothing.
func (p *part) dropEmpty() {
	if info, err := p.Stat(); err == nil && info.Size() == 0 {
		_ = p.drop()
	}
}
