package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// UnknownSize is the Size of a fs.FileInfo, and of an Entry, of a file of a mount whose size is not known before its end is
// read. A door promises no size then.
const UnknownSize = -1

// Mounted is a tree that a store shows as a folder, beside its own files. It is only read.
//
// Its files may implement io.Seeker. A Read may wait for another host; where it does, the file has a method Interrupt, which
// may be called at any time, also while Read waits: see [Interrupt]. A Size may be UnknownSize. Links (fs.ReadLinkFS) lead to
// where they lead within the tree. An error may have a method Sentence: see [Sentence].
type Mounted interface {
	// For returns the tree for the visitor at an address, so that limits of each visitor hold.
	For(visitor netip.Addr) fs.FS
}

// mountPoint is a tree and the name of the folder in the root where it is shown.
type mountPoint struct {
	name string
	tree Mounted
}

// Mount shows a tree as the folder /name to all who may list and read there. Every change in it is fs.ErrPermission. A View
// shows it once it knows its visitor (From). A View without one does not, so that the index, ls-lR.gz and the quotas leave
// it out. Links of hosted files do not lead into it.
//
// The error is fs.ErrExist if something in the store has the name already. A file that gets the name later is not
// shown. Mount is called before there are visitors.
func (s *Store) Mount(name string, m Mounted) error {
	if !clean("/"+name) || name == "" || strings.Contains(name, "/") || reservedName(name) {
		return fmt.Errorf("mount %q: %w", name, ErrName)
	}
	if at, _ := s.mountOf("/" + name); at >= 0 {
		return fmt.Errorf("mount %q: %w", name, fs.ErrExist)
	}
	switch _, err := s.base.lstat("/" + name); {
	case err == nil:
		return fmt.Errorf("mount %q: %w", name, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return fail("mount", "/"+name, err)
	}
	var list []mountPoint
	if before := s.mounts.Load(); before != nil {
		list = slices.Clone(*before)
	}
	list = append(list, mountPoint{name, m})
	s.mounts.Store(&list)
	return nil
}

// mountOf returns the index of the mount that p is in, and the path of p in it; -1 if p is in none.
func (s *Store) mountOf(p string) (at int, below string) {
	list := s.mounts.Load()
	if list == nil {
		return -1, ""
	}
	for i := range *list {
		rest, is := strings.CutPrefix(p[min(1, len(p)):], (*list)[i].name)
		switch {
		case !is:
		case rest == "":
			return i, "/"
		case rest[0] == '/':
			return i, rest
		}
	}
	return -1, ""
}

// From returns the View for a visitor, which shows what is mounted.
func (v *View) From(visitor netip.Addr) *View {
	list := v.store.mounts.Load()
	if list == nil {
		return v
	}
	from := *v
	from.mounted = make([]*View, len(*list))
	for i, m := range *list {
		if rules := v.rules.below("/" + m.name); rules["/"].Has(ReadOnly) {
			from.mounted[i] = FS(m.tree.For(visitor)).View(Options{User: v.user, Rules: rules})
			from.mounted[i].above = "/" + m.name
		}
	}
	return &from
}

// below returns the rules as seen in a folder, with the rights to list and read alone.
//
//	{"/": All, "/hosts/a": 0}, /hosts => {"/": ReadOnly, "/a": 0}
func (r *ruleset) below(folder string) Rules {
	rules := Rules{"/": r.at(folder) & ReadOnly}
	for p, rights := range r.rules {
		if rest, ok := strings.CutPrefix(p, folder+"/"); ok {
			rules["/"+rest] = rights & ReadOnly
		}
	}
	return rules
}

// nowhere is a View that has nothing: that of a mount which the user does not see.
func nowhere() *View { return &View{store: &Store{base: void{}}, rules: newRuleset(nil)} }

// void is a store without anything.
type void struct{}

var _ base = void{}

func (void) lstat(string) (fs.FileInfo, error)         { return nil, fs.ErrNotExist }
func (void) readLink(string) (string, error)           { return "", fs.ErrNotExist }
func (void) open(string) (fs.File, fs.FileInfo, error) { return nil, nil, fs.ErrNotExist }

// within returns the View of the mount that p is in, and the path of p in it. It reports false if p is in none.
func (v *View) within(p string) (in *View, below string, is bool) {
	at, below := v.store.mountOf(p)
	switch {
	case at < 0:
		return nil, "", false
	case at >= len(v.mounted) || v.mounted[at] == nil:
		return nowhere(), below, true
	}
	return v.mounted[at], below, true
}

// Mounted reports whether p is in a mount, or the folder of one.
func (v *View) Mounted(p string) bool {
	at, _ := v.store.mountOf(p)
	return at >= 0
}

// mountEntries returns the entries of the mounts that the user sees in a folder.
func (v *View) mountEntries(real string) (list []Entry) {
	if real != "/" {
		return nil
	}
	for _, in := range v.mounted {
		if in == nil {
			continue
		}
		if info, err := in.Stat("/"); err == nil {
			list = append(list, v.EntryOf(in.above, path.Base(in.above), info))
		}
	}
	return list
}

// Interrupt ends a Read of a file that waits for another host, and returns at once; the Read returns an error. It does nothing to
// other files, which never wait.
func Interrupt(f fs.File) {
	if waits, ok := f.(interface{ Interrupt() }); ok {
		waits.Interrupt()
	}
}

// Waits reports whether a Read of a file may wait for another host, so that it can be interrupted.
func Waits(f fs.File) bool {
	_, ok := f.(interface{ Interrupt() })
	return ok
}

// Sentence returns what an error of a mount says to anybody: a plain sentence without a path, an address or words of this
// machine. It is "" if the error says none.
func Sentence(err error) string {
	type speaker interface {
		error
		Sentence() string
	}
	if says, ok := errors.AsType[speaker](err); ok {
		return says.Sentence()
	}
	return ""
}
