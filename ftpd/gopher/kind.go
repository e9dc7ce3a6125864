package gopher

import (
	"path"
	"strings"
)

// The types of items (RFC 1436 section 3.8), with those that came later: h, i and s.
const (
	kindText    = '0'
	kindMenu    = '1'
	kindError   = '3'
	kindBinHex  = '4'
	kindArchive = '5'
	kindUU      = '6'
	kindSearch  = '7'
	kindBinary  = '9'
	kindGIF     = 'g'
	kindHTML    = 'h'
	kindInfo    = 'i'
	kindImage   = 'I'
	kindSound   = 's'
)

// kinds are the types of files by the ends of their names. All others are binary, as a text that is shown as one does less harm the other
// way round.
var kinds = byEnd(map[byte]string{ //nolint:gochecknoglobals // a table
	kindText: "txt text md markdown rst adoc org asc log nfo diz 1st me lst list csv tsv json toml yaml yml ini conf cfg diff patch " +
		"c h cc cpp hpp cs go rs py pl pm rb sh bash java js ts lua tcl el lisp scm hs ml sql tex bib asm s awk sed bat vbs pas f f90 for " +
		"md5 sha1 sha256 sha512 md5sum sha256sum sfv dsc sig eml mbox gitignore gph gophermap",
	kindBinHex:  "hqx",
	kindArchive: "zip gz tgz bz2 tbz xz txz zst tzst lz lzma lz4 z tar 7z rar arj lha lzh zoo arc cab",
	kindUU:      "uu uue",
	kindGIF:     "gif",
	kindHTML:    "html htm xhtml",
	kindImage:   "png jpg jpeg webp bmp tif tiff pcx xpm xbm pbm pgm ppm svg ico tga avif",
	kindSound:   "mp3 ogg oga opus flac wav au snd aif aiff mid midi mod xm s3m it m4a wma",
})

// texts are files without an end that are texts.
var texts = set("readme changes changelog changelogs copying copyright license licence install authors contributors news todo faq index " + //nolint:gochecknoglobals // a table
	"makefile dockerfile contents release inrelease md5sums sha1sums sha256sums sha512sums notice thanks history version manifest filelist")

func byEnd(ends map[byte]string) map[string]byte {
	all := map[string]byte{}
	for kind, list := range ends {
		for end := range strings.FieldsSeq(list) {
			all[end] = kind
		}
	}
	return all
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// kindOf returns the type of a file of a name.
//
//	a.txt, README => 0
//	a.tar.gz      => 5
//	a.iso         => 9
func kindOf(name string) byte {
	name = strings.ToLower(name)
	if end := path.Ext(name); end != "" {
		if kind, known := kinds[end[1:]]; known {
			return kind
		}
	}
	if texts[name] || strings.HasPrefix(name, "readme.") {
		return kindText
	}
	return kindBinary
}
