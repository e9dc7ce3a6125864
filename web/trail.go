package web

import (
	"html/template"
	"strings"

	"trawl/index"
	"trawl/web/address"
)

// step is one directory on the way down to a page.
type step struct {
	Name string // made visible
	To   template.URL
}

// trail is the way from the root of a crawl down to a page. On a phone the middle of a long one is folded.
type trail struct{ First, Folded, Last []step }

// unfolded is how many steps are never folded.
const unfolded = 3

// trail returns the way from the root of a crawl down to dir.
func (v visit) trail(id index.HostID, dir index.Path) trail {
	steps := v.steps(id, dir)
	if len(steps) <= unfolded+1 {
		return trail{Last: steps}
	}
	end := len(steps) - (unfolded - 1)
	return trail{steps[:1], steps[1:end], steps[end:]}
}

// steps returns the steps from the root of a crawl down to dir.
func (v visit) steps(id index.HostID, dir index.Path) []step {
	root := id.Root()
	steps := []step{{index.Visible(id.Name() + strings.TrimSuffix(string(root), "/")), v.page(address.Host, id, root)}}
	if !dir.Within(root) {
		return steps
	}
	at := root
	for name := range strings.SplitSeq(strings.TrimPrefix(string(dir), string(root)), "/") {
		if name != "" {
			at = at.Join(name)
			steps = append(steps, step{index.Visible(name), v.page(address.Browse, id, at)})
		}
	}
	return steps
}
