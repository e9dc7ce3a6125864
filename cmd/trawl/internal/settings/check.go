package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Check checks what one value alone does not show.
func (f *File) Check() error {
	return faults(f.checkTLS(), f.checkAddresses(), f.checkSFTP(), f.checkHTTP(), f.checkGopher(), f.checkCatalogue(), f.checkNames(),
		f.checkHook(), f.checkLists(), f.checkUsers(), f.checkTexts(reflect.ValueOf(f).Elem(), ""))
}

// checkTLS checks what is said of TLS and of the certificate.
func (f *File) checkTLS() error {
	t := &f.FTP
	switch t.TLS {
	case "", "off", "offered", "users", "required":
	default:
		return f.wrong("ftp.tls", fmt.Errorf("tls = %q is not known; it is off, offered, users (all but guests need it) or required", t.TLS))
	}
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return f.wrong("ftp", errors.New("certificate and key go together"))
	case t.Certificate != "" && len(t.ACME.Domains) > 0:
		return f.wrong("ftp.certificate", errors.New("a certificate comes from files or from [ftp.acme], not from both"))
	case t.TLS == "off" && slices.ContainsFunc(f.Users, func(u User) bool { return u.Secure }):
		return f.wrong("ftp.tls", errors.New("there is a user who is let in over TLS alone (secure = true)"))
	case t.Implicit != "" && t.TLS == "off":
		return f.wrong("ftp.implicit", errors.New(`implicit FTPS needs TLS; take tls = "off" out`))
	}
	return nil
}

// checkAddresses checks where serve shall listen.
func (f *File) checkAddresses() error {
	for _, at := range []struct{ name, addr string }{
		{"ftp.listen", f.FTP.Listen},
		{"ftp.implicit", f.FTP.Implicit},
		{"sftp.listen", f.SFTP.Listen},
		{"http.listen", f.HTTP.Listen},
		{"http.tls_listen", f.HTTP.TLSListen},
		{"gopher.listen", f.Gopher.Listen},
	} {
		if at.addr != "" && !listenable(at.addr) {
			return f.wrong(at.name, fmt.Errorf("%q is no address to listen on; write it as \":21\", \"192.0.2.7:21\" or \"socket:ftp\"", at.addr))
		}
	}
	return nil
}

// listenable reports whether a text is an address with a port, or names a socket. A port may have a name.
func listenable(addr string) bool {
	if socket, inherited := strings.CutPrefix(addr, "socket:"); inherited {
		return socket != ""
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil || port[0] > '9'
}

// checkNames checks the names of this machine.
func (f *File) checkNames() error {
	t := &f.FTP
	names := map[string]string{"ftp.name": t.Name, "ftp.public": t.Public, "gopher.name": f.Gopher.Name}
	for i, name := range t.Names {
		names[fmt.Sprintf("ftp.names[%d]", i)] = cmp.Or(name, " ")
	}
	for i, name := range t.ACME.Domains {
		names[fmt.Sprintf("ftp.acme.domains[%d]", i)] = cmp.Or(name, " ")
	}
	for network, name := range t.PublicFor {
		at := "ftp.public_for." + network
		if _, err := ParseNetwork(network); err != nil {
			return f.wrong(at, err)
		}
		names[at] = name
	}
	for _, at := range slices.Sorted(maps.Keys(names)) {
		name := names[at]
		if _, err := netip.ParseAddr(name); err != nil && strings.ContainsAny(name, " /:@?#[]%\\") {
			return f.wrong(at, fmt.Errorf("%q is no name or address of a machine; write it as files.example.org", strings.TrimSpace(name)))
		}
	}
	if url := t.ACME.Directory; url != "" && !webURL(url) {
		return f.wrong("ftp.acme.directory", fmt.Errorf("%q is no address of an authority; write it as https://acme.example.org/directory", url))
	}
	return nil
}

// checkHook checks what is done with uploads.
func (f *File) checkHook() error {
	h := &f.Hook
	_, commanded := f.where["hook.command"]
	commanded = commanded || len(h.Command) > 0
	switch {
	case h.URL != "" && commanded:
		return f.wrong("hook", errors.New("a hook is a url or a command, not both"))
	case commanded && (len(h.Command) == 0 || h.Command[0] == ""):
		return f.wrong("hook.command", errors.New(`command names no program; write it as ["/usr/local/bin/scan", "--quiet"], or take it out`))
	case h.URL != "" && !webURL(h.URL):
		return f.wrong("hook.url", fmt.Errorf("%q is no address of a webhook; write it as https://example.org/hook", h.URL))
	}
	return nil
}

// webURL reports whether a text is the URL of something on a web server.
func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// checkTexts refuses control characters in all texts: none of them has a use in a path, a name or a reply.
func (f *File) checkTexts(v reflect.Value, path string) error {
	if v.Kind() == reflect.String && strings.ContainsFunc(v.String(), unicode.IsControl) {
		return f.wrong(path, fmt.Errorf("%q holds a control character; take it out", v.String()))
	}
	for _, p := range parts(v) {
		if v.Kind() == reflect.Map && strings.ContainsFunc(p.name, unicode.IsControl) {
			return f.wrong(path+p.name, fmt.Errorf("%q holds a control character; take it out", p.name[1:]))
		}
		if err := f.checkTexts(p.value, path+p.name); err != nil {
			return err
		}
	}
	return nil
}
