package discover

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"trawl/index"
)

// longestLine is how much of a line of a list is read, in bytes.
const longestLine = 1 << 20

// List reads a list of mirrors in any of its usual forms and returns the hosts
// that can be crawled:
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
func List(r io.Reader) ([]Host, error) {
	var found hosts
	site := "" // of the Debian stanza
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, longestLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		from := fmt.Sprintf("line %d", n)
		if line == "" {
			site = ""
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		if field, value, ok := strings.Cut(line, ":"); ok && !strings.Contains(value, "//") {
			if value = strings.TrimSpace(value); strings.EqualFold(field, "site") {
				site = value
				continue
			}
			if found.field(site, field, value, from) {
				continue
			}
		}
		urls := urlsIn(line)
		for _, u := range urls {
			found.url(u, from)
		}
		if len(urls) == 0 && plainName.MatchString(line) {
			found.url("ftp://"+line, from)
		}
	}
	if err := sc.Err(); err != nil {
		return found.list, fmt.Errorf("read list of hosts: %w", err)
	}
	return found.list, nil
}

// field adds the host of a field of a Debian stanza: Archive-ftp, Security-ftp,
// CDImage-ftp and the like. It is false for another field.
func (h *hosts) field(site, field, value, from string) bool {
	if site == "" || !strings.HasSuffix(strings.ToLower(field), "-ftp") {
		return false
	}
	h.url("ftp://"+site+"/"+strings.Trim(value, "/")+"/", from)
	return true
}

// plainName fits a line that is nothing but the name of a host, with a path
// perhaps.
var plainName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*\.)+[a-zA-Z]{2,}(:[0-9]+)?(/\S*)?$`)

// url adds the host of a URL; what is none is left out.
func (h *hosts) url(u, from string) {
	id, _, _, err := index.ParseHost(directory(u))
	if err == nil {
		h.add(Host{ID: id, From: from})
	}
}

// directory returns the URL of the directory in which the file of a URL is. A
// last name with a dot in it is taken for a file's.
//
//	"ftp://h/pub/a.iso" => "ftp://h/pub/", "ftp://h/pub" and "ftp://h.org" stay
func directory(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	slash := strings.LastIndex(rest, "/")
	if slash >= 0 && strings.Contains(rest[slash:], ".") {
		rest = rest[:slash+1]
	}
	return scheme + "://" + rest
}
