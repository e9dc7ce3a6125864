// Package tree is a tree of files as one user may use it. It knows no protocol: every door of a host, such as FTP, goes
// through a [View], so that all of them give the same answers.
//
//	rights.go, rules.go        what a user may do, and where
//	path.go                    which paths are accepted, and which names are reserved
//	tree.go, view.go, dir.go   a Store of files, and the View of one user: reading
//	change.go, rename.go       folders are made, files removed and renamed
//	put.go, upload.go          files are written: aside, until they are whole
//	append.go, patch.go        pieces are added to files, and replace parts of them
//	edit.go                    bytes of a file come in any order
//	combine.go                 parts become one file
//	aside.go, sweep.go         where that is, and what becomes of what is left there
//	quota.go, count.go         how much may lie in a store, and how much does
//	follow.go                  links are resolved
//	folder_unix.go             folders on disk as stores; folder_windows.go: those of Windows, for reading alone
//	disk.go, openat2_linux.go  files on disk, reached by paths without links; info.go describes them
//	library.go                 files of any fs.FS
//	hide.go                    names that folders do not show
//	clock.go                   which time of an entry counts
//	entries.go                 folders are read quickly, dirents_linux.go by system calls of their own
//	publish.go                 a file that the host makes is shown in the root
//	mount.go                   other trees are shown as folders in the root
//
// # Links, and races with them
//
// Rights hold for the path that is left when all links are resolved. The path is resolved first. Then the operation itself
// is done on the resolved path in a way that refuses links (openat2 with RESOLVE_NO_SYMLINKS). So if somebody puts a link
// into the path between the two, the operation fails and is tried again with the path resolved anew. Rights cost nothing
// this way: a path without links is opened by one system call, with many rules as with one.
package tree

import (
	"io/fs"
	"sync"
	"sync/atomic"
)

// Store is a tree of files. There must be one Store for each root, as it counts what lies there. It is safe for concurrent
// use.
type Store struct {
	base  base
	disk  *disk    // nil if the store cannot be written
	roots []string // the root's own paths on this machine; see inside
	usage usage
	files pool

	published atomic.Pointer[published]
	mounts    atomic.Pointer[[]mountPoint] // nil: none

	mu     sync.Mutex          // guards what follows
	claims map[string]struct{} // paths that somebody writes, alone
	tops   map[string]struct{} // folders in which asides may be
}

// claim reserves a path for one that writes there. It reports false if another one has it.
func (s *Store) claim(p string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.claims[p]; taken {
		return false
	}
	s.claims[p] = struct{}{}
	return true
}

// unclaim gives a path up.
func (s *Store) unclaim(p string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.claims, p)
}

// base reads files. Paths are absolute; on one that passes through a link, or ends in one where none is expected, methods
// may return syscall.ELOOP.
type base interface {
	lstat(p string) (fs.FileInfo, error)
	readLink(p string) (string, error)
	open(p string) (fs.File, fs.FileInfo, error)
}

// FS returns the store of any tree. It is never written, whatever rights a user has.
func FS(fsys fs.FS) *Store { return &Store{base: library{fsys}} }

// Options are what a View is for one user.
type Options struct {
	User  string // to whom it belongs what is left aside
	Rules Rules
	Quota *Quota      // nil: no bound
	Keep  bool        // nothing that is there is replaced, whatever the rights; Append still adds to it
	Hide  []string    // patterns (path.Match) of names that folders do not show; they can be used all the same
	Umask fs.FileMode // bits that new files (0666) and folders (0777) do not get, besides the umask of the process

	// Sync makes Commit wait until the file and its name are on the disk. Without it, what the kernel has not written yet is
	// lost with the power, as with other servers of files; never with the process.
	Sync bool
}

// View returns the store as one user may use it. Folders of the rules that are links are resolved now.
func (s *Store) View(o Options) *View {
	v := &View{store: s, user: o.User, quota: o.Quota, keep: o.Keep, hide: o.Hide, umask: o.Umask.Perm(), sync: o.Sync}
	v.rules = newRuleset(o.Rules)
	v.rules = newRuleset(v.resolveRules(v.rules))
	if s.disk != nil {
		for p := range v.rules.named {
			s.holdsAsides(p)
		}
	}
	return v
}
