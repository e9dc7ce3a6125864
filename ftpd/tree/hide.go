package tree

import "path"

// hidden says which names a folder does not show.
type hidden struct {
	names    map[string]bool // those that do not exist for the user, and those where mounts are
	patterns []string        // of the user's options
}

// hides returns what a folder on disk does not show.
func (v *View) hides(real string) hidden {
	h := hidden{v.rules.hides(real), v.hide}
	list := v.store.mounts.Load()
	if list == nil || real != "/" {
		return h
	}
	if h.names == nil {
		h.names = map[string]bool{}
	}
	for _, m := range *list {
		h.names[m.name] = true
	}
	return h
}

// has reports whether a name is not shown.
func (h *hidden) has(name string) bool {
	if reservedName(name) || h.names[name] {
		return true
	}
	for _, pattern := range h.patterns {
		if hide, err := path.Match(pattern, name); err == nil && hide {
			return true
		}
	}
	return false
}
