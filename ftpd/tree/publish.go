package tree

import (
	"errors"
	"io/fs"
)

// Published is a file that lies in no folder: the host makes it. Its methods may be called by many goroutines; their error
// is fs.ErrNotExist while there is none.
type Published interface {
	Stat() (fs.FileInfo, error)
	Open() (fs.File, error)
}

// published is where a store shows a Published.
type published struct {
	Published
	name string
}

// Publish shows f in the root under a name, to all who may list and read there, unless a file in the store has the name.
// It can be neither changed nor removed. ReadDir of the root does not show it, so that what looks through a View for files
// that lie there does not find it. If f is nil, nothing is shown any more.
func (s *Store) Publish(name string, f Published) { s.published.Store(&published{f, name}) }

// publishes returns what is shown at p in place of nothing: of what err says that it does not exist.
func (v *View) publishes(p string, err error) (*published, bool) {
	at := v.store.published.Load()
	if at == nil || at.Published == nil || p != "/"+at.name || !errors.Is(err, fs.ErrNotExist) || !v.rules.at("/").Has(ReadOnly) {
		return nil, false
	}
	return at, true
}

// more returns the entry of what is shown in a folder besides what lies there.
func (v *View) more(real string) (Entry, bool) {
	s := v.store.published.Load()
	if s == nil || s.Published == nil || real != "/" {
		return Entry{}, false
	}
	_, err := v.store.base.lstat("/" + s.name)
	if _, ok := v.publishes("/"+s.name, err); !ok {
		return Entry{}, false
	}
	info, err := s.Stat()
	if err != nil {
		return Entry{}, false
	}
	e := Entry{Name: s.name, Fixed: true}
	e.describe(info)
	e.Ident, e.Rights = Ident{}, ReadOnly
	return e, true
}
