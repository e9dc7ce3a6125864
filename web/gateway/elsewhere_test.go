package gateway

import (
	"net/http"
	"testing"

	"trawl/index"
)

// TestElsewhere: a file that is hosted here over HTTP alone is had there; where there is another door, the gateway gets it.
func TestElsewhere(t *testing.T) {
	for _, tt := range []struct {
		doors  []index.HostID
		status int
		to     string
	}{
		{[]index.HostID{"https://h:8443/", "http://h:8081/"}, 302, "https://h:8443/pub/caf%E9"},
		{[]index.HostID{"http://h:8081/"}, 302, "http://h:8081/pub/caf%E9"},
		{[]index.HostID{"ftp://h/", "http://h:8081/"}, 200, ""},
		{[]index.HostID{"gopher://h/"}, 200, ""},
	} {
		g, _ := newGateway(t, map[index.Path]*fakeFile{"/pub/caf\xe9": {body: "x"}}, Limits{})
		if err := g.opt.Catalogue.(index.Hosts).Update(t.Context(), "ftp://h/", func(h *index.Host) error {
			h.Doors = tt.doors
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w := ask(t, g, http.MethodGet, "/get/"+tt.doors[0].Scheme()+"/"+tt.doors[0].Name()+"/pub/caf%E9")
		if w.Code != tt.status || w.Header().Get("Location") != tt.to {
			t.Errorf("%v: %d to %q", tt.doors, w.Code, w.Header().Get("Location"))
		}
	}
}
