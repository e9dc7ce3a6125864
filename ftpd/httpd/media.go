package httpd

import (
	"cmp"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"trawl/ftpd/names"
	"trawl/index/media"
)

const (
	text    = "text/plain; charset=utf-8"
	unknown = "application/octet-stream"
)

// foreign is the policy of a document that is somebody's file: it has an origin of its own, runs nothing, and shows what lies on this
// server alone.
const foreign = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; font-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
	"frame-ancestors 'none'; form-action 'none'; base-uri 'none'"

// typed sets the type of a file, and bounds what a browser does with it. The type is that of the name; k, which may be nil, is looked
// into where the name has none.
func typed(h http.Header, name string, k *content) error {
	kind := mediaOf(name)
	if kind == "" && k != nil {
		b, err := k.begin()
		if err != nil {
			return err
		}
		kind = sniff(b)
	}
	if kind == "" {
		kind = unknown
	}
	h["Content-Type"] = []string{kind}
	if runs(kind) {
		h.Set("Content-Security-Policy", foreign)
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		h.Set("Content-Disposition", "inline; filename*=UTF-8''"+escape(names.Line(names.Encode(name))))
	}
	return nil
}

// runs reports whether a browser might run what a document of a type holds.
func runs(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return kind == "text/html" || strings.HasSuffix(kind, "xml") || kind == "text/xsl"
}

// sniff returns the type that the first bytes show: never one of what a browser runs.
func sniff(b []byte) string {
	kind := http.DetectContentType(b)
	if strings.HasPrefix(kind, "text/") {
		return text
	}
	return kind
}

// mediaOf returns the type of files of a name; "" if the name has none. It is the same on all machines.
func mediaOf(name string) string {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if ending == "" || len(ending) > 12 {
		return ""
	}
	return cmp.Or(written(ending), media.Shown(ending), media.Saved(ending), program(ending))
}

// written returns the type of what people write; "" is none of it.
func written(ending string) string {
	switch ending {
	case "txt", "text", "md", "markdown", "rst", "log", "nfo", "diz", "asc", "me", "1st", "lsm", "ini", "cfg", "conf", "csv",
		"tsv", "sig", "sha1", "sha256", "sha512", "md5", "sfv", "c", "h", "cc", "cpp", "hpp", "go", "rs", "py", "sh", "pl",
		"pas", "f", "for", "asm", "s", "diff", "patch", "tex", "yaml", "yml", "toml", "dsc", "changes":
		return text
	case "html", "htm":
		return "text/html; charset=utf-8"
	case "xhtml":
		return "application/xhtml+xml"
	case "svg":
		return "image/svg+xml"
	case "css":
		return "text/css; charset=utf-8"
	case "js", "mjs":
		return "text/javascript; charset=utf-8"
	case "json":
		return "application/json"
	case "xml", "xsl", "rss", "atom":
		return "application/xml"
	}
	return ""
}

// program returns the type of what only programs read; "" is none of it.
func program(ending string) string {
	switch ending {
	case "woff2":
		return "font/woff2"
	case "wasm":
		return "application/wasm"
	case "exe", "bin", "img", "dmg", "msi", "com", "dll", "dat", "rom":
		return unknown
	}
	return ""
}

// icon returns the symbol of a file.
func icon(name string) string {
	kind := mediaOf(name)
	whole, _, _ := strings.Cut(kind, "/")
	switch {
	case whole == "image", whole == "audio", whole == "video", whole == "text":
		return whole
	case strings.Contains(kind, "iso9660"):
		return "disk"
	case strings.Contains(kind, "debian"), strings.Contains(kind, "rpm"):
		return "package"
	case strings.Contains(kind, "pdf"), strings.Contains(kind, "postscript"), strings.Contains(kind, "epub"):
		return "document"
	case kind != "" && kind != unknown && whole == "application":
		return "archive"
	}
	return "file"
}
