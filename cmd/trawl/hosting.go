package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"trawl/cmd/trawl/internal/settings"
	"trawl/cmd/trawl/internal/xferlog"
	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/hook"
	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
	"trawl/index"
	"trawl/search"
	"trawl/web/catalogue"
)

// hosting is what serve hosts, for whom.
type hosting struct {
	opts      serveOptions
	settings  *settings.File
	accounts  *accounts
	server    ftpd.Server
	counters  ftpd.Counters
	sftp      ssh.Server
	http      httpDoor
	gopher    gopherDoor
	catalogue *catalogue.FS // nil: it is not shown
	listeners []net.Listener
	secure    []net.Listener // of SFTP
	doors     []index.HostID // the URLs by which it is reached, the best first
	secured   *secured
	xferlog   *xferlog.Log // nil: none
	hook      *hook.Hook   // nil: none
	index     *hostedIndex
	list      *ftpd.Published // of what guests may list; nil: none
	log       *slog.Logger
}

// readSettings reads the settings of hosting: the file, and what flags and the environment give, which win.
func (a *app) readSettings(opts serveOptions) (*settings.File, error) {
	f, err := a.reread()
	if err != nil {
		return nil, err
	}
	for _, g := range opts.given {
		if err := f.Override(&g.Scalar, g.text, g.from); err != nil {
			return nil, err
		}
	}
	f.Default()
	if err := f.Check(); err != nil {
		return nil, err
	}
	if err := a.readHashes(f); err != nil {
		return nil, err
	}
	if !f.Served() && opts.text("ftp.catalogue") != "" {
		return nil, errNoDoor
	}
	if err := unserved(f); err != nil {
		return nil, err
	}
	return f, nil
}

// readHashes reads the hashes of users that stand in files of their own.
func (a *app) readHashes(f *settings.File) error {
	loose, err := f.Hashes(a.env("CREDENTIALS_DIRECTORY"))
	for _, path := range loose {
		a.warnOfLoose(path)
	}
	return err
}

// unserved refuses a folder without an address to host it on, and the other way round.
func unserved(f *settings.File) error {
	served := f.Served()
	if served == (f.FTP.Root != "") || served && (len(f.Users) > 0 || f.CatalogueAlone()) {
		return nil
	}
	if f.Path() == "" {
		return errPair
	}
	return fmt.Errorf("%s: hosting needs an address to listen on (listen in [ftp], [sftp], [http] or [gopher], --ftp, --sftp, --files-http or --gopher) and a folder (root, or --root)", f.Path())
}

// reread reads the file of settings again, if there is one.
func (a *app) reread() (*settings.File, error) {
	if err := a.refuseHosting(); err != nil {
		return nil, err
	}
	f, err := a.settings()
	if err != nil || f.Path() == "" {
		return new(settings.File), err
	}
	return a.schema.Read(f.Path())
}

// errPair says that one of both is missing.
var errPair = errors.New("--ftp, --sftp, --files-http or --gopher and --root go together")

// openHosting opens what the settings say is hosted; nil if that is nothing.
func (a *app) openHosting(ctx context.Context, e engine, opts serveOptions, log *slog.Logger) (h *hosting, err error) {
	f, err := a.readSettings(opts)
	if err != nil || !f.Served() {
		return nil, err
	}
	h = &hosting{opts: opts, settings: f, log: log}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	h.catalogue = newCatalogue(f, e, &opts, log)
	if h.accounts, err = newAccounts(f, showCatalogue(f, h.catalogue)); err != nil {
		return nil, err
	}
	dir, err := a.dir()
	if err != nil {
		return nil, err
	}
	if h.secured, err = openSecured(f, dir, log); err != nil {
		return nil, err
	}
	if on := f.FTP.List; on == nil || *on {
		if h.list, err = ftpd.NewPublished(dir, log); err != nil {
			return nil, err
		}
	}
	if f.SFTP.Listen != "" {
		if h.sftp.Keys, err = ssh.HostKeys(dir); err != nil {
			return nil, err
		}
	}
	if err := h.listen(ctx); err != nil {
		return nil, err
	}
	strangers := guard.New(f.Config())
	if err := strangers.Load(filepath.Join(dir, bansFile)); err != nil {
		log.Warn("the bans of before are lost", "err", err)
	}
	if err := cmp.Or(h.listenHTTP(ctx), h.listenGopher(ctx)); err != nil {
		return nil, err
	}
	h.index = newHostedIndex(e, h.accounts, h.doors, opts.refresh, log)
	h.server = ftpd.Server{
		Accounts: h.accounts.book, Greeting: f.FTP.Greeting, Names: f.FTP.Names, Guard: strangers, Stall: max(0, f.Limits.Stall.V),
		Ports: ftpd.Ports{First: f.FTP.Passive.V[0], Last: f.FTP.Passive.V[1]}, Public: f.Public(), Proxies: settings.Networks(f.FTP.Proxy),
		TLS: h.secured.config(f), Sessions: new(ftpd.Sessions), Log: log, Find: h.find(search.ByFTP), Grace: opts.ending.hosted(),
	}
	f.Apply(&h.server)
	h.sftp = ssh.Server{
		Accounts: h.accounts.book, Keys: h.sftp.Keys, Old: f.SFTP.Algorithms(), Anonymous: f.SFTP.Anonymous,
		Guard: h.server.Guard, Proxies: h.server.Proxies, Sessions: h.server.Sessions, Log: log, Grace: h.server.Grace,
	}
	h.http.server, h.gopher.server = h.httpServer(), h.gopherServer()
	return h, h.observe() //nolint:contextcheck // a log line needs none
}

