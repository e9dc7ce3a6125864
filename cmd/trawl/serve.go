package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"trawl/cmd/trawl/internal/hosted"
	"trawl/cmd/trawl/internal/settings"
	"trawl/cmd/trawl/internal/systemd"
	"trawl/cmd/trawl/internal/wall"
	"trawl/index"
	"trawl/web"
	"trawl/web/api"
	"trawl/web/token"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	http    string
	hosts   string // folder of files of hosts
	check   bool
	given   []given // of what is hosted
	refresh time.Duration
	budget  time.Duration
	contact string
	gateway gatewayOptions
	front   frontOptions

	getting getting

	metrics  string // "", "portal" or an address
	watching *watching
	ending   *ending
	access   access

	secured *secured // of hosting, whose certificate may be proved through the portal; nil: none

	requests int         // to the API
	owner    *owner      // of the API; nil is nobody
	tokens   *token.Book // that it has
}

func newServe(a *app) *cobra.Command {
	opts := serveOptions{ending: new(ending)}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the portal, the API and the schedule, and host files",
		Long: `Serve runs the portal and its API, crawls the hosts that have a schedule (trawl add
URL --every 24h), and hosts a folder over FTP with --ftp and --root, over SFTP with --sftp, over
HTTP with --files-http, over Gopher with --gopher, or as trawl.toml says, for guests and for users
with passwords (trawl passwd); searches find hosted files at once. While it runs, the other commands
work through it. Ctrl-C stops it cleanly. Each setting of hosting has a flag, too: trawl help settings
lists them.`,
		Example: `  trawl serve
  trawl serve --http :80 --contact admin@example.org
  trawl serve --ftp :2121 --root /srv/files --name files.example.org
  trawl serve --ftp :2121 --catalogue
  trawl serve --gopher :70
  trawl serve --config trawl.toml --check`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.given = a.givenTo(cmd)
			if opts.budget <= 0 {
				return usage(cmd, fmt.Errorf("--budget %s leaves no time to search", opts.budget))
			}
			if err := opts.gateway.check(); err != nil {
				return usage(cmd, err)
			}
			if err := opts.front.check(); err != nil {
				return usage(cmd, err)
			}
			if opts.check {
				return a.checkHosting(cmd.Context(), opts)
			}
			a.stayBelow(crawlMemory)
			a.collectAt(serveGarbage)
			err := a.serve(cmd.Context(), opts)
			if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return nil // it was to end before it had begun
			}
			if errors.Is(err, errPair) || errors.Is(err, errNoDoor) {
				return usage(cmd, err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.http, "http", "127.0.0.1:8080", "`address` of the portal and the API")
	hostingFlags(cmd)
	settings.DurationVar(flags, &opts.refresh, "refresh", 10*time.Second, "how often to look for changes in --root where the system does not say them; less often if it is large")
	flags.BoolVar(&opts.check, "check", false, "say what would be hosted and what hinders clients, and end")
	settings.DurationVar(flags, &opts.budget, "budget", index.DefaultBudget, "time after which a search stops counting")
	flags.StringVar(&opts.hosts, "hosts", "", "`folder` of files of hosts to crawl: *.toml with tables [[host]], *.txt with a URL in each line")
	contactFlag(cmd, &opts.contact)
	flags.StringVar(&opts.metrics, "metrics", "", "where Prometheus reads /metrics: `portal`, or an address of their own; else nowhere")
	flags.IntVar(&opts.requests, "api-requests", api.Requests, "most `requests` to the API of one visitor in a minute; -1 is no limit, and this machine itself has none")
	opts.gateway.flags(cmd)
	opts.front.flags(cmd)
	opts.ending.flags(cmd)
	opts.access.flags(cmd)
	serveKeys(cmd)
	if err := cmd.MarkFlagDirname("root"); err != nil {
		panic(err) // the flag does not exist
	}
	return cmd
}

// serveKeys gives the flags of serve the keys that they have in the tables of the file.
func serveKeys(cmd *cobra.Command) {
	for flag, key := range map[string]string{
		"http": "portal.listen", "budget": "portal.budget", "http-connections": "portal.connections", "http-per-visitor": "portal.per_visitor",
		"trust-proxy": "portal.trust_proxy", "proxy-header": "portal.proxy_header",
		"access-log": "log.access", "access-format": "log.access_format", "access-queries": "log.access_queries",
		"metrics": "metrics.listen", "hosts": "hosts.folder", "api-requests": "api.requests",
		"gateway": "gateway.mode", "gateway-transfers": "gateway.transfers", "gateway-per-visitor": "gateway.per_visitor",
		"gateway-bandwidth": "gateway.bandwidth", "gateway-visitor-bandwidth": "gateway.visitor_bandwidth", "gateway-per-host": "gateway.per_host",
	} {
		keyed(cmd, flag, key)
	}
}

// text returns what a flag or the environment gives for a setting of what is hosted.
func (o *serveOptions) text(key string) string {
	for _, g := range o.given {
		if g.Key == key {
			return g.text
		}
	}
	return ""
}

// serveGarbage is how much garbage serve has when it is collected, in percent of what is in use: searches leave much, and
// little is in use. crawlMemory bounds both together.
const serveGarbage = 200

