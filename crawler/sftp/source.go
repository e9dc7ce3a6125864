// Package sftp is the source of hosts that speak SFTP, version 3 of
// draft-ietf-secsh-filexfer-02 over SSH (RFC 4251 to 4254): [Source] reaches one.
//
// A host is listed over one SSH connection, on which many directories are read at
// once: their requests do not wait for each other's answers.
//
// The files: scheme.go has the scheme, source.go reaches a host, algorithms.go says how,
// trust.go decides whether it is the right one, login.go logs in, words.go keeps what it says
// meanwhile; list.go lists directories, name.go and kind.go understand their entries, home.go
// finds the login directory, open.go reads files. ahead.go reads directories by requests of
// requests.go over dialogue.go, whose answers fields.go decodes, and status.go where they
// refuse; optional.go makes requests that need not be answered; watch.go ends the connection
// of a server that hangs or floods.
package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

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
	Optional    time.Duration // while an answer is due that a listing can do without; 3 s
	Listing     int64         // bytes of the listing of a directory; 1 GiB
	Directories int           // directories that are read at once; 64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Silence:     cmp.Or(l.Silence, 30*time.Second),
		Optional:    cmp.Or(l.Optional, 3*time.Second),
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
	config.Config = algorithms(host.Settings.Weak)
	config.HostKeyCallback, config.HostKeyAlgorithms = trust.check, trust.algorithms
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	srv := &server{
		host: host, pacer: pacer, decoder: decoder, limits: s.Limits.withDefaults(), end: end,
		options: newOptions(&host.Known), home: newHome(), began: time.Now(),
	}
	srv.traffic.most = srv.limits.Listing
	if srv.lines, err = listing.New(listing.Options{Charset: "latin1"}); err != nil {
		end()
		return nil, err
	}
	srv.host.Known.Demoted = slices.Clone(host.Known.Demoted)
	if err := pacer.Party().Enter(ctx); err != nil {
		end()
		return nil, err
	}
	if err := srv.reach(ctx, life, config, trust); err != nil {
		srv.vacate()
		end()
		return nil, err
	}
	pacer.Party().OnWanted(srv.yield)
	srv.host.Known.HostKey = trust.seen
	srv.host.Known.Way = way
	srv.work.Go(func() { srv.watch(life) })
	srv.work.Go(srv.talk.write)
	srv.work.Go(func() { srv.talk.run(life, srv.lastWords) })
	return srv, nil
}

// server is a host that was reached.
type server struct {
	host    index.Host
	pacer   *pace.Pacer
	decoder *listing.Decoder
	lines   *listing.Parser // of long names
	limits  Limits
	conn    net.Conn
	ssh     *ssh.Client
	talk    *dialogue
	options *options
	home    *home
	hello   hello
	traffic traffic
	ours    atomic.Bool        // we end the connection
	files   atomic.Int64       // that are open
	left    sync.Once          // the connection was given back to the party
	began   time.Time          // when it was reached
	end     context.CancelFunc // ends the goroutines of the server
	work    sync.WaitGroup     // the goroutines of the server
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
	config.BannerCallback = s.hello.banner
	c, channels, requests, err := ssh.NewClientConn(&paced{Conn: conn, server: s, life: life}, addr, config)
	if err != nil {
		conn.Close()
		return s.refusal(ctx, err, trust)
	}
	s.ssh = ssh.NewClient(c, channels, requests)
	s.host.Known.Software = string(c.ServerVersion())
	if s.talk, err = openDialogue(s.ssh); err != nil {
		conn.Close()
		return fmt.Errorf("%w: it speaks SSH but offers no SFTP to this user: %w%s", crawler.ErrLogin, err, s.hello.beforeLogin())
	}
	if !stop() {
		conn.Close()
		return fmt.Errorf("%w: %w", crawler.ErrDown, context.Cause(ctx))
	}
	return nil
}

// refusal returns why a handshake failed, with what the server said last.
func (s *server) refusal(ctx context.Context, err error, trust *trust) error {
	none := mismatch(err, s.host.Settings.Weak)
	switch {
	case errors.Is(err, crawler.ErrTrust):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it does not answer: %w%s", crawler.ErrDown, context.Cause(ctx), s.hello.beforeSSH())
	case none != nil:
		return none
	case s.hello.old():
		return fmt.Errorf("%w: it speaks version 1 of SSH alone", crawler.ErrDown)
	case trust.seen == "" && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return fmt.Errorf("%w: it hung up before the handshake, as servers do that have too many connections: %w%s", crawler.ErrBusy, err, s.hello.beforeSSH())
	case trust.seen == "":
		return fmt.Errorf("%w: it does not speak SSH as we do: %w%s", crawler.ErrDown, err, s.hello.beforeSSH())
	}
	return fmt.Errorf("%w: set another user, password or key file: %w%s", crawler.ErrLogin, err, s.hello.beforeLogin())
}

// errEnded is the error of a session that the server ended.
var errEnded = errors.New("the server ended the session")

// lastWords ends the connection, which is of no use without SFTP, and returns the error with
// which it ended before. That of a disconnection has a reason (RFC 4253 section 11.1).
func (s *server) lastWords(err error) error {
	ours := s.ours.Load()
	s.cut()
	why := s.ssh.Wait()
	switch {
	case ours || !errors.Is(err, io.EOF):
		return err
	case why != nil && strings.HasPrefix(why.Error(), "ssh: disconnect"):
		return fmt.Errorf("%w: %s", errEnded, index.Visible(why.Error()))
	case why == nil, errors.Is(why, io.EOF), errors.Is(why, net.ErrClosed): // the connection, or SFTP alone
		return fmt.Errorf("%w: %w", errEnded, err)
	}
	return fmt.Errorf("%w: %w", err, why)
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
	known.Demoted = append(known.Demoted, s.options.ended()...)
	known.Charset = cmp.Or(s.decoder.Charset(), known.Charset)
	return known
}

// Close ends the connection, and returns when no goroutine of the server runs any more.
func (s *server) Close() error {
	s.end()
	s.cut()
	s.work.Wait()
	return nil
}
