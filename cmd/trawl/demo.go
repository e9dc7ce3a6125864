package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"trawl/cmd/trawl/sample"
	"trawl/crawler"
	"trawl/ftpd"
	"trawl/index"
	"trawl/index/embedded"
)

func newDemo(a *app) *cobra.Command {
	addr := "localhost:8080"
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Host a sample archive, crawl it, and open the portal",
		Long: `Demo needs nothing and leaves nothing behind: it hosts a sample archive on two FTP
servers of this machine, crawls them, and opens the portal until Ctrl-C.`,
		Example: `  trawl demo
  trawl demo --http localhost:9000`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), addr)
		},
	}
	cmd.Flags().StringVar(&addr, "http", addr, "`address` of the portal")
	return cmd
}

// demo runs everything over the sample archive until ctx is done.
func (a *app) demo(ctx context.Context, addr string) (err error) {
	dir, err := os.MkdirTemp("", "trawl-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	portal, err := a.listenNear(ctx, addr)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	interrupted := ctx
	services, ctx := errgroup.WithContext(ctx)
	urls, err := hostSample(ctx, services)
	if err != nil {
		return errors.Join(fmt.Errorf("demo: %w", err), portal.Close())
	}
	services.Go(func() error { return a.demonstrate(ctx, dir, portal, urls) })
	if err = services.Wait(); interrupted.Err() != nil {
		err = nil // a demo ends so
	}
	fmt.Fprintln(a.out, "the demo has ended and left nothing behind")
	return err
}

// listenNear opens addr, or a free port beside it if that one is taken.
func (a *app) listenNear(ctx context.Context, addr string) (net.Listener, error) {
	l, err := listen(ctx, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	name, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	l, err = listen(ctx, net.JoinHostPort(name, "0"))
	if err == nil {
		fmt.Fprintf(a.out, "port %s is taken, so the portal is on another one\n", port)
	}
	return l, err
}

// hostSample serves the hosts of the sample over FTP until ctx is done and
// returns them.
func hostSample(ctx context.Context, services *errgroup.Group) ([]string, error) {
	var urls []string
	for _, name := range sample.Names() {
		tree, err := sample.Open(name)
		if err != nil {
			return nil, err
		}
		l, err := listen(ctx, "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		urls = append(urls, "ftp://"+l.Addr().String()+"/")
		services.Go(func() error { return serveSample(ctx, l, name, tree) })
	}
	return urls, nil
}

func serveSample(ctx context.Context, l net.Listener, name string, tree fs.FS) error {
	server := ftpd.Server{FS: tree, Greeting: "the " + name + " of trawl demo", Grace: -1}
	return server.Serve(ctx, l)
}

// demonstrate crawls the hosts into dir, prints examples to try, and serves the portal
// until ctx is done.
func (a *app) demonstrate(ctx context.Context, dir string, portal net.Listener, urls []string) (err error) {
	defer portal.Close()
	e, err := a.hold(dir, embedded.Options{}) //nolint:contextcheck // the engine works until it is closed
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return lend(ctx, dir, e, nil, func(ctx context.Context, e engine) error {
		if err := crawl(ctx, a, e, newCrawler(a, e, "demo@localhost", 0, nil, crawler.Observer{}), urls, false); err != nil {
			return err
		}
		a.invite(dir, portal.Addr(), urls)
		opts := serveOptions{budget: index.DefaultBudget, contact: "demo@localhost", gateway: gatewayOptions{on: "on"}}
		log := a.logger()
		opts.getting = a.newGetting(e, &opts, log)
		defer opts.getting.close()
		opts.watching = newWatching(ctx, "", log)
		defer opts.watching.close()
		opts.watching.ready(e)
		handler, err := newPortal(ctx, e, nil, opts, log)
		if err != nil {
			return err
		}
		return servePortal(ctx, portal, handler, opts, log)
	})
}

// invite prints examples to try.
func (a *app) invite(dir string, portal net.Addr, urls []string) {
	at := portal.String()
	if _, port, err := net.SplitHostPort(at); err == nil {
		at = "localhost:" + port
	}
	fmt.Fprintf(a.out, `
the portal is on http://%s/  (Ctrl-C ends the demo)

try there: linux 6.12    type:disk size:>1GB    gymnopedie    places:>1    text:dungeon
in another terminal:
  export TRAWL_DATA=%s
  %[3]s search netinst iso
  %[3]s hosts
  curl %[4]spub/doc/rfc/
`, at, dir, calling(os.Args[0]), urls[0])
}

// calling returns the command that calls the program which was called by arg0: the binary
// that go run built is not on the path.
func calling(arg0 string) string {
	if strings.Contains(arg0, "go-build") {
		return "go run ./cmd/trawl"
	}
	return index.Visible(arg0)
}
