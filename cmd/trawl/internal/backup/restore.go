package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"
)

// Place is a data directory that is being restored. It has its name when it is whole.
//
// It is made beside its name, as NAME.partial, and renamed. Where the directory above may not be written, or the data
// directory is a mount, it is made within, as NAME/restore.partial, and its files are moved out one by one, the catalogue last.
type Place struct {
	Dir string // where the files are until Commit

	dir  string   // its name
	lock *os.File // of Dir
	m    *Manifest
}

const (
	within   = "restore" + partial
	lockName = "restore.lock"
)

// Prepare returns a place for a data directory. Commit or Drop must follow. There must be nothing under its name but an empty directory; what a
// killed restore has left there is removed.
func Prepare(dir string) (*Place, error) {
	if err := checkEmpty(dir); err != nil {
		return nil, err
	}
	p := &Place{Dir: dir + partial, dir: dir}
	err := p.make()
	if _, is := os.Stat(dir); is == nil && (errors.Is(err, fs.ErrPermission) || err == nil && mounted(dir)) {
		if err == nil {
			_ = p.Drop()
		}
		p.Dir = filepath.Join(dir, within)
		err = p.make()
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// checkEmpty refuses a directory in which something is.
func checkEmpty(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(list) == 0, len(list) == 1 && list[0].Name() == within:
		return nil
	}
	return fmt.Errorf("%s is not empty; move it away (mv %s %s.old), or name another directory with --data", dir, dir, dir)
}

// make makes the directory, and empties what is left of another restore.
func (p *Place) make() error {
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(p.Dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err = tryLock(lock); errors.Is(err, errLocked) {
		err = fmt.Errorf("another trawl restores into %s", p.dir)
	}
	list, failed := os.ReadDir(p.Dir)
	if err = errors.Join(err, failed); err != nil {
		lock.Close()
		return err
	}
	for _, old := range list {
		if old.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(p.Dir, old.Name())))
		}
	}
	p.lock = lock
	return err
}

// Begin takes the manifest, and refuses one for which there is no room.
func (p *Place) Begin(m *Manifest) error {
	p.m = m
	for _, part := range m.Parts {
		if part.Name == lockName || part.Name == within {
			return errOrder
		}
	}
	if free, err := freeBytes(p.Dir); err == nil && free < m.Size() {
		return fmt.Errorf("it needs %s and the disk of %s has %s: make room", humanize.IBytes(uint64(m.Size())), p.dir, humanize.IBytes(uint64(free)))
	}
	return nil
}

// Put writes a part. Zeros take no room.
func (p *Place) Put(part Part, in io.Reader) (err error) {
	name := filepath.Join(p.Dir, filepath.FromSlash(part.Name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(&sparse{f: out}, in); err != nil {
		return err
	}
	if err := out.Truncate(part.Size); err != nil {
		return err
	}
	return out.Sync()
}

// sparse writes a file and leaves holes for zeros.
type sparse struct {
	f  *os.File
	at int64
}

func (s *sparse) Write(b []byte) (n int, err error) {
	const hole = 16 << 10
	for n < len(b) && err == nil {
		piece := b[n:min(len(b), n+hole)]
		if !zeros(piece) {
			_, err = s.f.WriteAt(piece, s.at)
		}
		n += len(piece)
		s.at += int64(len(piece))
	}
	return n, err
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// Commit gives the directory its name, when all of it is on the disk. last is moved last where files are moved one by one: without it there is no
// catalogue.
func (p *Place) Commit(last string) error {
	if err := syncTree(p.Dir); err != nil {
		return err
	}
	p.lock.Close()
	p.lock = nil
	if err := os.Remove(filepath.Join(p.Dir, lockName)); err != nil {
		return err
	}
	if filepath.Dir(p.Dir) == p.dir {
		return p.moveOut(last)
	}
	if err := os.Remove(p.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // it is no longer empty
	}
	if err := os.Rename(p.Dir, p.dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(p.dir))
}

// moveOut moves the files into the directory above.
func (p *Place) moveOut(last string) error {
	list, err := os.ReadDir(p.Dir)
	if err != nil {
		return err
	}
	for _, final := range []bool{false, true} {
		for _, e := range list {
			if (e.Name() == last) != final {
				continue
			}
			if err := os.Rename(filepath.Join(p.Dir, e.Name()), filepath.Join(p.dir, e.Name())); err != nil {
				return err
			}
		}
		if err := syncDir(p.dir); err != nil {
			return err
		}
	}
	return os.Remove(p.Dir)
}

// Drop removes what was restored.
func (p *Place) Drop() error {
	if p.lock != nil {
		p.lock.Close()
	}
	return os.RemoveAll(p.Dir)
}

// syncTree puts the names in a directory and below on the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
}
