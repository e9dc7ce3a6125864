package tree

import (
	"io/fs"
	"os"
	"syscall"
)

// folder is an open folder without the names that do not exist for the user. An entry describes itself only until the
// folder is closed.
type folder struct {
	fs.ReadDirFile
	info   fs.FileInfo
	raw    syscall.RawConn // of a folder on disk
	hidden hidden
}

func newFolder(f fs.File, info fs.FileInfo, hidden hidden) (fs.File, error) {
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, ErrNoDir
	}
	d := &folder{ReadDirFile: dir, info: info, hidden: hidden}
	if file, ok := f.(*os.File); ok {
		raw, err := file.SyscallConn()
		if err != nil {
			return nil, err
		}
		d.raw = raw
	}
	return d, nil
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }

// ReadDir returns entries as fs.ReadDirFile says.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	for {
		list, err := d.ReadDirFile.ReadDir(n)
		kept := list[:0]
		for _, e := range list {
			if name := e.Name(); !d.hidden.has(name) {
				kept = append(kept, d.entry(e))
			}
		}
		if len(kept) > 0 || err != nil || n <= 0 || len(list) == 0 {
			return kept, err
		}
	}
}

func (d *folder) entry(e fs.DirEntry) fs.DirEntry {
	if d.raw == nil {
		return e
	}
	return &dirEntry{e, d}
}

// dirEntry describes itself by its name in the open folder, never by a path that may lead elsewhere by now.
type dirEntry struct {
	fs.DirEntry
	dir *folder
}

func (e *dirEntry) Info() (i fs.FileInfo, err error) {
	if refused := e.dir.raw.Control(func(fd uintptr) { i, err = lstatat(int(fd), e.Name()) }); refused != nil {
		return nil, refused
	}
	return i, err
}
