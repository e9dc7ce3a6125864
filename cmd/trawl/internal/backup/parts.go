package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// file is an open file that is to be a part.
type file struct {
	*os.File
	part Part
}

// Files are the files of a data directory beside the catalogue.
type Files struct {
	open []file
	left []string
}

// Open opens the files of a data directory, but for those at its top whose names skip reports. The sizes are those of now: of a
// log that grows meanwhile the beginning is a part. Links, sockets and the like are left out. The caller closes them.
func Open(dir string, skip func(name string) bool) (*Files, error) {
	f := &Files{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path[len(dir):], string(filepath.Separator)))
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != "":
			return nil // it has gone meanwhile
		case err != nil:
			return err
		case name == "":
			return nil
		case !strings.Contains(name, "/") && skip(name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		return f.add(path, name, d)
	})
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return f, nil
}

// add opens a file.
func (f *Files) add(path, name string, d fs.DirEntry) error {
	if !d.Type().IsRegular() || !sound(name) {
		if d.Type() != fs.ModeSocket {
			f.left = append(f.left, name)
		}
		return nil
	}
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		in.Close()
		return err
	}
	f.open = append(f.open, file{in, Part{name, info.Size()}})
	return nil
}

// Left returns the names of links and the like, which are left out.
func (f *Files) Left() []string { return f.left }

// Close closes the files.
func (f *Files) Close() {
	for _, in := range f.open {
		in.Close()
	}
}

// parts returns what the files are in a manifest.
func (f *Files) parts() (parts []Part) {
	for _, in := range f.open {
		parts = append(parts, in.part)
	}
	return parts
}

// copy writes the file as long as it was when it was opened.
func (in file) copy(w io.Writer) error {
	n, err := io.Copy(w, io.LimitReader(in, in.part.Size))
	if err == nil && n < in.part.Size {
		err = fmt.Errorf("%s was shortened while it was read; run this again", in.part.Name)
	}
	return err
}