// listen opens the addresses.
func (h *hosting) listen(ctx context.Context) error {
	t := &h.settings.FTP
	type address struct {
		scheme, addr string
		wrap         func(net.Listener) net.Listener
	}
	all := []address{
		{"ftp", t.Listen, func(l net.Listener) net.Listener { return l }},
		{"ftps", t.Implicit, ftpd.Implicit},
	}
	if h.settings.TLS() == "required" { // many clients begin TLS for ftps:// alone
		slices.Reverse(all)
	}
	all = append(all, address{"sftp", h.settings.SFTP.Listen, nil})
	for _, at := range all {
		if at.addr == "" {
			continue
		}
		l, err := listen(ctx, at.addr)
		if err != nil {
			return err
		}
		if at.wrap == nil {
			h.secure = append(h.secure, l)
		} else {
			h.listeners = append(h.listeners, at.wrap(l))
		}
		url, err := hostedAs(at.scheme, l.Addr(), t.Name)
		if err != nil {
			return err
		}
		h.doors = append(h.doors, url)
	}
	return nil
}

// hostedAs returns the identity of the host that serves at addr and that others reach by
// name. Without a name it is the address, or the loopback address if all addresses serve.
func hostedAs(scheme string, addr net.Addr, name string) (index.HostID, error) {
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
	id, _, _, err := hostedSchemes().Parse(scheme + "://" + net.JoinHostPort(ip, port) + "/")
	return id, err
}

// observe opens what listens to the sessions.
func (h *hosting) observe() error {
	h.server.Observe = []func(ftpd.Event){ftpd.LogTo(h.log), h.counters.Observe, h.index.observe, h.opts.watching.metrics.Hosted}
	if h.list != nil {
		h.server.Observe = append(h.server.Observe, h.list.Observe)
	}
	if path := h.settings.Resolve(h.settings.Log.Xferlog); path != "" {
		l, err := xferlog.Open(path, h.log)
		if err != nil {
			return err
		}
		h.xferlog = l
		h.server.Observe = append(h.server.Observe, l.Observe)
	}
	if k := h.settings.Hook; k.URL != "" || len(k.Command) > 0 {
		h.hook = hook.New(hook.Config{URL: k.URL, Command: k.Command, Timeout: k.Timeout.V, Retries: k.Retries.V, Queue: k.Queue.V, Log: h.log})
		h.server.Observe = append(h.server.Observe, h.uploaded)
	}
	h.sftp.Observe = h.server.Observe
	h.http.server.Observe, h.gopher.server.Observe = h.server.Observe, h.server.Observe
	return nil
}

// uploaded hands an upload that is whole to the hook.
func (h *hosting) uploaded(e ftpd.Event) {
	if e.Kind != ftpd.Stored || !e.Whole {
		return
	}
	h.hook.Add(hook.Upload{
		Path: e.Path, File: h.accounts.onDisk(e.User, e.Path), User: e.User, Peer: e.Peer.String(), Bytes: e.Bytes, Time: e.Time, Secure: e.Secure,
	})
}

// bansFile is the file of the bans in the data directory.
const bansFile = "bans.json"

// listEvery is how often the list of all files is compared with the files, besides after changes that pass through the server.
const listEvery = 5 * time.Minute

// lookAgain is how often the settings are looked at.
const lookAgain = time.Second

