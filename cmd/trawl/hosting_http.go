package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"trawl/cmd/trawl/internal/settings"
	"trawl/ftpd/httpd"
	"trawl/index"
	"trawl/web/answered"
)

// httpDoor serves hosted files over HTTP and HTTPS.
type httpDoor struct {
	server    httpd.Server
	listeners []net.Listener // none: it is not served
}

// hostedSchemes are the schemes of the doors of an archive. No source crawls those of HTTP: they are links for people and their programs.
func hostedSchemes() index.Schemes {
	return index.NewSchemes(append(schemes().All(), index.Scheme{Name: "http", Port: 80}, index.Scheme{Name: "https", Port: 443})...)
}

// listenHTTP opens the addresses of HTTP. Their URLs stand behind those by which Trawl itself reaches the files.
func (h *hosting) listenHTTP(ctx context.Context) error {
	t := &h.settings.HTTP
	if t.Listen != "" && h.settings.TLS() == "required" {
		return errors.New(`--files-http lets guests in without TLS, and tls = "required" in [ftp] lets nobody in so; set tls_listen in [http]`)
	}
	for _, at := range []struct {
		scheme, addr string
		wrap         func(net.Listener) net.Listener
	}{
		{"https", t.TLSListen, httpd.Secure},
		{"http", t.Listen, func(l net.Listener) net.Listener { return l }},
	} {
		if at.addr == "" {
			continue
		}
		l, err := listen(ctx, at.addr)
		if err != nil {
			return err
		}
		h.http.listeners = append(h.http.listeners, at.wrap(l))
		url, err := hostedAs(at.scheme, l.Addr(), h.settings.FTP.Name)
		if err != nil {
			return err
		}
		h.doors = append(h.doors, url)
	}
	return nil
}

// httpServer returns the server of HTTP. It shares with that of FTP what bounds and shows sessions.
func (h *hosting) httpServer() httpd.Server {
	f := h.settings
	srv := httpd.Server{
		Accounts: h.accounts.book, NoSums: f.HTTP.Sums != nil && !*f.HTTP.Sums, Challenges: func(files http.Handler) http.Handler { return h.secured.challenged(files) },
		Guard: h.server.Guard, Proxies: h.server.Proxies, Stall: h.server.Stall, Sessions: h.server.Sessions, Grace: h.server.Grace, Log: h.log,
	}
	if observers := h.opts.access.observers("files", httpd.User); len(observers) > 0 {
		srv.Wrap = func(files http.Handler) http.Handler { return answered.Handler(files, observers...) }
	}
	if h.secured.get != nil {
		srv.TLS = h.secured.get.Config()
		srv.TLS.MinVersion = tls.VersionTLS12
	}
	return srv
}

// serve serves until ctx is done.
func (d *httpDoor) serve(ctx context.Context) error {
	if len(d.listeners) == 0 {
		return nil
	}
	return d.server.Serve(ctx, d.listeners...)
}

// http says what concerns HTTP.
func (k *hostingCheck) http() {
	t := &k.f.HTTP
	if t.Listen == "" && t.TLSListen == "" {
		return
	}
	_, guests := k.accounts.book.Guest()
	named := false
	for i := range k.f.Users {
		named = named || k.f.Users[i].CanLogIn() && k.f.Users[i].Password != (settings.Password{})
	}
	switch {
	case t.Listen != "" && !guests:
		k.warns("http", "set tls_listen in [http], or let guests in", "in the clear there are guests alone, and guests are not let in")
	case named && t.TLSListen == "":
		k.warns("http", "set tls_listen in [http]", "users with passwords cannot log in, since there is no HTTPS")
	default:
		k.says("http", "guests come by http, users with passwords by https alone")
	}
}
