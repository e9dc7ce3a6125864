package treetest

import (
	"path"
	"strings"
)

// Kind is what a path leads to.
type Kind string

// The kinds.
const (
	File    Kind = "file"
	Folder  Kind = "folder"
	Link    Kind = "link"
	Pipe    Kind = "pipe"
	Nothing Kind = "nothing" // but the folder where it would be is there
	Nowhere Kind = "nowhere" // not even that
	Bad     Kind = "bad"     // a path that nothing can have
)

// Spelling is a path as a client may send it.
type Spelling struct {
	Sent string
	At   string // the path that it means: clean

	Name     string // At without links in its folders
	NameKind Kind   // what is there
	Real     string // At without links
	RealKind Kind

	// Through says that links are in the folders of At.
	Through bool
}

// Spellings returns the spellings of the table, for a root that is the folder dir.
func Spellings(dir string) []Spelling {
	list := append(append(plainSpellings(), folderSpellings()...), linkSpellings()...)
	for _, p := range []string{dir + "/file", "/proc/self/root/etc/passwd", "/proc/self/cwd/file"} {
		list = append(list, plain(p, p, Nowhere))
	}
	return list
}

// plain returns a spelling of a path without links.
func plain(sent, at string, kind Kind) Spelling {
	return Spelling{Sent: sent, At: at, Name: at, NameKind: kind, Real: at, RealKind: kind}
}

func plainSpellings() []Spelling {
	long := "/" + strings.Repeat("a", 256)
	deep := "/" + strings.Repeat("folder/../", 600) + "file"
	far := strings.Repeat("/folder", 700)
	return []Spelling{
		plain("/", "/", Folder),
		plain("//", "/", Folder),
		plain("/..", "/", Folder),
		plain("/file", "/file", File),
		plain("//file", "/file", File),
		plain("///.//file", "/file", File),
		plain("/folder/../file", "/file", File),
		plain("/missing/../file", "/file", File),
		plain("/../file", "/file", File),
		plain("/../../../../../../file", "/file", File),
		plain("/file/", "/file", File),
		plain("/file/.", "/file", File),
		plain("/file/..", "/", Folder),
		plain("/folder", "/folder", Folder),
		plain("/folder/", "/folder", Folder),
		plain("/folder/.", "/folder", Folder),
		plain("/folder//inner", "/folder/inner", File),
		plain("/empty", "/empty", Folder),
		plain("/empty/", "/empty", Folder),
		plain("/missing", "/missing", Nothing),
		plain("/missing/deeper", "/missing/deeper", Nowhere),
		plain("/file/below", "/file/below", Nowhere),
		plain("/fifo", "/fifo", Pipe),
		plain("/source", Source, File),
		plain(`/\file`, `/\file`, Nothing),
		plain(`/folder\inner`, `/folder\inner`, Nothing),
		plain(`/..\file`, `/..\file`, Nothing),
		plain(`/folder/..\..\file`, `/folder/..\..\file`, Nothing),
		plain("/%2e%2e/file", "/%2e%2e/file", Nowhere),
		plain("/%2e", "/%2e", Nothing),
		plain("/fil%65", "/fil%65", Nothing),
		plain("/%2ffile", "/%2ffile", Nothing),
		plain("/...", "/...", Nothing),
		plain("/.. ", "/.. ", Nothing),
		plain("/~", "/~", Nothing),
		plain("/~root/file", "/~root/file", Nowhere),
		plain("/C:/file", "/C:/file", Nowhere),
		plain("/file:stream", "/file:stream", Nothing),
		plain("/ file", "/ file", Nothing),
		plain("/file\x00", "", Bad),
		plain("/file\x00.txt", "", Bad),
		plain("/folder\x00/inner", "", Bad),
		plain("/caf\xe9", "/caf\xe9", File),
		plain("/caf\uefe9", "/caf\xe9", File),
		plain("/\xff\xfe", "/\xff\xfe", Nothing),
		plain("/\xc0\xae\xc0\xae/file", "/\xc0\xae\xc0\xae/file", Nowhere), // dots, overlong
		plain("/\uef2e\uef2e/file", "/\uef2e\uef2e/file", Nowhere),         // dots of the range of package names
		plain("/folder\uef2finner", "/folder\uef2finner", Nothing),
		plain("/\uff0e\uff0e/file", "/\uff0e\uff0e/file", Nowhere), // dots, full width
		plain(long, long, Bad),
		plain(far, far, Bad),
		plain(deep, "/file", File),
	}
}

