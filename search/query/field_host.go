package query

import "strings"

// Host matches the host of that name or, if there is none, all hosts that
// have it in their names; * and ? match whole names.
type Host struct{ Name string }

func (Host) node()   {}
func (Host) filter() {}

func (n Host) String() string { return "host:" + word(n.Name) }

func hostField() field {
	return field{name: "host", example: "host:ftp.example.org", read: (*parser).host}
}

// host reads the name of a host, or its URL.
//
//	host:ftp://user@ftp.example.org:2121/pub/ => host:ftp.example.org:2121
func (p *parser) host(t token) (Node, error) {
	name := strings.ToLower(t.text)
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name, _, _ = strings.Cut(rest, "/")
		name = name[strings.LastIndexByte(name, '@')+1:]
	}
	if name == "" || strings.Contains(name, "/") {
		return nil, p.fail(t.at, "this is no host", "such as host:ftp.example.org; what is in its directory pub is found by dir:/pub")
	}
	return Host{name}, nil
}
