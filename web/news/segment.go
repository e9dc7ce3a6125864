package news

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trawl/index"
)

// The folder has the files 00000001.log, 00000002.log and so on, each of some 2 MiB. Items are added to the last. To forget
// the oldest, the first file is removed: nothing is ever written anew.

// segment is one file. All but size and last are fixed.
type segment struct {
	number uint32
	size   int64     // of what may be read
	last   time.Time // when something was added

	mu    sync.Mutex
	hosts map[index.HostID]struct{} // in it, once a reader has found out; of a file that grows no more
}

// writer adds lines to the last file.
type writer struct {
	out    *os.File // nil if none is open
	torn   bool     // the last line may have no end
	failed bool     // the last write failed, which was logged
}

func (w *writer) close() error {
	out := w.out
	if w.out = nil; out == nil {
		return nil
	}
	return out.Close()
}

func (b *Book) path(s *segment) string {
	return filepath.Join(b.dir, fmt.Sprintf("%08d.log", s.number))
}

// find finds the files, and removes those that are too old.
func (b *Book) find() error {
	files, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files { // by name
		s := &segment{}
		if _, err := fmt.Sscanf(f.Name(), "%08d.log", &s.number); err != nil || filepath.Base(b.path(s)) != f.Name() {
			continue
		}
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		s.size, s.last = info.Size(), info.ModTime()
		b.segments = append(b.segments, s)
	}
	b.writer.torn = true
	b.forget()
	return nil
}

// forget removes the oldest files as long as they are too old, or all are too large.
func (b *Book) forget() {
	var all int64
	for _, s := range b.segments {
		all += s.size
	}
	for len(b.segments) > 0 && (all > MostBytes || b.now().Sub(b.segments[0].last) > Age) {
		oldest := b.segments[0]
		if len(b.segments) == 1 {
			b.writer.close() //nolint:errcheck // it is removed
		}
		if err := os.Remove(b.path(oldest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.fail(err)
		}
		all -= oldest.size
		b.segments = b.segments[1:]
	}
}

// pieceLines is how many lines are written at once, so that a file is not much larger than segmentSize.
const pieceLines = 1024

// write adds items to the files.
func (b *Book) write(items []Item) error {
	for len(items) > 0 {
		n := min(len(items), pieceLines)
		var text []byte
		for i := range items[:n] {
			text = items[i].append(text)
		}
		if err := b.writePiece(text); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

func (b *Book) writePiece(text []byte) error {
	last, err := b.current(int64(len(text)))
	if err != nil {
		return err
	}
	if b.writer.torn {
		text = append([]byte{'\n'}, text...)
	}
	n, err := b.writer.out.Write(text)
	b.writer.torn = err != nil
	last.size += int64(n)
	last.last = b.now()
	return err
}

// current returns the file to add so many bytes to, which is open.
func (b *Book) current(size int64) (*segment, error) {
	k := len(b.segments) - 1
	if k < 0 || b.segments[k].size > 0 && b.segments[k].size+size > segmentSize {
		if err := b.writer.close(); err != nil {
			return nil, err
		}
		next := &segment{number: 1, last: b.now()}
		if k >= 0 {
			next.number = b.segments[k].number + 1
		}
		b.segments = append(b.segments, next)
		b.writer.torn = false
		b.forget()
	}
	last := b.segments[len(b.segments)-1]
	if b.writer.out != nil {
		return last, nil
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(b.path(last), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	b.writer.out = out
	return last, nil
}
