package gateway

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"strings"

	"trawl/index"
	"trawl/index/media"
)

// sending is how a file of an ending is sent.
type sending struct {
	kind   string // media type
	inline bool   // browsers may show it; all else they save
}

// text is the type of all that is read as it is written. Browsers do not run it.
const text = "text/plain"

// bytesOf is the type of all that browsers would run, and of all else.
const bytesOf = "application/octet-stream"

// mediaOf returns how a file is sent, by its name. The types are the same on all machines. A file that a browser
// could run has no type of its own: as a script or a style sheet it would not need to be shown.
func mediaOf(name string) sending {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	switch ending {
	case "txt", "text", "md", "markdown", "rst", "log", "nfo", "diz", "asc", "me", "1st", "lsm", "readme", "changelog", "ini", "cfg",
		"conf", "csv", "tsv", "sig", "sha1", "sha256", "sha512", "md5", "sfv", "c", "h", "cc", "cpp", "hpp", "go", "rs", "pas", "f", "for", "asm", "s",
		"diff", "patch", "tex", "json", "yaml", "yml", "toml":
		return sending{text, true}
	case "":
		if readable(name) {
			return sending{text, true}
		}
	}
	if kind := media.Shown(ending); kind != "" {
		return sending{kind, true}
	}
	return sending{cmp.Or(media.Saved(ending), bytesOf), false}
}

// readable reports whether a file without an ending is a text by custom.
func readable(name string) bool {
	return slices.Contains([]string{
		"README", "INDEX", "MESSAGE", "HEADER", "COPYING", "COPYRIGHT", "LICENSE", "LICENCE", "CHANGES", "CHANGELOG", "NEWS",
		"AUTHORS", "INSTALL", "TODO", "FAQ", "CONTENTS", "MD5SUMS", "SHA1SUMS", "SHA256SUMS", "SHA512SUMS", "MAKEFILE", "MIRRORS", "00-INDEX",
	}, strings.ToUpper(strings.TrimPrefix(name, ".")))
}

// set sets the headers that say how browsers treat the file, which may mean harm. A document that shows it runs no
// script, asks nobody but for the file itself, and has an origin of its own.
func (m sending) set(h http.Header, name string, host *index.Host) {
	kind, how := m.kind, "attachment"
	if kind == text {
		kind += "; charset=" + charsetOf(host)
	}
	if m.inline {
		how = "inline"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition(how, name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
}

// charsetOf names the charset of the texts of a host, which is mostly that of its names.
func charsetOf(host *index.Host) string {
	name := cmp.Or(host.Settings.Charset, host.Known.Charset, "utf-8")
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_.:") != "" {
		return "utf-8"
	}
	return name
}
