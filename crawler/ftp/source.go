package ftp

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/pace"
	"trawl/index"
)

// Source reaches FTP and FTPS servers. The zero value works; it must not be
// changed after the first use.
type Source struct {
	Contact string         // the anonymous password: where the owner can be reached
	Roots   *x509.CertPool // the trusted authorities; nil are the system's
	Limits  Limits
	Log     *slog.Logger // nil logs nothing
}

var _ crawler.Source = (*Source)(nil)

// Limits bound the time and the bytes that a server can cost a crawl. A zero field has the
// default that stands beside it.
type Limits struct {
	Silence     time.Duration // on a connection before it counts as lost; 30 s
	Watchdog    time.Duration // of one listing, however long; 2 h
	Connections int           // to a host that sets no Settings.Connections; 4
	Pipeline    int           // STAT commands under way at once; 256
	Listing     int64         // bytes of the listing of a directory; 4 GiB
	Tree        int64         // bytes of the listing of a tree, unpacked; 64 GiB
	File        int64         // bytes of a file that Open reads; 1 EiB
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Silence:     cmp.Or(l.Silence, 30*time.Second),
		Watchdog:    cmp.Or(l.Watchdog, 2*time.Hour),
		Connections: cmp.Or(l.Connections, 4),
		Pipeline:    cmp.Or(l.Pipeline, 256),
		Listing:     cmp.Or(l.Listing, 4<<30),
		Tree:        cmp.Or(l.Tree, 64<<30),
		File:        cmp.Or(l.File, 1<<60),
	}
}

// Connect reaches a host; see crawler.Source.
func (s *Source) Connect(ctx context.Context, host index.Host, pacer *pace.Pacer) (crawler.Server, error) {
	srv, err := s.server(host, pacer)
	if err == nil {
		err = srv.connect(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", host.ID, err)
	}
	return srv, nil
}

func (s *Source) server(host index.Host, pacer *pace.Pacer) (*server, error) {
	srv := &server{
		id: host.ID, root: host.ID.Root(), settings: host.Settings, pacer: pacer,
		contact: cmp.Or(s.Contact, "anonymous@"), limits: s.Limits.withDefaults(), roots: s.Roots,
		log:   cmp.Or(s.Log, slog.New(slog.DiscardHandler)),
		trial: make(chan struct{}, 1), known: host.Known, prints: newPrints(),
	}
	srv.known.Demoted = slices.Clone(host.Known.Demoted)
	most := cmp.Or(host.Settings.Connections, srv.limits.Connections)
	if host.Known.Connections > 0 {
		most = min(most, host.Known.Connections)
	}
	srv.connections = newPool(max(1, most), pacer.Party(), srv.login)
	srv.stats = newMux(srv.connections)
	var err error
	srv.parser, err = srv.reader()
	return srv, err
}

// reader returns a parser that begins with the known facts about the host.
func (s *server) reader() (*listing.Parser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return listing.New(listing.Options{
		Zone: s.known.Zone, Dialect: s.known.Dialect, Charset: s.settings.Charset, Known: s.known.Charset,
		Memory: s.pacer,
	})
}

// server is a host that was reached.
type server struct {
	id          index.HostID
	root        index.Path // that of id
	settings    index.Settings
	pacer       *pace.Pacer
	parser      *listing.Parser
	contact     string
	limits      Limits
	log         *slog.Logger
	roots       *x509.CertPool
	connections *pool
	trial       chan struct{} // held while LIST is tried out
	stats       *mux
	reads       atomic.Int64 // requests for files so far
	prints      *prints

	mu    sync.Mutex
	known index.Known // guarded by mu
	can   abilities   // guarded by mu
}

var _ crawler.Server = (*server)(nil)

// abilities were found out about a server in this crawl and are not kept with the host.
type abilities struct {
	met      bool       // all of them were found out
	pipeline bool       // commands may be sent ahead
	stat     string     // the command that lists a directory on the control connection: "STAT -a ", "STAT " or ""
	ahead    bool       // EPSV may be sent behind a listing
	list     string     // the command that lists one over a data connection: "LIST -a ", "LIST ", or "" if not yet tried
	dots     bool       // list and stat show "." and "..", so a listing without them is a refusal
	passive  string     // the command that opened a data connection: "EPSV", "PASV", "EPRT", or "" if none did
	escape   bool       // the byte 0xFF must be doubled (RFC 854)
	announce bool       // PRET is required before EPSV and PASV
	silent   bool       // PRET is not understood
	virtual  bool       // HOST must be sent before the login
	account  bool       // ACCT must be sent after it
	root     string     // what the server knows the root by, or ""
	home     index.Path // where who logs in is, as PWD says, or ""
	marks    bool       // PWD is answered by 257, as nothing else is
	steps    bool       // a directory is entered step by step from the home
	foreign  bool       // the root is the home, since paths with slashes mean nothing
	slashes  bool       // an AS/400 must be asked for paths with slashes
	enter    bool       // listings are of the working directory, whatever directory is named
	named    int        // directories below the root that were listed by their names
	vain     int        // directories that could be listed neither by their names nor from within
	twins    int        // directories that list as one above them does, by their names and from within
	mlsd     bool       // MLSD has listed a directory
	mute     bool       // nothing is said at the end of a transfer
	names    bool       // LIST is not known, and NLST is
	restart  answer     // files can be read from an offset
}

// able returns the abilities that are known so far.
func (s *server) able() abilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.can
}

// learn changes the known facts and abilities.
func (s *server) learn(change func(*index.Known, *abilities)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.known, &s.can)
}

// Known returns the facts about the server that are known so far.
func (s *server) Known() index.Known {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.known
	known.Features = slices.Clone(known.Features)
	known.Demoted = slices.Clone(known.Demoted)
	known.Dialect = cmp.Or(s.parser.Dialect(), known.Dialect)
	known.Charset = cmp.Or(s.parser.Charset(), known.Charset)
	if n := s.connections.refused(); n > 0 {
		known.Connections = n
	}
	return known
}

// remembered reports whether a note is among the demoted ways.
func (s *server) remembered(note string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.known.Demoted, note)
}

// feature reports whether FEAT named a command: "MLST", "UTF8".
func (s *server) feature(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.known.Features, func(line string) bool {
		word, _, _ := strings.Cut(line, " ")
		return strings.EqualFold(word, name)
	})
}

// runs reports whether the server is that product.
func (s *server) runs(product string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	software := s.known.Software
	return len(software) >= len(product) && strings.EqualFold(software[:len(product)], product)
}

// Close ends all connections.
func (s *server) Close() error {
	s.connections.close()
	return nil
}

// errClosed is the error after Close.
var errClosed = errors.New("the server was closed")
