package main

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"trawl/ftpd"
	"trawl/ftpd/gopher"
	"trawl/search"
)

// gopherDoor serves hosted files over Gopher, and the catalogue if that is shown.
type gopherDoor struct {
	server    gopher.Server
	listeners []net.Listener // none: it is not served
}

// listenGopher opens the address of Gopher. Its URL is the last: fewest clients know it.
func (h *hosting) listenGopher(ctx context.Context) error {
	t := &h.settings.Gopher
	if t.Listen == "" {
		return nil
	}
	l, err := listen(ctx, t.Listen)
	if err != nil {
		return err
	}
	h.gopher.listeners = append(h.gopher.listeners, l)
	addr := l.Addr()
	if t.Port != 0 {
		host, _, err := net.SplitHostPort(addr.String())
		if err != nil {
			return err //nolint:wrapcheck // never
		}
		addr = addressed(net.JoinHostPort(host, strconv.Itoa(t.Port)))
	}
	door, err := hostedAs("gopher", addr, h.gopherName())
	if err != nil {
		return err
	}
	h.doors = append(h.doors, door)
	return nil
}

// addressed is an address that others reach.
type addressed string

func (addressed) Network() string  { return "tcp" }
func (a addressed) String() string { return string(a) }

// gopherName returns the name that menus give of this machine; "" is the address that a client has connected to.
func (h *hosting) gopherName() string {
	if name := h.settings.Gopher.Name; name != "" {
		return name
	}
	return h.settings.FTP.Name
}

// gopherServer returns the server of Gopher. It shares with that of FTP what bounds and shows sessions.
func (h *hosting) gopherServer() gopher.Server {
	t := &h.settings.Gopher
	return gopher.Server{
		Accounts: h.accounts.book, Name: h.gopherName(), Port: uint16(t.Port), Results: max(0, t.Results.V), Find: h.findHere(),
		Guard: h.server.Guard, Proxies: h.server.Proxies, Stall: h.server.Stall, Sessions: h.server.Sessions, Grace: h.server.Grace, Log: h.log,
	}
}

// findHere answers searches with what is hosted at its own path, and not through the catalogue; nil if there is no catalogue.
func (h *hosting) findHere() ftpd.Find {
	find := h.find(search.ByGopher)
	if find == nil {
		return nil
	}
	return func(ctx context.Context, visitor netip.Addr, text string, limit int) (ftpd.Answer, error) {
		answer, err := find(ctx, visitor, text, limit)
		for i := range answer.Found {
			f := &answer.Found[i]
			if p, is := h.hostedAt(f.URL); is {
				f.Path = p
			}
		}
		return answer, err
	}
}

// hostedAt returns the path of the hosted file that has a URL. It reports false if the URL is of another host.
//
//	ftp://127.0.0.1:2121/a%20b, gopher://127.0.0.1:7070/9/a%20b => /a b
func (h *hosting) hostedAt(text string) (p string, is bool) {
	for _, door := range h.doors {
		if !strings.HasPrefix(text, string(door)) {
			continue
		}
		u, err := url.Parse(text)
		if err != nil {
			return "", false
		}
		if p = u.Path; door.Scheme() == "gopher" && len(p) > 2 {
			p = p[2:] // behind the type of the item
		}
		return p, true
	}
	return "", false
}

// serve serves until ctx is done.
func (d *gopherDoor) serve(ctx context.Context) error {
	if len(d.listeners) == 0 {
		return nil
	}
	return d.server.Serve(ctx, d.listeners...)
}

// gopher says what concerns Gopher.
func (k *hostingCheck) gopher() {
	t := &k.f.Gopher
	if t.Listen == "" {
		return
	}
	h := hosting{settings: k.f}
	_, guests := k.accounts.book.Guest()
	switch {
	case !guests:
		k.warns("gopher", "let guests in, or take [gopher] out", "has no passwords, and guests are not let in")
	case h.gopherName() == "":
		k.says("gopher", "menus name the address that a client connects to; behind a router set name in [gopher], and port if it is another one there")
	default:
		k.says("gopher", "menus name %s", h.gopherName())
	}
}
