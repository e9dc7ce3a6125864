package gateway

import (
	"net/http"

	"trawl/index"
)

// elsewhere returns the link by which a browser gets a file itself: an archive that is hosted here over HTTP and by no protocol that
// Trawl fetches by.
func (g *Gateway) elsewhere(e *entry) (link string, ok bool) {
	for _, door := range e.host.Doors {
		scheme := door.Scheme()
		if g.opt.Schemes.Lookup(scheme).Port != 0 {
			return "", false
		}
		if link == "" && (scheme == "http" || scheme == "https") {
			link = g.opt.Schemes.URL(door, e.path, index.File)
		}
	}
	return link, link != ""
}

// send sends a visitor to a link.
func send(w http.ResponseWriter, link string) {
	w.Header().Set("Location", link)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusFound)
}
