package match

import (
	"bytes"
	"fmt"
	"strings"

	"trawl/index"
)

// ExtOf returns the extension of a folded name, without the dot: "a.tar.gz" =>
// "gz", "readme" => "", ".profile" => "".
func ExtOf(folded []byte) []byte {
	i := bytes.LastIndexByte(folded, '.')
	if i <= 0 {
		return nil
	}
	return folded[i+1:]
}

// EndOf returns what is behind the last dot of a folded name: as ExtOf, but ".profile" =>
// "profile". The candidate Ext means this.
func EndOf(folded []byte) []byte {
	if i := bytes.LastIndexByte(folded, '.'); i >= 0 {
		return folded[i+1:]
	}
	return nil
}

// Extensions returns the extensions of a type of files, as type: knows it.
// doc/query.md shows the same table, and what fileTypes adds to it.
func Extensions(typ string) []string {
	return strings.Fields(map[string]string{
		"video":      "3gp asf avi divx f4v flv m2ts m4v mkv mov mp4 mpe mpeg mpg mts mxf ogm ogv qt rm rmvb ts vob webm wmv",
		"audio":      "aac ac3 aif aiff ape au cda dsf dts flac it m4a m4b mid midi mka mod mp2 mp3 mpc oga ogg opus ra s3m sid snd spc tta voc wav wma wv xm",
		"image":      "ai arw avif bmp cr2 cur dng eps gif heic heif icns ico iff jfif jp2 jpe jpeg jpg jxl lbm nef pbm pcx pgm png pnm ppm psd raw svg svgz tga tif tiff webp xbm xcf xpm",
		"archive":    "7z ace alz ar arc arj bz2 bz cab cpio gz hqx lha lrz lz lz4 lzh lzma lzo lzx rar rz sea shar sit sitx sq tar taz tbz tbz2 tgz tlz txz tzst xz z zip zipx zoo zst zstd",
		"disk":       "adf bin bwt ccd cdi cue d64 d81 dmg dsk ecm esd hdi hds ima image img imz iso isz mdf mds mdx msa nrg ova ovf qcow qcow2 st toast vdi vfd vhd vhdx vmdk wim xdf",
		"document":   "azw azw3 cbr cbz chm djv djvu doc docm docx dvi epub fb2 fodt key lit lyx mobi numbers odf odg odp ods odt opf pages pdb pdf pot potx pps ppsx ppt pptx ps rtf sxc sxi sxw tex texi vsd wpd wps wri xls xlsb xlsm xlsx xps",
		"source":     "ada adb ads asm awk bas bat c c++ cc cjs cmake cpp cs css cts cxx d dart diff el erl f f77 f90 f95 for go groovy h h++ hh hpp hs htm html hxx java jl js json jsx kt l lisp lua m m4 mjs ml mli mm p pas patch php pl pm po pp pro py pyx r rb rkt rs s scala scm sh sql swift tcl tsx v vala vb vhdl vim xml xsd xsl y yaml yml zig",
		"package":    "aab apk appimage crate deb ddeb dsc ebuild egg flatpak gem ipa ipk jar msix msu nupkg opk pkg pup rpm slp snap spk srpm udeb vsix war whl xpi",
		"font":       "afm bdf eot fnt fon mf otb otc otf pcf pfa pfb pfm psf snf tfm ttc ttf vlw woff woff2",
		"text":       "1st ans asc ascii bbs cfg changes conf csv diz faq ini log lsm man markdown md me nfo now org readme rst srt sub text tsv txt",
		"executable": "com cpl dll drv exe hex hlp elf efi ko lib msi nlm ocx o obj ovl prg pyc run scr so sys vxd xex",
	}[typ])
}

// Sizes below or from which an extension means another type.
const (
	sourceBound = 1 << 20  // TypeScript is smaller, a piece of a film is larger
	filmBound   = 32 << 20 // no module of a tracker is as large, films of camcorders are
	keyBound    = 32 << 10 // keys are smaller, presentations of Keynote are larger
	codeBound   = 1 << 20  // firmware and programs are smaller, images of disks are larger
)

// fileTypes knows the type of a file by its name and its size. A file of unknown size, and a link,
// has the type of its extension in the table.
type fileTypes map[string]string // type by extension

func newFileTypes(types []string) fileTypes {
	t := fileTypes{}
	for _, typ := range types {
		for _, ext := range Extensions(typ) {
			t[ext] = typ
		}
	}
	return t
}

// of returns the type of an entry whose folded name is given, "" if it has none. A part of a file
// that was split has the type of the whole: "a.iso.001" is a disk.
func (t fileTypes) of(e *index.Entry, folded []byte) string {
	if e.Kind == index.Dir {
		return ""
	}
	ext := ExtOf(folded)
	if numbered(ext) {
		if whole := ExtOf(folded[:len(folded)-len(ext)-1]); splits(t[string(whole)]) {
			return t[string(whole)]
		}
		return ""
	}
	if volume(ext) {
		return "archive"
	}
	typ := t[string(ext)]
	size := index.UnknownSize
	if e.Kind == index.File {
		size = e.Size
	}
	if string(folded) == "go.mod" {
		return "source"
	}
	if size == index.UnknownSize {
		return typ
	}
	return bySize(string(ext), size, typ)
}

// bySize returns the type of a file whose extension has several meanings, else typ.
func bySize(ext string, size int64, typ string) string {
	switch {
	case (ext == "ts" || ext == "mts") && size < sourceBound:
		return "source"
	case ext == "mod" && size >= filmBound:
		return "video"
	case ext == "key" && size < keyBound:
		return "text"
	case ext == "bin" && size < codeBound:
		return "executable"
	}
	return typ
}

// numbered reports whether an extension is the number of a part: 001.
func numbered(ext []byte) bool {
	return len(ext) == 3 && ext[0] == '0' && digit(ext[1]) && digit(ext[2])
}

// volume reports whether an extension is that of a part of an archive: r00 and s00 of RAR, z01 of ZIP,
// a01 of ARJ, c00 of ACE.
func volume(ext []byte) bool {
	return len(ext) == 3 && strings.IndexByte(volumeLetters, ext[0]) >= 0 && digit(ext[1]) && digit(ext[2])
}

const volumeLetters = "acrsz"

// splits reports whether files of a type are split into numbered parts.
func splits(typ string) bool { return typ == "archive" || typ == "disk" || typ == "video" }

// candidates returns all extensions that files of some types may have, and others.
func (t fileTypes) candidates(types map[string]bool) map[string]bool {
	exts := map[string]bool{}
	for ext, typ := range t {
		if types[typ] {
			exts[ext] = true
		}
	}
	for _, other := range [][2]string{{"source", "ts"}, {"source", "mts"}, {"source", "mod"}, {"video", "mod"}, {"text", "key"}, {"executable", "bin"}} {
		if types[other[0]] {
			exts[other[1]] = true
		}
	}
	for n := range 100 {
		if types["archive"] || types["disk"] || types["video"] {
			exts[fmt.Sprintf("%03d", n)] = true
		}
		for _, letter := range volumeLetters {
			if types["archive"] {
				exts[fmt.Sprintf("%c%02d", letter, n)] = true
			}
		}
	}
	return exts
}
