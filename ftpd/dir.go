package ftpd

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir returns the tree below root for a [Server]. Unlike root.FS it accepts names in
// any bytes. Like root.FS it refuses symbolic links that lead out of the root. Opening
// a FIFO does not block. The caller closes root when nothing is served any more.
func Dir(root *os.Root) fs.FS { return dir{root} }

var _ fs.ReadLinkFS = dir{}

type dir struct{ root *os.Root }

func (d dir) Open(name string) (fs.File, error) {
	f, err := d.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err // not f: a nil *os.File is a fs.File that is not nil
	}
	return f, nil
}

func (d dir) Stat(name string) (fs.FileInfo, error) { return d.root.Stat(filepath.FromSlash(name)) }

func (d dir) Lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(filepath.FromSlash(name)) }

func (d dir) ReadLink(name string) (string, error) { return d.root.Readlink(filepath.FromSlash(name)) }
