package sftp

import (
	"path"
	"strings"

	"trawl/crawler/listing"
	"trawl/index"
)

// ownNames cuts off the directory where a server puts it before the names in it, drops the
// directory itself and the one above it, and takes a slash at the end for a directory.
//
//	/pub: /pub/a, pub/b, ./c, d/, /pub, /etc/e => a, b, c, d, /etc/e
func ownNames(dir index.Path, entries []attributes) []attributes {
	kept := entries[:0]
	for _, a := range entries {
		if strings.Contains(a.name, "/") {
			if a.name == string(dir) || a.name == string(dir.Dir()) {
				continue // "." or ".." of a server that lists whole paths
			}
			a.own(dir)
		}
		if a.name != "." && a.name != ".." {
			kept = append(kept, a)
		}
	}
	return kept
}

// own makes a name with slashes that of an entry of dir, if it is one.
func (a *attributes) own(dir index.Path) {
	name := strings.TrimRight(a.name, "/")
	above, base := path.Split(name)
	above = strings.TrimRight(above, "/")
	relative := strings.TrimPrefix(strings.TrimPrefix(above, "."), "/")
	absolute := strings.HasPrefix(a.name, "/")
	switch {
	case name == "" || base == "":
		return
	case absolute && above != strings.TrimRight(string(dir), "/"):
		return
	case !absolute && relative != "" && !strings.HasSuffix(string(dir), "/"+relative):
		return
	}
	if strings.HasSuffix(a.name, "/") && a.kind == unknown {
		a.kind = directory
	}
	a.name = base
}

// proper reports whether a file can have a name, and no longer one than other sources read.
func proper(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00") && len(name) <= listing.MaxLine
}
