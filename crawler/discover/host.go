// Package discover proposes hosts to crawl, on the owner's word: those that a
// list of mirrors, a domain's DNS records, the local network or the texts of
// archives name. It contacts none of them.
//
// The files: host.go is what is found, list.go reads mirror lists, text.go texts, dns.go asks for SRV
// records, lan.go asks the local network, records.go puts together what it answers.
package discover

import "trawl/index"

// Host is a host that was found.
type Host struct {
	ID   index.HostID
	Name string // what it calls itself, in one printable line; "" if nothing
	From string // where it was found: "line 12", "_ftp._tcp.example.org", "ftp://h/README"
}

// hosts collects hosts, each once, in the order in which they came.
type hosts struct {
	list []Host
	seen map[index.HostID]bool
}

func (h *hosts) add(found Host) {
	if h.seen == nil {
		h.seen = make(map[index.HostID]bool)
	}
	if h.seen[found.ID] {
		return
	}
	h.seen[found.ID] = true
	found.Name, found.From = index.Visible(found.Name), index.Visible(found.From)
	h.list = append(h.list, found)
}
