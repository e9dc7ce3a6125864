package gopher

import (
	"html"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// here returns the place of a selector on this machine, as clients reach it.
func (s *session) here(selector string) place {
	at := place{selector: selector, host: s.Name, port: s.Port}
	if at.host == "" {
		at.host = s.local.Addr().Unmap().WithZone("").String()
	}
	if at.port == 0 {
		at.port = s.local.Port()
	}
	return at
}

// made returns a file that serve makes, for a selector that nothing hosted has; "" if it makes none. caps.txt says what a server can do,
// and robots ask for it by both names.
func (s *session) made(selector string) string {
	if strings.TrimPrefix(selector, "/") != "caps.txt" {
		return ""
	}
	return strings.ReplaceAll(`CAPS

CapsVersion=1
ExpireCapsAfter=3600

PathDelimeter=/
PathIdentity=.
PathParent=..
PathParentDouble=FALSE
PathKeepPreDelimeter=FALSE
ServerDefaultEncoding=UTF-8

ServerSoftware=Trawl
`, "\n", "\r\n")
}

// forBrowsers is the answer to a request of HTTP.
func (s *session) forBrowsers() string {
	at := s.here("")
	return "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		"Here is a Gopher server and no web server: gopher://" + net.JoinHostPort(at.host, strconv.Itoa(int(at.port))) + "/\n"
}

// webPage returns the page that leads on to a URL, for clients which do not know that the selector of an item of the type h is one.
func webPage(to string) string {
	u, err := url.Parse(strings.ToValidUTF8(to, "\ufffd"))
	if err != nil || !slices.Contains([]string{"http", "https", "ftp", "ftps", "sftp", "gopher", "gemini", "mailto"}, strings.ToLower(u.Scheme)) {
		return failure("This is no URL to which this server leads.")
	}
	escaped := html.EscapeString(u.String())
	return "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"3; url=" + escaped + "\">\n" +
		"<title>Elsewhere</title>\n<p>This is elsewhere: <a href=\"" + escaped + "\">" + escaped + "</a></p>\n"
}
