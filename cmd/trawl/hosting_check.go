package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"trawl/cmd/trawl/internal/operator"
	"trawl/cmd/trawl/internal/settings"
	"trawl/ftpd/tree"
	"trawl/index"
)

// hostingCheck tries what serve would host, and says what hinders clients.
type hostingCheck struct {
	*app
	f        *settings.File
	accounts *accounts
	running  bool // a trawl serve hosts already
	bad      int
}

// says prints a line about one thing.
func (k *hostingCheck) says(what, format string, args ...any) {
	fmt.Fprintf(k.out, "ok    %-11s %s\n", what, index.Visible(fmt.Sprintf(format, args...)))
}

// warns prints what hinders clients, and the mend.
func (k *hostingCheck) warns(what, mend, format string, args ...any) {
	k.bad++
	fmt.Fprintf(k.out, "MEND  %-11s %s; %s\n", what, index.Visible(fmt.Sprintf(format, args...)), mend)
}

// checkHosting checks what serve would host.
func (a *app) checkHosting(ctx context.Context, opts serveOptions) error {
	f, err := a.readSettings(opts)
	if err != nil {
		return err
	}
	if !f.Served() {
		return errors.New("nothing is hosted: there is no address to listen on, neither by --ftp, --sftp, --files-http or --gopher nor in trawl.toml")
	}
	k := &hostingCheck{app: a, f: f}
	if k.accounts, err = newAccounts(f, showCatalogue(f, newCatalogue(f, nil, &opts, nil))); err != nil {
		return err
	}
	defer k.accounts.close()
	dir, err := a.dir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { // host keys and a certificate are made there, as serve does
		return fmt.Errorf("make the data directory: %w", err)
	}
	if o, err := operator.Dial(ctx, dir); err == nil {
		_, err := o.Sessions(ctx) // it hosts
		k.running = err == nil
		o.Close()
	}
	k.users()
	k.catalogue(opts.gateway.on == "on")
	k.folders()
	k.addresses(ctx)
	if k.f.FTP.Listen != "" || k.f.FTP.Implicit != "" {
		k.announced(ctx)
		k.ports(ctx)
	}
	k.overSSH(dir)
	k.certificate(dir)
	k.http()
	k.gopher()
	k.watches(ctx)
	k.files()
	k.outputs()
	if k.bad > 0 {
		return exitCode(exitSome)
	}
	return nil
}

// users says who may log in.
func (k *hostingCheck) users() {
	for i := range k.f.Users {
		if u := &k.f.Users[i]; !u.CanLogIn() {
			k.warns("user", "trawl passwd "+index.Visible(u.Name)+" sets one", "%s has no password and cannot log in", u.Name)
		}
	}
	view, folder := k.accounts.guests()
	if k.f.CatalogueAlone() {
		k.says("guests", "may list and read the catalogue; nothing is hosted")
		return
	}
	if view == nil {
		k.says("guests", "there are none, so that nothing is found by a search")
		return
	}
	k.says("guests", "may %s in %s", view.Rights("/"), folder)
}

// folders tries what users may do in their folders.
func (k *hostingCheck) folders() {
	for _, user := range k.accounts.book.Users() {
		folder, login := k.accounts.onDisk(user.User, "/"), user
		if k.f.CatalogueAlone() {
			continue
		}
		f, err := os.Open(folder)
		if err == nil {
			_, err = f.Readdirnames(1)
			f.Close()
		}
		if err != nil && login.View.Rights("/").Has(tree.List) && !errors.Is(err, io.EOF) {
			k.warns("folder", "change its owner or mode, or run serve as another user", "%s cannot be listed for %s: %v", folder, user.User, err)
		}
		if login.View.Rights("/")&(tree.Write|tree.Append|tree.Mkdir) == 0 {
			continue
		}
		if err := writable(folder); err != nil {
			k.warns("folder", "change its owner or mode, or run serve as another user", "%s cannot be written for %s: %v", folder, user.User, err)
		}
	}
}

