// Package sftp is the source of hosts that speak SFTP, version 3 of
// draft-ietf-secsh-filexfer-02 over SSH (RFC 4251 to 4254): [Source] reaches one.
//
// A host is listed over one SSH connection, on which many directories are read at
// once: their requests do not wait for each other's answers.
//
// The files: scheme.go has the scheme, source.go reaches a host, trust.go decides whether
// it is the right one, login.go logs in; list.go lists directories, which ahead.go reads
// by requests of dirs.go, whose answers fields.go decodes; watch.go ends the connection
// of a server that hangs or floods, open.go reads files.
package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/pace"
	"trawl/index"
)

// Source reaches SFTP servers. The zero value works; it must not be changed
// after the first use.
type Source struct {
	Contact    string   // the anonymous password: where the owner can be reached
	KnownHosts []string // files in the form of OpenSSH's known_hosts; those that do not exist are left out
	Limits     Limits
}

var _ crawler.Source = (*Source)(nil)

// Limits bound the time and the bytes that a server can cost a crawl. A zero field has the
// default that stands beside it.
type Limits struct {
	Silence     time.Duration // while an answer is due, before the connection counts as lost; 30 s
	Listing     int64         // bytes of the listing of a directory; 1 GiB
	Directories int           // directories that are read at once; 64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Silence:     cmp.Or(l.Silence, 30*time.Second),
		Listing:     cmp.Or(l.Listing, 1<<30),
		Directories: cmp.Or(l.Directories, 64),
	}
}

// way is the name of the only way to list a host.
const way = "READDIR"

// Connect reaches a host; see crawler.Source.
func (s *Source) Connect(ctx context.Context, host index.Host, pacer *pace.Pacer) (crawler.Server, error) {
	srv, err := s.connect(ctx, host, pacer)
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", host.ID, err)
	}
	return srv, nil
}

func (s *Source) connect(ctx context.Context, host index.Host, pacer *pace.Pacer) (*server, error) {
	if host.Settings.Proxy != "" {
		return nil, fmt.Errorf("%w: SFTP hosts are reached directly: remove the proxy from its settings", crawler.ErrDown)
	}
	decoder, err := listing.NewDecoder(host.Settings.Charset, host.Known.Charset)
	if err != nil {
		return nil, err
	}
	trust, err := newTrust(s.KnownHosts, host)
	if err != nil {
		return nil, err
	}
	config, err := loginAs(host.Settings, cmp.Or(s.Contact, "anonymous@"))
	if err != nil {
		return nil, err
	}
	config.HostKeyCallback, config.HostKeyAlgorithms = trust.check, trust.algorithms
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	srv := &server{host: host, pacer: pacer, decoder: decoder, limits: s.Limits.withDefaults(), end: end}
	srv.host.Known.Demoted = slices.Clone(host.Known.Demoted)
	if err := srv.reach(ctx, life, config, trust); err != nil {
		end()
		return nil, err
	}
	srv.host.Known.HostKey = trust.seen
	srv.host.Known.Way = way
	srv.work.Go(func() { srv.watch(life) })
	srv.work.Go(srv.dirs.write)
	srv.work.Go(func() {
		srv.dirs.run(life)
		srv.conn.Close() // without SFTP the connection is of no use
	})
	return srv, nil
}

// server is a host that was reached.
type server struct {
	host    index.Host
	pacer   *pace.Pacer
	decoder *listing.Decoder
	limits  Limits
	conn    net.Conn
	ssh     *ssh.Client
	client  *sftp.Client // for files and links; nil if the server allows no second channel
	dirs    *dirs
	end     context.CancelFunc // ends the goroutines of the server
	work    sync.WaitGroup     // the goroutines of the server

	mu     sync.Mutex // guards the following
	calls  []*waiting // under way, the oldest first
	since  int64      // bytes read since the last of them ended
	active time.Time  // when the last byte came, or a call began
}

var _ crawler.Server = (*server)(nil)

// reach dials, shakes hands, logs in and starts SFTP.
func (s *server) reach(ctx, life context.Context, config *ssh.ClientConfig, trust *trust) error {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Silence)
	defer cancel()
	addr := address(s.host.ID)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%w: %w", crawler.ErrDown, err)
	}
	s.conn = conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c, channels, requests, err := ssh.NewClientConn(&paced{Conn: conn, server: s, life: life}, addr, config)
	if err != nil {
		conn.Close()
		return refused(ctx, err, trust)
	}
	s.ssh = ssh.NewClient(c, channels, requests)
	s.host.Known.Software = string(c.ServerVersion())
	if s.dirs, err = openDirs(s.ssh); err != nil {
		conn.Close()
		return fmt.Errorf("%w: it speaks SSH but offers no SFTP to this user: %w", crawler.ErrLogin, err)
	}
	if s.client, err = sftp.NewClient(s.ssh); err != nil {
		s.client = nil // listing needs only one channel
	}
	if !stop() {
		s.hangUp()
		conn.Close()
		return fmt.Errorf("%w: %w", crawler.ErrDown, context.Cause(ctx))
	}
	return nil
}

// refused returns why a handshake failed.
func refused(ctx context.Context, err error, trust *trust) error {
	switch {
	case errors.Is(err, crawler.ErrTrust):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it does not answer: %w", crawler.ErrDown, context.Cause(ctx))
	case trust.seen == "" && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return fmt.Errorf("%w: it hung up before the handshake, as servers do that have too many connections: %w", crawler.ErrBusy, err)
	case trust.seen == "":
		return fmt.Errorf("%w: it does not speak SSH as we do: %w", crawler.ErrDown, err)
	}
	return fmt.Errorf("%w: set another user, password or key file: %w", crawler.ErrLogin, err)
}

// Ways returns READDIR, unless it is excluded.
func (s *server) Ways() ([]crawler.TreeWay, []crawler.DirWay) {
	if !s.host.Settings.Allows(way) || s.host.Known.IsDemoted(way) {
		return nil, nil
	}
	return nil, []crawler.DirWay{readdir{s}}
}

// readdir lists directories over the one connection.
type readdir struct{ server *server }

var _ crawler.DirWay = readdir{}

// Name returns the name of the way.
func (readdir) Name() string { return way }

// Connections returns how many directories are read at once.
func (r readdir) Connections() int { return r.server.limits.Directories }

// Shared reports that they are read over one connection.
func (readdir) Shared() bool { return true }

// List lists a directory.
func (r readdir) List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	return r.server.list(ctx, dir, hand)
}

// Known returns the facts about the server that are known so far.
func (s *server) Known() index.Known {
	known := s.host.Known
	known.Demoted = slices.Clone(known.Demoted)
	known.Charset = cmp.Or(s.decoder.Charset(), known.Charset)
	return known
}

// Close ends the connection, and returns when no goroutine of the server runs any more.
func (s *server) Close() error {
	s.end()
	s.conn.Close()
	s.hangUp()
	s.work.Wait()
	return nil
}

// hangUp ends the channels of a closed connection.
func (s *server) hangUp() {
	if s.client != nil {
		_ = s.client.Close() // waits for what reads the connection
	}
}