// collectAt sets when garbage is collected, unless $GOGC does.
func (a *app) collectAt(percent int) {
	if a.env("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// serve runs all services until ctx is done, and says to the service manager how far they are. It opens the data directory first, since
// a process that holds that probably holds the addresses too.
func (a *app) serve(ctx context.Context, opts serveOptions) error {
	log := a.logger()
	slog.SetDefault(log) // libraries that log have no other
	manager, err := systemd.Connect(a.env)
	if err != nil {
		log.Warn("the service manager does not hear how far the service is", "err", err)
	}
	defer manager.Close()
	started := sync.OnceFunc(manager.Starts("opening the catalogue"))
	defer started()
	opts.watching = newWatching(ctx, opts.metrics, log)
	defer opts.watching.close()
	if err := opts.access.open(a, log); err != nil {
		return err
	}
	defer opts.access.close()
	a.lent = opts.watching.metrics.ForCommands
	return a.own(ctx, func(ctx context.Context, e engine) error {
		serving, end := opts.ending.services(ctx, a, manager, log)
		defer end()
		services, serving := errgroup.WithContext(serving)
		portal, stop, err := a.begin(serving, services, e, opts, log)
		if err != nil {
			return err
		}
		defer stop()
		started()
		defer a.reloads(manager, func() { opts.access.reopen(log) })()
		defer a.reloading(serving, e, opts, log)()
		manager.Ready()
		manager.Status("serving")
		defer watch(ctx, manager, alive(e, portal), log)()
		return services.Wait()
	})
}

// watch shows the watchdog that the process lives, until it is stopped: also while it ends.
func watch(ctx context.Context, manager *systemd.Manager, alive func(context.Context) error, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var watching sync.WaitGroup
	watching.Go(func() {
		manager.Watch(ctx, alive, func(err error) {
			log.Error("the process does not answer as it should; the watchdog may start it anew", "err", err)
		})
	})
	return func() {
		cancel()
		watching.Wait()
	}
}

// reloads lets SIGHUP reopen the logs and reload what else has claimed it, and has the manager know about it. A terminal that is closed
// ends what runs there.
func (a *app) reloads(manager *systemd.Manager, reopen func()) (release func()) {
	if a.err.tty {
		return func() {}
	}
	a.hangup.around(manager.Reloading, manager.Ready)
	return a.hangup.claim(reopen)
}

// begin opens all addresses and lets the services serve them until ctx is done. It returns the portal. The caller calls end when the
// services have ended.
func (a *app) begin(ctx context.Context, services *errgroup.Group, e engine, opts serveOptions, log *slog.Logger) (portal http.Handler, end func(), err error) {
	var ends []func()
	undo := func() {
		for _, f := range slices.Backward(ends) {
			f()
		}
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	if err := opts.watching.begin(ctx); err != nil {
		return nil, nil, err
	}
	at, err := listen(ctx, opts.http)
	if err != nil {
		return nil, nil, err
	}
	ends = append(ends, func() { at.Close() })
	opts.getting = a.newGetting(e, &opts, log)
	ends = append(ends, opts.getting.close)
	hosting, err := a.openHosting(ctx, e, opts, log)
	if err != nil {
		return nil, nil, err
	}
	ends = append(ends, hosting.close)
	if hosting != nil {
		opts.secured = hosting.secured
	} else if err := hosted.Forget(ctx, e, nil); err != nil {
		return nil, nil, err
	}
	if err := a.declareHosts(ctx, e, opts, log); err != nil {
		return nil, nil, err
	}
	c := newCrawler(a, opts.watching.metrics.Catalogue(e), opts.contact, 0, log, opts.watching.metrics.Crawled())
	if err := a.openAPI(ctx, services, newOwner(e, c, a, log), &opts); err != nil {
		return nil, nil, err
	}
	if portal, err = newPortal(ctx, e, c, opts, log); err != nil {
		return nil, nil, err
	}
	services.Go(func() error { return servePortal(ctx, at, portal, opts, log) })
	services.Go(func() error { return c.Schedule(ctx) })
	if hosting != nil {
		services.Go(func() error { return hosting.serve(ctx, a) })
	}
	if err := opts.watching.look(ctx, a, services, e, at, c, hosting, opts.getting); err != nil {
		return nil, nil, err
	}
	opts.watching.ready(e)
	fmt.Fprintf(a.out, "portal on http://%s/\n", at.Addr())
	if hosting != nil {
		hosting.announce(a.out)
	}
	opts.watching.announce(a.out)
	return portal, undo, nil
}

// listen opens a TCP address, or takes over a socket that is open: "socket:ftp".
func listen(ctx context.Context, addr string) (net.Listener, error) {
	if name, ok := strings.CutPrefix(addr, inheritedPrefix); ok {
		return inherited(name)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address", err)
	}
	return l, nil
}

// newPortal returns the portal, the API and the gateway. It shows how crawls go on, which may be nil. Its streams end with ctx.
func newPortal(ctx context.Context, e engine, crawls web.Crawls, opts serveOptions, log *slog.Logger) (http.Handler, error) {
	options := web.Options{Catalogue: e, Schemes: schemes(), Budget: opts.budget, Log: log, Gateway: opts.gateway.limits, Crawls: crawls, Until: ctx.Done(), Searched: opts.watching.metrics.Searched, Requests: opts.requests}
	if opts.owner != nil {
		options.Owner, options.Tokens = opts.owner, opts.tokens
	}
	if own, ok := e.(*holder); ok {
		options.Gone, options.News = own.gone, own.news
	}
	if opts.getting.fetcher != nil {
		options.Fetcher, options.Visitors = opts.getting.fetcher, opts.getting.visitors
	}
	handler, err := web.New(options) //nolint:contextcheck // each request has a context of its own
	if err != nil {
		return nil, fmt.Errorf("serve portal: %w", err)
	}
	return handler, nil
}

// servePortal serves the portal on l until ctx is done, then lets the answers under way end.
func servePortal(ctx context.Context, l net.Listener, portal http.Handler, opts serveOptions, log *slog.Logger) error {
	srv, l := opts.front.portal(l, opts.watching.portal(wall.Handler(opts.secured.challenged(portal)), opts.access.observers("portal", nil)...), opts.ending, log)
	return serveHTTP(ctx, "portal", srv, l, opts.ending)
}
