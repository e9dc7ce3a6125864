package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/ftpd"
	"trawl/index"
	"trawl/web"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	http    string
	ftp     string
	root    string
	name    string
	refresh time.Duration
	budget  time.Duration
	contact string
}

func newServe(a *app) *cobra.Command {
	var opts serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the portal, the API and the schedule, and host files",
		Long: `Serve runs the portal and its API, crawls the hosts that have a schedule (trawl add
URL --every 24h), and hosts a folder over anonymous FTP with --ftp and --root;
searches find hosted files at once. While it runs, the other commands work through
it. Ctrl-C stops it cleanly.`,
		Example: `  trawl serve
  trawl serve --http :80 --contact admin@example.org
  trawl serve --ftp :2121 --root /srv/files --name files.example.org`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (opts.ftp == "") != (opts.root == "") {
				return usage(cmd, errors.New("--ftp and --root go together"))
			}
			if opts.budget <= 0 {
				return usage(cmd, fmt.Errorf("--budget %s leaves no time to search", opts.budget))
			}
			a.stayBelow(crawlMemory)
			return a.serve(cmd.Context(), opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.http, "http", "127.0.0.1:8080", "`address` of the portal and the API")
	flags.StringVar(&opts.ftp, "ftp", "", "`address` to host files on")
	flags.StringVar(&opts.root, "root", "", "`folder` to host")
	flags.StringVar(&opts.name, "name", "", "`name` by which others reach this machine; else the address of --ftp")
	flags.DurationVar(&opts.refresh, "refresh", 10*time.Second, "how often to look for changes in --root; less often if it is large")
	flags.DurationVar(&opts.budget, "budget", index.DefaultBudget, "time after which a search stops counting")
	contactFlag(cmd, &opts.contact)
	if err := cmd.MarkFlagDirname("root"); err != nil {
		panic(err) // the flag does not exist
	}
	return cmd
}

// serve runs all services until ctx is done. It opens the data directory first, since a
// process that holds that probably holds the addresses too.
func (a *app) serve(ctx context.Context, opts serveOptions) error {
	log := slog.New(slog.NewTextHandler(a.err, nil))
	return a.own(ctx, func(ctx context.Context, e engine) error {
		portal, err := listen(ctx, opts.http)
		if err != nil {
			return err
		}
		defer portal.Close()
		hosting, err := openHosting(ctx, opts, log)
		if err != nil {
			return err
		}
		defer hosting.close()
		c := newCrawler(a, e, opts.contact, 0, log)
		services, ctx := errgroup.WithContext(ctx)
		services.Go(func() error { return servePortal(ctx, portal, e, opts.budget, log) })
		services.Go(func() error { return c.Schedule(ctx) })
		if hosting != nil {
			services.Go(func() error { return hosting.serve(ctx) })
			services.Go(func() error { return a.follow(ctx, e, hosting, log) })
		}
		fmt.Fprintf(a.out, "portal on http://%s/\n", portal.Addr())
		if hosting != nil {
			fmt.Fprintf(a.out, "hosting %s on %s\n", opts.root, hosting.id)
		}
		return services.Wait()
	})
}

// listen opens a TCP address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address", err)
	}
	return l, nil
}

// servePortal serves the portal and the API on l until ctx is done, then lets the answers
// under way end.
func servePortal(ctx context.Context, l net.Listener, e engine, budget time.Duration, log *slog.Logger) error {
	handler, err := web.New(web.Options{Catalogue: e, Schemes: schemes(), Budget: budget, Log: log})
	if err != nil {
		return fmt.Errorf("serve portal: %w", err)
	}
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		srv.Shutdown(last) //nolint:errcheck // answers that last longer are cut off
		srv.Close()        //nolint:errcheck // as above
	})
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve portal: %w", err)
	}
	<-ended
	return nil
}

// hosting is a folder that serve hosts over FTP.
type hosting struct {
	id      index.HostID
	root    *os.Root
	ftp     net.Listener
	server  ftpd.Server
	refresh time.Duration
	visitor string // the password of its own crawls
}

// openHosting opens the folder that opts name; nil if they name none.
func openHosting(ctx context.Context, opts serveOptions, log *slog.Logger) (*hosting, error) {
	if opts.ftp == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(opts.root)
	if err != nil {
		return nil, fmt.Errorf("host folder: %w", err)
	}
	l, err := listen(ctx, opts.ftp)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	id, err := hostedAs(l.Addr(), opts.name)
	if err != nil {
		return nil, errors.Join(err, root.Close(), l.Close())
	}
	visitor := rand.Text() + "@localhost"
	server := ftpd.Server{FS: ftpd.Dir(root), Log: slog.New(newSessionLog(log.Handler(), visitor))}
	return &hosting{id, root, l, server, opts.refresh, visitor}, nil
}

// hostedAs returns the identity of the host that serves at addr and that others reach by
// name. Without a name it is the address, or the loopback address if all addresses serve.
func hostedAs(addr net.Addr, name string) (index.HostID, error) {
	ip, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", fmt.Errorf("host folder: %w", err)
	}
	switch {
	case name != "":
		ip = name
	case net.ParseIP(ip).IsUnspecified():
		ip = "127.0.0.1"
	}
	return parseHost("ftp://" + net.JoinHostPort(ip, port) + "/")
}

func (h *hosting) serve(ctx context.Context) error { return h.server.Serve(ctx, h.ftp) }

func (h *hosting) close() {
	if h != nil {
		h.ftp.Close()
		h.root.Close()
	}
}

// rest is the pause after a look for changes, in multiples of the time that it took.
const rest = 20

// follow keeps the catalogue of the hosted folder up to date until ctx is done, and logs
// changes.
func (a *app) follow(ctx context.Context, e engine, h *hosting, log *slog.Logger) error {
	known, err := readHosts(ctx, e)
	if err != nil {
		return err
	}
	if _, _, err := known.remember(ctx, string(h.id), a.now(), func(*index.Host) {}); err != nil {
		return err
	}
	c := newCrawler(a, e, h.visitor, 0, nil)
	var before crawler.Summary
	for {
		sum, err := c.Crawl(ctx, h.id, crawler.Options{})
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("crawl the hosted folder", "host", h.id, "err", err)
		case err == nil && (sum.Directories != before.Directories || sum.Files != before.Files || sum.Bytes != before.Bytes):
			log.Info("hosted", "host", h.id, "directories", sum.Directories, "files", sum.Files, "bytes", sum.Bytes)
			before = sum
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(h.refresh, rest*sum.Took)):
		}
	}
}
