package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxLinks is how many links a path may pass, as on Linux.
const maxLinks = 40

// follow returns the path without links that p leads to. The last part may be missing, and may be a link unless last is
// set. It looks at no place where the user may not follow links: from there on the path stays as it is.
//
// An absolute target counts from the root of the store, as in the system of someone whose root it is. See inside for one
// that holds the path of the root.
//
//	/pub/latest/a, where /pub/latest leads to ../v2     => /v2/a
//	/pub/latest/a, where /pub/latest leads to /srv/v2   => /srv/v2/a
func (v *View) follow(p string, last bool) (string, error) {
	todo := parts(p)
	slices.Reverse(todo)
	done := ""
	for links := 0; len(todo) > 0; {
		part := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch part {
		case "", ".":
			continue
		case "..":
			if done == "" {
				return "", fs.ErrNotExist // it leads out
			}
			done = done[:strings.LastIndexByte(done, '/')]
			continue
		}
		next := done + "/" + part
		if reservedName(part) || !v.rules.exists(next) {
			return "", fs.ErrNotExist
		}
		if !v.rules.follows(next) {
			done = next
			continue
		}
		target, err := v.target(next, len(todo) == 0, last)
		switch {
		case err != nil:
			return "", err
		case target == "":
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", fs.ErrNotExist
		}
		if target[0] == '/' {
			done = ""
		}
		below := strings.Split(target, "/")
		slices.Reverse(below)
		todo = append(todo, below...)
	}
	if done == "" {
		return "/", nil
	}
	return done, nil
}

// target returns where p leads; "" if it is no link, or one that is not followed.
func (v *View) target(p string, end, last bool) (string, error) {
	if end && !last {
		return "", nil
	}
	info, err := v.store.base.lstat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist) && end, errors.Is(err, syscall.ENAMETOOLONG) && end:
		return "", nil
	case err != nil:
		return "", err
	case info.Mode()&fs.ModeSymlink == 0:
		return "", nil
	}
	target, err := v.store.readLink(p)
	if errors.Is(err, syscall.EINVAL) { // it was a link a moment ago
		return "", nil
	}
	if err == nil && (target == "" || strings.IndexByte(target, 0) >= 0) {
		err = fs.ErrNotExist
	}
	return target, err
}

// readLink returns where a link leads, as seen inside the store.
func (s *Store) readLink(p string) (string, error) {
	target, err := s.base.readLink(p)
	return s.inside(target), err
}

// inside returns a target of a link as seen inside the store: without the path of the root, if it begins with that. Whoever
// makes links on this machine names files so.
//
//	/srv/archive/pub/v2, if the root is /srv/archive => /pub/v2
func (s *Store) inside(target string) string {
	for _, root := range s.roots {
		if below, ok := strings.CutPrefix(target, root); ok && (below == "" || below[0] == '/') {
			return "/" + strings.TrimLeft(below, "/")
		}
	}
	return target
}

// rootPaths returns the paths by which a root is named on this machine: as it was opened, and without links. There are none
// for the root of the machine itself.
func rootPaths(root *os.Root) []string {
	named, err := filepath.Abs(root.Name())
	if err != nil {
		return nil
	}
	own, err := root.Stat(".")
	if err != nil {
		return nil
	}
	var paths []string
	real, _ := filepath.EvalSymlinks(named)
	for _, p := range []string{named, real} {
		there, err := os.Stat(p)
		if err == nil && p != "/" && os.SameFile(own, there) && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}

// reach does an operation on the path without links that p leads to. It judges that path first; a path that leads nowhere is
// judged as it is written. A path in a mount is fs.ErrPermission. The operation returns syscall.ELOOP if it meets a link,
// and is tried again with the path resolved anew.
func (v *View) reach(p string, last bool, judge, do func(real string) error) error {
	switch {
	case !clean(p):
		return ErrName
	case reserved(p):
		return fs.ErrNotExist
	}
	real := p
	for try := range maxLinks {
		if at, _ := v.store.mountOf(real); at >= 0 {
			return fs.ErrPermission // it is not hosted
		}
		denied := judge(real)
		if denied == nil {
			if err := do(real); !errors.Is(err, syscall.ELOOP) {
				return err
			}
		} else if try > 0 || v.rules.whole {
			return denied
		}
		var err error
		real, err = v.follow(p, last)
		switch {
		case errors.Is(err, syscall.ELOOP):
			real = p // what was a folder is a link by now
		case err != nil && denied != nil:
			return denied
		case err != nil:
			return err
		}
	}
	return fs.ErrNotExist // somebody changes it all the time
}
