package catalogue

import (
	"io/fs"
	"time"

	"trawl/index"
)

// info describes a file, a folder or a link. It is an entry of a folder, too.
type info struct {
	name string
	mode fs.FileMode
	size int64 // in bytes, or index.UnknownSize
	time time.Time
}

var (
	_ fs.FileInfo = info{}
	_ fs.DirEntry = info{}
)

// The permission bits are those of an archive, so that what mirrors the tree can write its own copy.
const (
	fileMode = 0o644
	dirMode  = fs.ModeDir | 0o755
	linkMode = fs.ModeSymlink | 0o777
)

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) Mode() fs.FileMode          { return i.mode }
func (i info) ModTime() time.Time         { return i.time }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

// folderInfo describes a folder.
func folderInfo(name string, at time.Time) info { return info{name: name, mode: dirMode, time: at} }

// textInfo describes a text that is made here.
func textInfo(name, text string) info {
	return info{name: name, mode: fileMode, size: int64(len(text))}
}

// infoOf describes an entry of the folder dir of a host under its name on the wire. A link is one if it leads to what is in top;
// else it is a file, since the host itself follows it.
func infoOf(dir index.Path, e *index.Entry, top index.Path) info {
	i := info{name: e.Wire(), mode: fileMode, size: e.Size}
	if e.Precision != index.Unknown {
		i.time = e.Time()
	}
	switch {
	case e.Kind == index.Dir:
		i.mode, i.size = dirMode, 0
	case e.Kind == index.Link && e.Target != "" && ledTo(dir, e.Target).Within(top):
		i.mode, i.size = linkMode, int64(len(targetOf(dir, e.Target)))
	case e.Kind == index.Link:
		i.size = index.UnknownSize
	}
	return i
}
