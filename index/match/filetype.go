package match

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"trawl/index"
	"trawl/search/fold"
	"trawl/search/query"
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
		"video":      "3g2 3gp amv asf avi bik divx dv f4v flc fli flv m1v m2t m2ts m2v m4v mjpeg mjpg mk3d mkv mng mov mp4 mpe mpeg mpg mpv mts mxf nsv ogm ogv qt rm rmvb rv smk ts viv vivo vob webm wmv",
		"audio":      "669 aac aax ac3 aif aifc aiff alaw amr ape au awb cda dff dsf dts flac g722 gsm it kar m4a m4b m4r mid midi mka mo3 mod mp2 mp3 mpc mpga mtm nsf oga ogg okt opus ptm ra s3m shn sid snd spc spx stm tta ulaw ult vgm voc wav wma wv xm",
		"image":      "ai arw avif bmp cgm cr2 cr3 crw cur dcr dds dib dng dwg dxf emf eps epsf epsi exr fig fit fits gif heic heif icns ico iff jfif jng jp2 jpe jpeg jpf jpg jpx jxl kra lbm mrw nef nrw ora orf pbm pcd pct pcx pef pgm pict png pnm ppm psd raf ras raw rgb rw2 sgi sr2 srf svg svgz tga tif tiff wbmp webp wmf wpg x3f xbm xcf xpm xwd",
		"archive":    "7z ace alz ar arc arj ark bcpio br bz bz2 cab cpio cpt dar gtar gz hqx lbr lha lrz lz lz4 lzh lzma lzo lzs lzx pak pax rar rz sea shar sit sitx sq sqz tar taz tb2 tbr tbz tbz2 tgz tlz txz tzo tzst uc2 ustar uu uue xar xz z zip zipx zoo zpaq zst zstd",
		"disk":       "adf bin bwt ccd cdi chd cso cue d64 d71 d81 d88 dmg dms dsk ecm esd fdi g64 gdi hdi hds hfe ima image img imz iso isz mdf mds mdx msa nrg ova ovf qcow qcow2 st swm td0 toast vdi vfd vhd vhdx vmdk vpc wim xdf",
		"document":   "abw azw azw3 cb7 cbr cbt cbz chm djv djvu doc docm docx dotm dotx dvi epub fb2 fodp fods fodt hlp hwp key lit lwp lyx mht mhtml mobi numbers odf odg odp ods odt opf oth otp ots ott oxps pages pdb pdf potm potx pps ppsm ppsx ppt pptm pptx ps rtf sdc sdd sdw stw sxc sxi sxw tex texi vsd vsdx wk1 wk3 wk4 wks wp wp5 wp6 wpd wps wri xls xlsb xlsm xlsx xlt xltx xlw xps zim",
		"source":     "ac ada adb ads am asm awk bas bat bst c c++ cbl cc cjs cls cmake cmd cob coffee cpp cr cs csh css cts cxx d dart diff dtd dtx el erb erl ex exs f f03 f08 f77 f90 f95 fish for fs fsx gd go gradle groovy h h++ hh hpp hs htm html hxx idl inc ins ipynb java jl js json jsx ksh kt l less lhs lisp ltx lua ly m m4 mak mjs mk ml mli mm nim nix p pas patch php php3 php4 php5 phtml pl pm po pot pp pro proto ps1 psm1 pxd py pyi pyx qml r rb rej rkt rs s sass scala scm scss sgm sgml sh shtml spec sql sty sv swift tcl tk tmpl toml tpl tsx ui v vala vb vbs vhdl vim vue xhtml xml xsd xsl xslt y yaml yml zig zsh",
		"package":    "aab aar apk appimage appx conda crate crx ddeb deb dsc ear ebuild egg eopkg flatpak gem hpkg ipa ipk jar msix msu nupkg opk oxt pet phar pkg pup rpm sis sisx slp snap spk srpm udeb vsix war whl xap xbps xpi",
		"font":       "afm bdf dfont eot fnt fon gf mf ofm otb otc otf pcf pfa pfb pfm pk psf sfd snf tfm ttc ttf vf vlw woff woff2",
		"text":       "1st adoc ans asc ascii ass bbs bib cfg changes conf crt csr csv diz eml faq ics inf info ini log lrc lsm lst m3u m3u8 man markdown mbox md md5 me mkd nfo now org pem pls pod readme reg rst sfv sha1 sha256 sha512 srt ssa sub tab text tsv txt vcf vtt",
		"executable": "a beam class com cpl dll drv dylib efi elc elf exe hex ko lib msi nlm o obj ocx ovl prg pyc pyo run scr so sys vxd xbe xex",
	}[typ])
}

// sizeRule says which type an extension has besides that of the table, for files of some sizes.
type sizeRule struct {
	ext, typ string
	from, to int64 // both inclusive
}

// sizeRules returns the rules for extensions that have several meanings.
func sizeRules() [5]sizeRule {
	return [...]sizeRule{
		{"ts", "source", 0, 1<<20 - 1}, // TypeScript is smaller, a piece of a film is larger
		{"mts", "source", 0, 1<<20 - 1},
		{"mod", "video", 32 << 20, math.MaxInt64}, // no module of a tracker is as large, films of camcorders are
		{"key", "text", 0, 32<<10 - 1},            // keys are smaller, presentations of Keynote are larger
		{"bin", "executable", 0, 1<<20 - 1},       // firmware and programs are smaller, images of disks are larger
	}
}

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

// FileTypes says which type a file has, for those who show it. It is safe for use by several at once.
type FileTypes struct{ known fileTypes }

// NewFileTypes returns the types of query.Types.
func NewFileTypes() FileTypes { return FileTypes{newFileTypes(query.Types())} }

// Of returns the type of a file as type: knows it, "" if it has none.
func (t FileTypes) Of(name string, kind index.Kind, size int64) string {
	return t.known.of(&index.Entry{Name: name, Kind: kind, Size: size}, fold.Append(nil, name))
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
	for _, rule := range sizeRules() {
		if ext == rule.ext && rule.from <= size && size <= rule.to {
			return rule.typ
		}
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
	for _, rule := range sizeRules() {
		if types[rule.typ] {
			exts[rule.ext] = true
		}
	}
	if types["source"] {
		exts["mod"] = true // of go.mod
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
