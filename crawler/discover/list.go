package discover

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// longestLine is how much of a line of a list is read, in bytes.
const longestLine = 1 << 20

// List reads a list of mirrors in any of its usual forms and returns the hosts that
// can be crawled:
//
//	Site: ftp.de.debian.org             Debian's masterlist: ftp://ftp.de.debian.org/debian/
//	Archive-ftp: /debian/
//
//	dst_ftp = "ftp://h/pub/CPAN/"       CPAN's MIRRORED.BY
//	ftp us ftp://h/apache/ me@h 2024    Apache's mirrors.list
//	<a href="ftp://h/pub/">             HTML, XML, Markdown, tables with commas
//	ftp://h/pub/ or sftp://h:2222       URLs, one or more a line
//	Server = ftp://h/$repo/os/$arch     pacman's mirrorlist: ftp://h/
//	ftp.example.org or h.org/pub        names, one a line
//
// A URL of a file stands for its directory.
func (f *Finder) List(r io.Reader) ([]Host, error) {
	var found hosts
	add := func(url, from string) {
		if id, _, _, err := f.schemes.Parse(directory(url)); err == nil {
			found.add(Host{ID: id, From: from})
		}
	}
	site := "" // of the Debian stanza
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, longestLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		from := fmt.Sprintf("line %d", n)
		switch {
		case line == "":
			site = ""
			continue
		case strings.HasPrefix(line, "#"):
			continue
		}
		if field, value, ok := strings.Cut(line, ":"); ok && !strings.Contains(value, "//") {
			if value = strings.TrimSpace(value); strings.EqualFold(field, "site") {
				site = value
				continue
			}
			if scheme := f.schemeOf(field); site != "" && scheme != "" {
				add(scheme+"://"+site+"/"+strings.Trim(value, "/")+"/", from)
				continue
			}
		}
		for _, u := range f.urlsOf(line) {
			add(u, from)
		}
	}
	if err := sc.Err(); err != nil {
		return found.list, fmt.Errorf("read list of hosts: %w", err)
	}
	return found.list, nil
}

// schemeOf returns the scheme of a field of a Debian stanza: "ftp" of Archive-ftp,
// Security-ftp, CDImage-ftp and the like; "" of another field.
func (f *Finder) schemeOf(field string) string {
	for _, scheme := range f.schemes.All() {
		if strings.HasSuffix(strings.ToLower(field), "-"+scheme.Name) {
			return scheme.Name
		}
	}
	return ""
}

// urlsOf returns the URLs of a line, or the line itself if it is a plain name.
func (f *Finder) urlsOf(line string) []string {
	urls := f.urlsIn(line)
	if len(urls) == 0 && plainName.MatchString(line) {
		return []string{line}
	}
	return urls
}

// plainName fits a line that is nothing but the name of a host, with a path
// perhaps.
var plainName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*\.)+[a-zA-Z]{2,}(:[0-9]+)?(/\S*)?$`)

// directory returns the URL of the directory in which the file of a URL is. A last
// name with a dot in it is taken for a file's.
//
//	"ftp://h/pub/a.iso" => "ftp://h/pub/", "ftp://h/pub", "h.org" and "ftp://h.org" stay
func directory(u string) string {
	start := 0
	if i := strings.Index(u, "://"); i >= 0 {
		start = i + len("://")
	}
	slash := strings.LastIndex(u[start:], "/")
	if slash < 0 || !strings.Contains(u[start+slash:], ".") {
		return u
	}
	return u[:start+slash+1]
}
