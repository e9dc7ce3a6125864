package match

import (
	"bytes"
	"strings"
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
// doc/query.md shows the same table.
func Extensions(typ string) []string {
	return strings.Fields(map[string]string{
		"video":      "3gp asf avi divx f4v flv m2ts m4v mkv mov mp4 mpe mpeg mpg mts mxf ogm ogv qt rm rmvb ts vob webm wmv",
		"audio":      "aac ac3 aif aiff ape au cda dsf dts flac it m4a m4b mid midi mka mod mp2 mp3 mpc oga ogg opus ra s3m sid snd spc tta voc wav wma wv xm",
		"image":      "ai arw avif bmp cr2 cur dng eps gif heic heif icns ico iff jfif jp2 jpe jpeg jpg jxl lbm nef pbm pcx pgm png pnm ppm psd raw svg svgz tga tif tiff webp xbm xcf xpm",
		"archive":    "7z ace alz ar arc arj bz2 bz cab cpio gz hqx lha lz lz4 lzh lzma lzo lzx rar rz sea shar sit sitx sq tar taz tbz tbz2 tgz tlz txz tzst xz z zip zipx zoo zst zstd",
		"disk":       "adf bin bwt ccd cdi cue d64 d81 dmg dsk ecm esd hdi hds ima image img imz iso isz mdf mds mdx msa nrg ova ovf qcow qcow2 st toast vdi vfd vhd vhdx vmdk wim xdf",
		"document":   "azw azw3 cbr cbz chm djv djvu doc docm docx dvi epub fb2 fodt key lit lyx mobi numbers odf odg odp ods odt opf pages pdb pdf pot potx pps ppsx ppt pptx ps rtf sxc sxi sxw tex texi vsd wpd wps wri xls xlsb xlsm xlsx xps",
		"source":     "ada adb ads asm awk bas bat c c++ cc cmake cpp cs css cxx d dart diff el erl f f77 f90 f95 for go groovy h h++ hh hpp hs htm html hxx java jl js json jsx kt l lisp lua m4 ml mli mm p pas patch php pl pm po pp pro py pyx r rb rkt rs s scala scm sh sql swift tcl tsx v vala vb vhdl vim xml xsd xsl y yaml yml zig",
		"package":    "aab apk appimage crate deb ddeb dsc ebuild egg flatpak gem ipa ipk jar msix msu nupkg opk pkg pup rpm slp snap spk srpm udeb vsix war whl xpi",
		"font":       "afm bdf eot fnt fon mf otb otc otf pcf pfa pfb pfm psf snf tfm ttc ttf vlw woff woff2",
		"text":       "1st ans asc ascii bbs cfg changes conf csv diz faq ini log lsm man markdown md me nfo now org readme rst srt sub text tsv txt",
		"executable": "com cpl dll drv exe hex hlp elf efi ko lib msi nlm ocx o obj ovl prg pyc run scr so sys vxd xex",
	}[typ])
}
