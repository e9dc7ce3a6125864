package catalogue

import (
	"path"
	"strconv"
	"strings"
)

// namer gives each result a name of its own in the folder of a search. The first of one name keeps it. Others have their host
// in it, before the extension, and a number where that is not enough. Names that differ in case alone count as one, as they
// do for some clients.
//
//	a.iso of h, a.iso of g, A.ISO of g, a.iso of g => a.iso, "a (g).iso", "A (g 2).ISO", "a (g 3).iso"
type namer map[string]bool

// name returns the name of a result that is called so on a host.
func (n namer) name(called, host string) string {
	name := called
	ext := path.Ext(called)
	if ext == called || len(ext) > 10 || strings.Contains(ext, " ") {
		ext = ""
	}
	for i := 1; n[strings.ToLower(name)]; i++ {
		suffix := " (" + host + ")"
		if i > 1 {
			suffix = " (" + host + " " + strconv.Itoa(i) + ")"
		}
		name = strings.TrimSuffix(called, ext) + suffix + ext
	}
	n[strings.ToLower(name)] = true
	return name
}
