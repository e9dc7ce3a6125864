package tree

import (
	"io/fs"
	"syscall"
)

// library reads the files of any fs.FS.
type library struct{ fs.FS }

var _ base = library{}

// inFS returns a path as fs.FS takes it.
func inFS(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}

// straight reports syscall.ELOOP if there is a link among the folders of p. Nobody changes what is only read.
func (l library) straight(p string) error {
	if _, ok := l.FS.(fs.ReadLinkFS); !ok {
		return nil // it has no links
	}
	for at, c := range p {
		if c != '/' || at == 0 {
			continue
		}
		if i, err := fs.Lstat(l.FS, inFS(p[:at])); err == nil && i.Mode()&fs.ModeSymlink != 0 {
			return syscall.ELOOP
		}
	}
	return nil
}

func (l library) lstat(p string) (fs.FileInfo, error) {
	if err := l.straight(p); err != nil {
		return nil, err
	}
	return fs.Lstat(l.FS, inFS(p))
}

func (l library) readLink(p string) (string, error) {
	if err := l.straight(p); err != nil {
		return "", err
	}
	return fs.ReadLink(l.FS, inFS(p))
}

func (l library) open(p string) (fs.File, fs.FileInfo, error) {
	if err := l.straight(p + "/"); err != nil {
		return nil, nil, err
	}
	f, err := l.Open(inFS(p))
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
