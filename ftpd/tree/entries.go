package tree

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path"

	"trawl/ftpd/internal/unix"
)

// UnknownTime is the time of an entry whose time is not known.
const UnknownTime = math.MinInt64

// Entry is what a folder holds under one name. A link is described itself, not what it leads to.
type Entry struct {
	Name   string      // in raw bytes
	Size   int64       // in bytes, or UnknownSize
	Time   int64       // of the last change of the content, in seconds of Unix; or UnknownTime
	Ident  Ident       // of the file that has the name
	Mode   fs.FileMode // type and permission bits
	Rights Rights
	Fixed  bool // it is neither renamed nor removed, whatever the rights: the root, the folders of rules and those of mounts
	Kept   bool // it is not replaced, whatever the rights
	Mount  bool // the folder of a mount; what walks through all below a folder stays out of it

	described bool // the fields above are known, and not only name and rights
}

// Ident is the identity of a file: two names of one file have the same. The zero Ident is not known.
type Ident struct{ Device, Inode uint64 }

// EntryOf returns the entry of p under a name, with what Stat or Lstat says of p.
func (v *View) EntryOf(p, name string, info fs.FileInfo) Entry {
	e := Entry{Name: name, Rights: v.Rights(p) & v.store.most(), Fixed: v.rules.fixed(p), Kept: v.keep}
	if at, below := v.store.mountOf(p); at >= 0 {
		e.Mount = below == "/"
		e.Fixed = e.Mount
	}
	e.describe(info)
	return e
}

// most returns the rights that anyone can have.
func (s *Store) most() Rights {
	if s.disk == nil {
		return ReadOnly
	}
	return All
}

func (e *Entry) describe(info fs.FileInfo) {
	e.Mode, e.Size, e.Time = info.Mode(), info.Size(), UnknownTime
	if t := info.ModTime(); !t.IsZero() {
		e.Time = t.Unix()
	}
	if st, ok := info.Sys().(*unix.Stat_t); ok {
		e.Ident = Ident{uint64(st.Dev), st.Ino} //nolint:unconvert // the types differ by system
	}
	e.described = true
}

// Entries reads an open folder once, from its beginning to its end. It is for one goroutine. Entries that do not exist for the
// user are left out. The caller closes it.
type Entries struct {
	folder *folder
	quick  *dirents // nil: the folder itself is read
	view   *View
	path   string // without links
	rights Rights // of what has no rule of its own
	ruled  bool   // a rule is somewhere below
	ended  bool
	clock  Clock

	scratch info // of Describe
}

// By lets the times be those of a clock. It is called before anything is read.
func (d *Entries) By(c Clock) { d.clock = c }

// Entries opens a folder to be read, as Open does. It needs List.
func (v *View) Entries(p string) (*Entries, error) {
	if in, below, is := v.within(p); is {
		return in.Entries(below)
	}
	var d *Entries
	err := v.reach(p, true, func(real string) error { return v.rules.judge(real, List|Read) }, func(real string) error {
		f, err := v.open(real)
		if err != nil {
			return err
		}
		dir, ok := f.(*folder)
		if !ok {
			f.Close()
			return ErrNoDir
		}
		d = &Entries{folder: dir, view: v, path: real, rights: v.rules.at(real) & v.store.most(), ruled: !v.rules.whole && v.rules.fixed(real)}
		if file, ok := dir.ReadDirFile.(*os.File); ok {
			d.quick = newDirents(file)
		}
		return nil
	})
	if err != nil {
		return nil, fail("read", p, err)
	}
	return d, nil
}

// Append reads some more entries and appends them to list. They are in the order of the file system, and may have no more
// than name and rights until Describe. The error is io.EOF when there are no more.
func (d *Entries) Append(list []Entry) ([]Entry, error) {
	from := len(list)
	var err error
	if d.quick != nil {
		list, err = d.quick.append(list)
	} else {
		list, err = d.slow(list)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fail("read", d.path, err)
	}
	kept := list[:from]
	for i := from; i < len(list); i++ {
		e := &list[i]
		if d.folder.hidden.has(e.Name) {
			continue
		}
		e.Rights, e.Kept = d.rights, d.view.keep
		if d.ruled {
			p := path.Join(d.path, e.Name)
			e.Rights, e.Fixed = d.view.rules.at(p)&d.view.store.most(), d.view.rules.fixed(p)
		}
		kept = append(kept, *e)
	}
	if errors.Is(err, io.EOF) && !d.ended {
		d.ended = true
		if e, ok := d.view.more(d.path); ok {
			kept = append(kept, e)
		}
		kept = append(kept, d.view.mountEntries(d.path)...)
	}
	return kept, err
}

// slowly is how many entries are read at once from a store that is not on disk.
const slowly = 512

// slow reads some entries of a store that is not on disk.
func (d *Entries) slow(list []Entry) ([]Entry, error) {
	some, err := d.folder.ReadDirFile.ReadDir(slowly)
	for _, entry := range some {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was removed meanwhile
		}
		if err != nil {
			return list, err
		}
		e := Entry{Name: entry.Name()}
		e.describe(info)
		list = append(list, e)
	}
	if err == nil && len(some) == 0 {
		err = io.EOF
	}
	return list, err
}

// Describe completes an entry that Append has given. The error is fs.ErrNotExist if it was removed meanwhile.
func (d *Entries) Describe(e *Entry) error {
	if e.described || d.quick == nil {
		return nil
	}
	return fail("describe", e.Name, d.quick.describe(e, d.clock, &d.scratch))
}

// Describer returns a Describe for one other goroutine; nil if Append describes all. It is called before d is closed, and for other
// entries than Describe meanwhile.
func (d *Entries) Describer() func(*Entry) error {
	if d.quick == nil {
		return nil
	}
	beside := &Entries{quick: d.quick, clock: d.clock}
	return beside.Describe
}

// Follow returns the entry of what a link leads to, under the name of the link. The error is fs.ErrNotExist or fs.ErrPermission if
// the user does not see that.
func (d *Entries) Follow(link *Entry) (Entry, error) {
	p := path.Join(d.path, link.Name)
	info, err := d.view.Stat(p)
	if err != nil {
		return Entry{}, err
	}
	e := d.view.EntryBy(d.clock, p, link.Name, info)
	e.Rights, e.Fixed = link.Rights, link.Fixed // the name is that of the link
	return e, nil
}

// Target returns where a link leads, as ReadLink does.
func (d *Entries) Target(name string) (string, error) {
	if d.quick != nil {
		to, err := d.quick.target(name)
		return d.view.store.inside(to), fail("read link", name, err)
	}
	return d.view.ReadLink(path.Join(d.path, name))
}

// Close ends reading.
func (d *Entries) Close() { d.folder.Close() }