// serve serves until ctx is done.
func (h *hosting) serve(ctx context.Context, a *app) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	if h.settings.NobodyBySFTP() {
		h.log.Warn("nobody can log in over SFTP: add a user with trawl passwd, or set anonymous = true in [sftp] for guests")
	}
	h.opts.ending.counts(h.transfers)
	h.opts.ending.whenCut(h.cut)
	services, ctx := errgroup.WithContext(ctx)
	services.Go(func() error { return h.server.Serve(ctx, h.listeners...) })
	if len(h.secure) > 0 {
		services.Go(func() error { return h.sftp.Serve(ctx, h.secure...) })
	}
	services.Go(func() error { return h.http.serve(ctx) })
	services.Go(func() error { return h.gopher.serve(ctx) })
	services.Go(func() error {
		h.server.Guard.Keep(ctx, filepath.Join(dir, bansFile), h.log)
		return nil
	})
	services.Go(func() error { return h.index.run(ctx) })
	if h.list != nil {
		services.Go(func() error {
			h.list.Keep(ctx, func() *tree.View { return h.accounts.publish(h.list) }, listEvery)
			return nil
		})
	}
	services.Go(func() error {
		h.accounts.sweep(ctx, h.settings.FTP.Keep.V, h.log)
		return nil
	})
	services.Go(func() error {
		h.secured.obtain(ctx, h.log)
		return nil
	})
	services.Go(func() error {
		h.follow(ctx, a)
		return nil
	})
	err = services.Wait()
	n := h.counters.Counts()
	h.log.Info("hosting ended", "sessions", n.Sessions, "logins", n.Logins, "failed", n.LoginsFailed, "sent", n.Sent, "stored", n.Stored,
		"broken", n.Broken, "bytes_sent", n.BytesSent, "bytes_stored", n.BytesStored)
	return err
}

// transfers returns how many transfers are under way.
func (h *hosting) transfers() (n int) {
	for _, s := range h.server.Sessions.All() {
		if s.Doing != "" {
			n++
		}
	}
	return n
}

// cut ends all sessions at once.
func (h *hosting) cut() {
	for _, s := range h.server.Sessions.All() {
		h.server.Sessions.Kick(s.ID)
	}
}

// follow reads the settings again when their file changes, and with the log when the process is asked to by SIGHUP.
func (h *hosting) follow(ctx context.Context, a *app) {
	hangup := make(chan chan struct{}) // each is closed when all is read again
	if !a.err.tty {                    // a terminal that is closed ends what runs there
		defer a.hangup.claim(func() {
			read := make(chan struct{})
			select {
			case hangup <- read:
				<-read
			case <-ctx.Done():
			}
		})()
	}
	before := stamp(h.settings)
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		var read chan struct{} // nil: nobody has asked
		select {
		case <-ctx.Done():
			return
		case read = <-hangup:
		case <-tick.C:
		}
		asked := read != nil
		if asked && h.xferlog != nil {
			if err := h.xferlog.Reopen(); err != nil {
				h.log.Error("the log stays as it is", "err", err)
			}
		}
		if now := stamp(h.settings); asked || now != before {
			before = now
			h.reload(a)
		}
		if asked {
			close(read)
		}
	}
}

// stamp returns what changes with the file of the settings.
func stamp(f *settings.File) string {
	info, err := os.Stat(f.Path())
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}

// reload reads the settings again and takes the users from them. All else stays as it is.
func (h *hosting) reload(a *app) {
	f, err := a.readSettings(h.opts)
	if err == nil {
		err = h.accounts.set(f)
	}
	h.opts.watching.metrics.Reloaded(err)
	if err != nil {
		h.log.Error("the settings stay as they were", "err", err)
		return
	}
	h.log.Info("read the users from the settings again", "users", len(f.Users))
	h.index.again()
}

// announce prints what is hosted.
func (h *hosting) announce(out io.Writer) {
	view, folder := h.accounts.guests()
	if h.settings.CatalogueAlone() {
		folder = "the catalogue"
	} else if view == nil {
		folder = "files for users with passwords"
	} else if root := h.opts.text("ftp.root"); root != "" && h.settings.Path() == "" {
		folder = root
	}
	for _, url := range h.doors {
		fmt.Fprintf(out, "hosting %s on %s\n", index.Visible(folder), url)
	}
	if h.secured.fingerprint != "" {
		fmt.Fprintf(out, "certificate signed by itself, SHA-256 %s\n", h.secured.fingerprint)
	}
	for _, print := range ssh.Fingerprints(h.sftp.Keys) {
		fmt.Fprintf(out, "host key %s\n", print)
	}
}

// close closes all that is open. Serve must have ended.
func (h *hosting) close() {
	if h == nil {
		return
	}
	for _, l := range slices.Concat(h.listeners, h.secure, h.http.listeners, h.gopher.listeners) {
		l.Close()
	}
	if h.hook != nil {
		h.hook.Close(farewell)
	}
	if h.xferlog != nil {
		h.xferlog.Close() //nolint:errcheck // each line is in the file already
	}
	if h.accounts != nil {
		h.accounts.close()
	}
}
