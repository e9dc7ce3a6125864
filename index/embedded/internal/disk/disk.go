// Package disk creates, replaces and removes files so that they survive a power cut. A file
// that was synced may still lose its name: a name is durable once its directory is synced. All
// of the engine's own files are made here. It also locks and maps files: disk_unix.go, disk_windows.go.
package disk

import (
	"bufio"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeDir makes a directory, with those above it that are missing. When it returns the names of
// all of them are on the disk.
func MakeDir(dir string) error {
	switch info, err := os.Stat(dir); {
	case err == nil && info.IsDir():
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := MakeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncDir(filepath.Dir(dir))
}

// WriteFile creates a file, calls write to fill it, and returns when its bytes are on the disk.
// Its name is on the disk after SyncDir.
func WriteFile(name string, write func(out *bufio.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	if err = write(out); err == nil {
		err = cmp.Or(out.Flush(), f.Sync())
	}
	return cmp.Or(err, f.Close())
}

// ReplaceFile replaces a file, or creates it. Whenever the power is cut the file has its old
// content or the new one. When ReplaceFile returns it has the new one.
func ReplaceFile(name string, write func(out *bufio.Writer) error) error {
	fresh := name + ".new"
	if err := WriteFile(fresh, write); err != nil {
		return err
	}
	return Rename(fresh, name)
}

// Rename renames a file or a directory within its directory, and returns when the new name is on
// the disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

// RemoveFile removes a file that need not be there. A power cut may bring it back.
func RemoveFile(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