// addresses tries to listen.
func (k *hostingCheck) addresses(ctx context.Context) {
	for _, at := range []struct{ what, addr string }{
		{"ftp", k.f.FTP.Listen},
		{"ftps", k.f.FTP.Implicit},
		{"sftp", k.f.SFTP.Listen},
		{"http", k.f.HTTP.Listen},
		{"https", k.f.HTTP.TLSListen},
		{"gopher", k.f.Gopher.Listen},
	} {
		if at.addr == "" {
			continue
		}
		if strings.HasPrefix(at.addr, "socket:") {
			k.says("listen", "%s: systemd opens %s", at.what, at.addr)
			continue
		}
		l, err := listen(ctx, at.addr)
		switch {
		case err == nil:
			k.says("listen", "%s can listen on %s", at.what, l.Addr())
			l.Close()
		case errors.Is(err, syscall.EADDRINUSE) && k.running:
			k.says("listen", "%s: a trawl serve listens on %s already", at.what, at.addr)
		case errors.Is(err, syscall.EADDRINUSE):
			k.warns("listen", "end what listens there, or choose another port", "%s: %s is in use", at.what, at.addr)
		case errors.Is(err, fs.ErrPermission):
			k.warns("listen", "give it the right with setcap cap_net_bind_service=+ep, by systemd (doc/hosting.md), or choose a port from 1024 on",
				"%s: this user may not listen on %s", at.what, at.addr)
		default:
			k.warns("listen", "choose another address", "%s: %v", at.what, errors.Unwrap(err))
		}
	}
}

// announced says which address PASV gives.
func (k *hostingCheck) announced(ctx context.Context) {
	public := k.f.Public()
	anywhere, own := netip.MustParseAddr("198.51.100.1"), ownAddrs()
	for _, client := range append([]netip.Addr{anywhere}, clients(k.f)...) {
		who := "clients from elsewhere"
		if client != anywhere {
			who = "clients such as " + client.String()
		}
		addr, err := public.Addr(ctx, client, netip.Addr{})
		switch {
		case err != nil:
			k.warns("PASV", "mend the name, or write an address", "gives no address to %s: %v", who, err)
		case addr.IsValid() && client == anywhere && addr.IsPrivate():
			k.warns("PASV", "set public in [ftp] to the address of the router, or its name", "gives the private address %s to %s", addr, who)
		case addr.IsValid():
			k.says("PASV", "gives %s to %s", addr, who)
		case !slices.ContainsFunc(own, func(a netip.Addr) bool { return a.Is4() && !a.IsPrivate() && !a.IsLoopback() }):
			k.warns("PASV", "if clients from elsewhere come through a router, set public in [ftp] to its address or name",
				"gives the address that clients connect to, and this machine has private ones only: %s", join(own))
		default:
			k.says("PASV", "gives the address that clients connect to: one of %s", join(own))
		}
	}
}

// clients returns a client of each network that has an address of its own.
func clients(f *settings.File) (all []netip.Addr) {
	for network := range f.FTP.PublicFor {
		if p, err := settings.ParseNetwork(network); err == nil {
			all = append(all, p.Addr().Next())
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
}

// ownAddrs returns the addresses of this machine.
func ownAddrs() (all []netip.Addr) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			all = append(all, p.Addr())
		}
	}
	return all
}

func join[T fmt.Stringer](all []T) string {
	var words []string
	for _, a := range all {
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}

// tryPorts is how many passive ports are tried.
const tryPorts = 2000

// ports tries the passive ports.
func (k *hostingCheck) ports(ctx context.Context) {
	p := k.f.FTP.Passive.V
	if p[0] == 0 {
		k.warns("passive", `set passive = "50000-50999" in [ftp] and open these in the firewall`,
			"the system chooses the ports of data connections, so that a firewall has to let in all from 1024 on")
		return
	}
	total, used := int(p[1])-int(p[0])+1, 0
	for i := range min(total, tryPorts) {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf(":%d", int(p[0])+i))
		if err != nil {
			used++
			continue
		}
		l.Close()
	}
	if free := total - used; free < 10 {
		k.warns("passive", "choose a wider range", "%d of the ports %d-%d are free: each transfer takes one", free, p[0], p[1])
		return
	}
	k.says("passive", "%d of the ports %d-%d are free; the firewall has to let them in", total-used, p[0], p[1])
}

