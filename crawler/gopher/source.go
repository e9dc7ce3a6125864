// Package gopher is the source of hosts that speak Gopher (RFC 1436): [Source] reaches one.
//
// A menu is listed as a directory. Its items are named by selectors, which need not be
// paths. Each selector has one place in the tree, so that menus which lead to each other
// end. Items on other servers are kept as links and not followed.
//
// The files: scheme.go has the scheme and its URLs, selector.go makes paths of selectors;
// source.go reaches a host; wire.go asks it for a selector; menu.go reads the lines of
// menus; item.go makes entries of them; list.go lists a menu; open.go reads files.
package gopher

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/pace"
	"trawl/index"
)

// Source reaches Gopher servers. The zero value works; it must not be changed
// after the first use.
type Source struct {
	Limits Limits
}

var _ crawler.Source = (*Source)(nil)

// Limits bound the time and the bytes that a server can cost a crawl. A zero field has the
// default that stands beside it.
type Limits struct {
	Silence     time.Duration // on a connection before it counts as lost; 30 s
	Optional    time.Duration // for an answer that can be done without; 3 s
	Connections int           // to a host that sets no Settings.Connections; 4
	Listing     int64         // bytes of a menu; 256 MiB
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Silence:     cmp.Or(l.Silence, 30*time.Second),
		Optional:    cmp.Or(l.Optional, 3*time.Second),
		Connections: cmp.Or(l.Connections, 4),
		Listing:     cmp.Or(l.Listing, 256<<20),
	}
}

// way is the name of the only way to list a host.
const way = "menu"

// Connect reaches a host; see crawler.Source. It reads the first menu to learn the
// server's habits.
func (s *Source) Connect(ctx context.Context, host index.Host, pacer *pace.Pacer) (crawler.Server, error) {
	srv, err := s.server(host, pacer)
	if err == nil {
		err = srv.probe(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", host.ID, err)
	}
	return srv, nil
}

func (s *Source) server(host index.Host, pacer *pace.Pacer) (*server, error) {
	if host.Settings.Proxy != "" {
		return nil, fmt.Errorf("%w: Gopher hosts are reached directly: remove the proxy from its settings", crawler.ErrDown)
	}
	decoder, err := listing.NewDecoder(host.Settings.Charset, host.Known.Charset)
	if err != nil {
		return nil, err
	}
	name, port, err := net.SplitHostPort(address(host.ID))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", crawler.ErrDown, err)
	}
	srv := &server{
		host: host, pacer: pacer, decoder: decoder, limits: s.Limits.withDefaults(),
		names: []string{name}, port: port, claimed: map[string]index.Path{}, answers: map[*answer]struct{}{},
	}
	srv.host.Known.Demoted = slices.Clone(host.Known.Demoted)
	srv.slots = make(chan struct{}, max(1, cmp.Or(host.Settings.Connections, srv.limits.Connections)))
	return srv, nil
}

// server is a host that was reached.
type server struct {
	host    index.Host
	pacer   *pace.Pacer
	decoder *listing.Decoder
	limits  Limits
	slots   chan struct{} // taken by each connection

	names []string // by which its menus name the server
	port  string
	slash bool // the selectors of its menus end in a slash
	dot   bool // its menus end in a line with a dot

	mu          sync.Mutex            // guards the following
	claimed     map[string]index.Path // the menus and their places, by selector
	spent       int64                 // memory, for claimed
	outOfMemory bool                  // there was no memory for another menu
	answers     map[*answer]struct{}  // under way; nil after Close
	found       map[index.Path]item   // files that were looked for in their menus
}

var _ crawler.Server = (*server)(nil)

// probe reads the first menu.
func (s *server) probe(ctx context.Context) error {
	answer, err := s.ask(ctx, selectorAt(s.host.ID.Root()))
	if err != nil {
		return err
	}
	defer answer.Close()
	m := newMenu(answer, s.limits.Listing)
	var items []item
	for len(items) < listing.DefaultPart {
		it, ok := m.next()
		if !ok {
			break
		}
		items = append(items, it)
	}
	switch {
	case m.err != nil:
		return fmt.Errorf("%w: %w", crawler.ErrDown, m.err)
	case len(items) == 0 && m.lost > 0:
		return fmt.Errorf("%w: it does not answer with a menu: %s", crawler.ErrDown, index.Visible(m.unparsed[0]))
	}
	s.dot = m.dot
	s.learn(items)
	s.host.Known.Way = way
	if s.host.Known.Software == "" {
		answer.Close() // it may have the only connection
		s.host.Known.Software = s.software(ctx)
	}
	return nil
}

// learn finds out by which names the menus of the server name it and each other. If they
// never use the name by which it was reached, the most frequent name of the first menu
// counts as its own. Requests go to the address that was reached, whatever the names.
func (s *server) learn(items []item) {
	count := map[string]int{}
	for _, it := range items {
		if (it.port == s.port || it.port == "") && it.kind != 'i' && it.kind != '3' {
			count[strings.ToLower(cmp.Or(it.host, s.names[0]))]++
		}
	}
	if count[strings.ToLower(s.names[0])] == 0 {
		best := ""
		for name, n := range count {
			if n > count[best] || n == count[best] && name < best {
				best = name
			}
		}
		s.names = append(s.names, best)
	}
	s.slash = s.slashes(items)
}

// slashes reports whether the selectors of most menus end in a slash.
func (s *server) slashes(items []item) bool {
	with := 0
	for _, it := range items {
		if it = s.resolve(it); it.kind == '1' && s.own(it) && it.selector != "/" {
			if strings.HasSuffix(it.selector, "/") {
				with++
			} else {
				with--
			}
		}
	}
	return with > 0
}

// software asks for the file in which many servers name their software; "" is not known.
func (s *server) software(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Optional)
	defer cancel()
	answer, err := s.ask(ctx, "caps.txt")
	if err != nil {
		return ""
	}
	defer answer.Close()
	var name, version string
	lines := bufio.NewScanner(io.LimitReader(answer, 16<<10))
	for lines.Scan() {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		switch strings.ToLower(key) {
		case "serversoftware":
			name = value
		case "serversoftwareversion":
			version = value
		}
	}
	return strings.TrimSpace(name + " " + version)
}

// Ways returns the menus, unless they are excluded.
func (s *server) Ways() ([]crawler.TreeWay, []crawler.DirWay) {
	if !s.host.Settings.Allows(way) || s.host.Known.IsDemoted(way) {
		return nil, nil
	}
	return nil, []crawler.DirWay{menus{s}}
}

// menus lists menus, each over a connection of its own.
type menus struct{ server *server }

var _ crawler.DirWay = menus{}

// Name returns the name of the way.
func (menus) Name() string { return way }

// Connections returns how many menus are read at once.
func (m menus) Connections() int { return cap(m.server.slots) }

// Shared reports that each takes a connection.
func (menus) Shared() bool { return false }

// List lists a menu.
func (m menus) List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	return m.server.list(ctx, dir, hand)
}

// Known returns the facts about the server that are known so far.
func (s *server) Known() index.Known {
	known := s.host.Known
	known.Demoted = slices.Clone(known.Demoted)
	known.Charset = cmp.Or(s.decoder.Charset(), known.Charset)
	return known
}
