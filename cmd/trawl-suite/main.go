// Command trawl-suite serves a folder over FTP, or SFTP and SCP, to the test suites of other projects, which .ci/suites runs. Its flags are
// those settings of a server that the suites change. Called as proftpd is ("-c FILE"), it serves what that
// configuration says.
//
// The files: main.go has the flags and serves FTP, sftp.go serves SFTP. proftpd.go reads a configuration of ProFTPD, detach.go goes to the background.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "trawl-suite:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if slices.ContainsFunc(args, func(a string) bool { return a == "-c" || a == "-V" || a == "-l" || a == "-v" }) {
		return asProftpd(ctx, args)
	}
	var s settings
	if err := s.parse(args); err != nil {
		return err
	}
	return s.serve(ctx, func(addr net.Addr) { fmt.Println(addr) })
}

// settings are what the suites change.
type settings struct {
	listen, root, home    string
	user, password, cert  string
	greeting, public      string
	first, last           uint
	sessions, addr, tries int
	idle, stall           time.Duration
	line                  int
	demand, implicit, lax bool
	guestsWrite           bool
	hosts, keys           string     // of SFTP: the folder of host keys, and the public keys of user
	rules                 tree.Rules // of user; nil is all
	keep                  bool       // nothing that is there is replaced
	hide, deny            []string   // names, and commands
	links                 ftpd.Links
	style                 ftpd.Style
	plain                 bool                       // options of LIST do not count
	check                 func(password string) bool // instead of password
}

func (s *settings) parse(args []string) error {
	f := flag.NewFlagSet("trawl-suite", flag.ContinueOnError)
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "address")
	f.StringVar(&s.root, "root", ".", "the folder")
	f.StringVar(&s.home, "home", "/", "where a session starts")
	f.StringVar(&s.user, "user", "user", "who may do all")
	f.StringVar(&s.password, "password", "12345", "the password of user")
	f.StringVar(&s.cert, "cert", "", "certificate and key in one PEM file: serve TLS")
	f.StringVar(&s.greeting, "greeting", "", "the first line")
	f.StringVar(&s.public, "public", "", "the address that PASV gives")
	f.UintVar(&s.first, "first", 0, "first passive port")
	f.UintVar(&s.last, "last", 0, "last passive port")
	f.IntVar(&s.sessions, "sessions", -1, "sessions at once")
	f.IntVar(&s.addr, "addr-sessions", -1, "sessions at once from one address")
	f.IntVar(&s.tries, "tries", 3, "failed logins that end a session")
	f.DurationVar(&s.idle, "idle", 5*time.Minute, "a session ends after so long without a command")
	f.DurationVar(&s.stall, "stall", time.Minute, "a data connection ends after so long without progress")
	f.BoolVar(&s.demand, "demand", false, "demand TLS")
	f.BoolVar(&s.implicit, "implicit", false, "TLS from the first byte on")
	f.BoolVar(&s.lax, "lax", false, "data connections need not resume the TLS session")
	f.BoolVar(&s.guestsWrite, "guests-write", false, "guests may do all too")
	f.StringVar(&s.hosts, "sftp", "", "serve SFTP and SCP instead of FTP, with host keys in this folder")
	f.StringVar(&s.keys, "keys", "", "public keys of user for SFTP, in the form of authorized_keys")
	return f.Parse(args)
}

// serve serves until ctx is done. It calls ready when it listens.
func (s *settings) serve(ctx context.Context, ready func(net.Addr)) error {
	serve := s.sftp
	if s.hosts == "" {
		serve = s.ftp
	}
	run, err := serve()
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	ready(ln.Addr())
	if s.implicit {
		ln = ftpd.Implicit(ln)
	}
	return run(ctx, ln)
}

// accounts opens the folder for the user and for guests.
func (s *settings) accounts() (*accounts, error) {
	root, err := os.OpenRoot(s.root)
	if err != nil {
		return nil, err
	}
	store := tree.Folder(root)
	view := func(rules tree.Rules) account.Login {
		return account.Login{View: store.View(tree.Options{User: s.user, Rules: rules, Keep: s.keep, Hide: s.hide}), Home: s.home}
	}
	check := s.check
	if check == nil {
		check = func(password string) bool { return password == s.password }
	}
	rules, guests := s.rules, tree.Rules{"/": tree.ReadOnly}
	if rules == nil {
		rules = tree.Rules{"/": tree.All}
	}
	if s.guestsWrite {
		guests = tree.Rules{"/": tree.All}
	}
	return &accounts{user: s.user, check: check, full: view(rules), guest: view(guests)}, nil
}

// ftp returns a server of FTP.
func (s *settings) ftp() (serve func(context.Context, ...net.Listener) error, err error) {
	book, err := s.accounts()
	if err != nil {
		return nil, err
	}
	srv := &ftpd.Server{
		Accounts: book,
		Names:    []string{"localhost", "127.0.0.1"},
		Links:    s.links, Style: s.style, Plain: s.plain, Deny: s.deny,
		Greeting: s.greeting, Idle: s.idle, Stall: s.stall, Grace: -1,
		Ports: ftpd.Ports{First: uint16(s.first), Last: uint16(s.last)},
		Guard: guard.New(guard.Config{
			Sessions: s.sessions, AddrSessions: s.addr, Delay: -1, Failures: -1,
			User: guard.Limits{Tries: s.tries, Idle: s.idle, Line: s.line},
		}),
	}
	if s.public != "" { // clients of all networks get it
		srv.Public = ftpd.Public{For: map[netip.Prefix]string{netip.MustParsePrefix("0.0.0.0/0"): s.public}}
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.cert)
		if err != nil {
			return nil, err
		}
		srv.TLS = &ftpd.TLS{
			Config: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
			Demand: s.demand, Lax: s.lax,
		}
	}
	return srv.Serve, nil
}

// accounts lets one user in, and guests, who may read.
type accounts struct {
	user        string
	check       func(password string) bool
	full, guest account.Login
	keys        []account.Key // of the user
}

func (a *accounts) Login(_ context.Context, name, password string) (account.Login, error) {
	switch {
	case name == account.Anonymous:
		l := a.guest
		l.User, l.Anonymous = name, true
		return l, nil
	case name == a.user && a.check(password):
		l := a.full
		l.User = name
		return l, nil
	}
	return account.Login{}, account.ErrLogin
}

// Key lets the user in by one of the keys.
func (a *accounts) Key(name string, key account.Key) (account.Login, error) {
	if name != a.user || !slices.Contains(a.keys, key) {
		return account.Login{}, account.ErrLogin
	}
	l := a.full
	l.User = name
	return l, nil
}

var errUsage = errors.New("usage: trawl-suite -c FILE")
