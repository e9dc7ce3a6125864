package web

import "trawl/index"

// badge shows the state of a host by its shape, its colour and its word.
type badge struct {
	Class string // up, down, new, imported, partial or crawling
	Word  string
}

// badge returns the state of a host.
func (v visit) badge(h *index.Host) badge {
	state := h.State()
	c := badge{state, v.Text("state." + state)}
	if state == "down" {
		c.Word = v.Text("state.down-since", "Date", date(h.Health.DownSince))
	}
	return c
}

// states are all states of a host, in the order of a list.
func states() []string { return []string{"up", "partial", "imported", "crawling", "down", "new"} }
