package gateway

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"strings"

	"trawl/index"
)

// media is how a file of an ending is sent.
type media struct {
	kind   string // media type
	inline bool   // browsers may show it; all else they save
}

// text is the type of all that is read as it is written. Browsers do not run it.
const text = "text/plain"

// bytesOf is the type of all that browsers would run, and of all else.
const bytesOf = "application/octet-stream"

// mediaOf returns how a file is sent, by its name. The types are the same on all machines. A file that a browser
// could run has no type of its own: as a script or a style sheet it would not need to be shown.
func mediaOf(name string) media {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	switch ending {
	case "txt", "text", "md", "markdown", "rst", "log", "nfo", "diz", "asc", "me", "1st", "lsm", "readme", "changelog", "ini", "cfg",
		"conf", "csv", "tsv", "sig", "sha1", "sha256", "sha512", "md5", "sfv", "c", "h", "cc", "cpp", "hpp", "go", "rs", "pas", "f", "for", "asm", "s",
		"diff", "patch", "tex", "json", "yaml", "yml", "toml":
		return media{text, true}
	case "":
		if readable(name) {
			return media{text, true}
		}
	}
	if kind := shown(ending); kind != "" {
		return media{kind, true}
	}
	return media{cmp.Or(saved(ending), bytesOf), false}
}

// readable reports whether a file without an ending is a text by custom.
func readable(name string) bool {
	return slices.Contains([]string{
		"README", "INDEX", "MESSAGE", "HEADER", "COPYING", "COPYRIGHT", "LICENSE", "LICENCE", "CHANGES", "CHANGELOG", "NEWS",
		"AUTHORS", "INSTALL", "TODO", "FAQ", "CONTENTS", "MD5SUMS", "SHA1SUMS", "SHA256SUMS", "SHA512SUMS", "MAKEFILE", "MIRRORS", "00-INDEX",
	}, strings.ToUpper(strings.TrimPrefix(name, ".")))
}

// shown returns the type of images, sounds and films that browsers show; "" is none of these. SVG runs scripts and is none.
func shown(ending string) string {
	switch ending {
	case "png", "gif", "webp", "avif", "bmp", "apng":
		return "image/" + ending
	case "jpg", "jpeg", "jpe", "jfif":
		return "image/jpeg"
	case "ico", "cur":
		return "image/vnd.microsoft.icon"
	case "tif", "tiff":
		return "image/tiff"
	case "mp3", "mp2":
		return "audio/mpeg"
	case "ogg", "oga", "opus", "spx":
		return "audio/ogg"
	case "wav":
		return "audio/wav"
	case "flac", "aac":
		return "audio/" + ending
	case "m4a", "m4b":
		return "audio/mp4"
	case "mid", "midi":
		return "audio/midi"
	case "mp4", "m4v":
		return "video/mp4"
	case "webm":
		return "video/webm"
	case "ogv":
		return "video/ogg"
	case "mov", "qt":
		return "video/quicktime"
	case "mpg", "mpeg", "mpe":
		return "video/mpeg"
	case "mkv":
		return "video/x-matroska"
	case "avi":
		return "video/x-msvideo"
	}
	return ""
}

// saved returns the type of files that browsers save and that name their type to other programs; "" is none.
func saved(ending string) string {
	switch ending {
	case "zip", "pdf", "gzip", "rtf":
		return "application/" + ending
	case "gz", "tgz":
		return "application/gzip"
	case "bz2", "tbz", "tbz2":
		return "application/x-bzip2"
	case "xz", "txz":
		return "application/x-xz"
	case "zst", "tzst":
		return "application/zstd"
	case "7z":
		return "application/x-7z-compressed"
	case "rar":
		return "application/vnd.rar"
	case "tar":
		return "application/x-tar"
	case "z":
		return "application/x-compress"
	case "iso":
		return "application/x-iso9660-image"
	case "deb":
		return "application/vnd.debian.binary-package"
	case "rpm":
		return "application/x-rpm"
	case "ps", "eps":
		return "application/postscript"
	case "epub":
		return "application/epub+zip"
	case "torrent":
		return "application/x-bittorrent"
	}
	return ""
}

// set sets the headers that say how browsers treat the file, which may mean harm. A document that shows it runs no
// script, asks nobody but for the file itself, and has an origin of its own.
func (m media) set(h http.Header, name string, host *index.Host) {
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