// certificate looks at the certificate.
func (k *hostingCheck) certificate(dir string) {
	policy := k.f.TLS()
	if !usesTLS(k.f) {
		k.says("tls", "no protocol that is served uses it")
		return
	}
	if policy == "off" {
		k.says("tls", "off: all is sent in the clear, passwords as well")
		return
	}
	s, err := openSecured(k.f, dir, nil)
	if err != nil {
		k.warns("tls", "mend the certificate", "%v", err)
		return
	}
	if s.acme != nil {
		k.says("tls", "%s; the certificate for %s comes by ACME, which has to reach the portal at port 80 of it", policy, strings.Join(k.f.FTP.ACME.Domains, ", "))
		return
	}
	c, err := s.get(&tls.ClientHelloInfo{ServerName: k.f.FTP.Name})
	if err != nil {
		k.warns("tls", "mend the certificate", "%v", err)
		return
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		k.warns("tls", "mend the certificate", "%v", err)
		return
	}
	switch left := time.Until(leaf.NotAfter); {
	case left < 0:
		k.warns("tls", "renew it", "the certificate has expired on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	case left < 14*24*time.Hour:
		k.warns("tls", "renew it", "the certificate expires on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	case k.f.FTP.Name != "" && leaf.VerifyHostname(k.f.FTP.Name) != nil:
		k.warns("tls", "get one with this name", "the certificate is not for %s", k.f.FTP.Name)
	case s.fingerprint != "":
		k.says("tls", "%s; the certificate is signed by itself: clients have to trust SHA-256 %s", policy, s.fingerprint)
	default:
		k.says("tls", "%s; the certificate is good until %s", policy, leaf.NotAfter.UTC().Format(time.DateOnly))
	}
}

// watches compares the folders of guests with what the system watches.
func (k *hostingCheck) watches(ctx context.Context) {
	_, folder := k.accounts.guests()
	if folder == "" {
		return
	}
	folders := 0
	err := filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders++
		}
		return ctx.Err() // what cannot be read is not watched
	})
	limit, read := 0, ""
	if data, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches"); err == nil {
		read = strings.TrimSpace(string(data))
	}
	if _, scanned := fmt.Sscan(read, &limit); scanned != nil || err != nil {
		k.says("watches", "%d folders; the system does not say how many it watches", folders)
		return
	}
	if folders > limit {
		k.warns("watches", fmt.Sprintf("sysctl fs.inotify.max_user_watches=%d", 2*folders),
			"there are %d folders and %d watches, so that changes made beside the server are found by looking from time to time", folders, limit)
		return
	}
	k.says("watches", "%d folders, and the system watches up to %d", folders, limit)
}

// files compares the sessions with the files that the process may have open.
func (k *hostingCheck) files() {
	limit, ok := mostOpenFiles()
	if !ok {
		return
	}
	sessions := k.f.Limits.Sessions.V
	if sessions == 0 {
		sessions = 2000
	}
	const each = 4 // the control connection, a listener, a data connection, a file
	if need := uint64(max(sessions, 0)) * each; need > limit {
		k.warns("open files", "raise the limit (LimitNOFILE of systemd, ulimit -n), or lower sessions in [limits]",
			"%d sessions may need %d, and the limit is %d", sessions, need, limit)
		return
	}
	k.says("open files", "up to %d", limit)
}

// outputs looks at the log and the hook.
func (k *hostingCheck) outputs() {
	if path := k.f.Resolve(k.f.Log.Xferlog); path != "" {
		err := writable(path)
		if errors.Is(err, fs.ErrNotExist) {
			err = writable(filepath.Dir(path))
		}
		if err != nil {
			k.warns("xferlog", "change the owner of its folder, or choose another path", "%s cannot be written: %v", path, err)
		} else {
			k.says("xferlog", "%s", path)
		}
	}
	switch h := k.f.Hook; {
	case len(h.Command) > 0:
		if _, err := exec.LookPath(h.Command[0]); err != nil {
			k.warns("hook", "mend command in [hook]", "%v", err)
		} else {
			k.says("hook", "runs %s", h.Command[0])
		}
	case h.URL != "":
		k.says("hook", "posts to a webhook")
	}
}