// folderSpellings returns paths in the folders that have rights of their own.
func folderSpellings() []Spelling {
	return []Spelling{
		plain("/closed", "/closed", Folder),
		plain("/closed/", "/closed", Folder),
		plain("/closed/file", "/closed/file", File),
		plain("/closed/missing", "/closed/missing", Nothing),
		plain("/closed/../file", "/file", File),
		plain("/folder/../closed/file", "/closed/file", File),
		plain("/CLOSED/file", "/CLOSED/file", Nowhere),
		plain("/pub", "/pub", Folder),
		plain("/pub/file", "/pub/file", File),
		plain("/pub/missing", "/pub/missing", Nothing),
		plain("/pub/../closed/file", "/closed/file", File),
		plain("/drop", "/drop", Folder),
		plain("/drop/file", "/drop/file", File),
		plain("/drop/sub", "/drop/sub", Folder),
		plain("/drop/sub/missing", "/drop/sub/missing", Nothing),
	}
}

func linkSpellings() []Spelling {
	// link returns the spelling of a path that is a link itself.
	link := func(at, real string, kind Kind) Spelling {
		return Spelling{Sent: at, At: at, Name: at, NameKind: Link, Real: real, RealKind: kind}
	}
	// through returns the spelling of a path whose folder is a link.
	through := func(at, real string, kind Kind) Spelling {
		s := plain(at, real, kind)
		s.At, s.Through = path.Clean(at), true
		return s
	}
	list := []Spelling{
		link("/links/in", "/file", File),
		link("/links/folder", "/folder", Folder),
		link("/links/far", "/folder", Folder),
		link("/links/closed", "", Nowhere),
		link("/links/drop", "/drop", Folder),
		link("/links/pub", "/pub", Folder),
		link("/links/out", "", Nowhere),
		link("/links/absolute", "/etc", Nothing), // an absolute target counts from the root of the store
		link("/links/rooted", "/folder", Folder),
		through("/links/rooted/inner", "/folder/inner", File),
		link("/links/shut", "", Nowhere),
		through("/links/shut/file", "", Nowhere),
		through("/links/hidden/0123456789abcdef", "", Nowhere),
		link("/links/self", "/file", File), // the path of the root on this machine is the root
		link("/links/selfshut", "", Nowhere),
		link("/links/selfout", "", Nowhere),
		through("/links/selfroot/folder/inner", "/folder/inner", File),
		link("/links/dangling", "/links/missing", Nothing),
		link("/links/new", "/folder/new", Nothing),
		link("/links/loop", "", Nowhere),
		link("/links/proc", "", Nowhere),
		link("/links/trawl", "", Nowhere),
		link("/links/up", "", Nowhere), // a folder that does not exist for the user is not passed
		through("/links/folder/inner", "/folder/inner", File),
		through("/links//folder/./inner", "/folder/inner", File),
		through("/links/far/inner", "/folder/inner", File),
		through("/links/folder/missing", "/folder/missing", Nothing),
		through("/links/in/below", "/file/below", Nowhere),
		through("/links/closed/file", "", Nowhere),
		through("/links/closed/missing", "", Nowhere),
		through("/links/drop/file", "/drop/file", File),
		through("/links/pub/file", "/pub/file", File),
		through("/links/out/file", "", Nowhere),
		through("/links/absolute/passwd", "", Nowhere),
		through("/links/loop/file", "", Nowhere),
		through("/links/dangling/file", "/links/missing/file", Nowhere),
		through("/links/proc/etc/passwd", "", Nowhere),
		through("/links/trawl/0123456789abcdef", "", Nowhere),
	}
	for _, name := range []string{
		"/.trawl", "/.trawl/", "/.trawl/0123456789abcdef", "/.TRAWL/0123456789abcdef", "/.trawl /0123456789abcdef",
		"/.trawl./x", "/folder/.trawl", "/folder/.Trawl/x", "/.tra\u200dwl/0123456789abcdef", "/./.trawl//0123456789abcdef",
		"/folder/../.trawl/0123456789abcdef", "/TRAWL~1/0123456789abcdef",
	} {
		list = append(list, plain(name, "", Nowhere))
	}
	drop := link("/drop/link", "/file", File)
	return append(list, drop)
}
