package query_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/search/query"
)

// reads are texts with what Read makes of them, printed, and a part of its note; "" stands for no note.
var reads = []struct{ text, tree, note string }{
	// Signs as input methods, phones and word processors type them.
	{"ext：jpg", "ext:jpg", ""},
	{"＊.iso", "*.iso", ""},
	{"（a｜b） c", "(a | b) c", ""},
	{"“ping tree” leads", `"ping tree" leads`, ""},
	{"„Krieg und Frieden“", `"Krieg und Frieden"`, ""},
	{"«Война и мир»", `"Война и мир"`, ""},
	{"5” disk", `"5”" disk`, ""},
	{"\u202aIMG31415.jpg", "IMG31415.jpg", ""},
	{"\ufeffsize:>1G", "size:>1GiB", ""},
	{`"ext：jpg"`, `"ext：jpg"`, ""},
	{"two\u00a0words", "two words", ""},
	{"size：＞1GB", "size:>1GB", ""},

	// Exclusion and demand as other searches write them.
	{"h264 !1080p", "h264 -1080p", ""},
	{"!1080p h264", "-1080p h264", ""},
	{"!readme", `"!readme"`, ""},
	{"!!! read", "read", ""},
	{"a !!b", `a "!!b"`, ""},
	{"+debian +netinst", "debian netinst", ""},
	{"readme !.txt", "readme -.txt", ""},
	{"readme !*.txt", "readme -*.txt", ""},
	{"readme !(txt | md)", "readme -(txt | md)", ""},
	{"what !? x", `what \!? x`, ""},
	{"c++ g++", "c++ g++", ""},

	// Lists.
	{"ext:pdf;doc", "ext:doc,pdf", ""},
	{"ext:.PDF,*.doc,", "ext:doc,pdf", ""},
	{"type:video;audio", "type:audio,video", ""},

	// Fields of other programs, by their meaning.
	{"regex:^lib.*so$", "/^lib.*so$/", "regular expression"},
	{"nocase:readme", "name:readme", "read as name:"},
	{"kind:movie", "type:video", "read as type:video"},
	{"kind:video", "type:video", "read as type:video"},

	// Sizes.
	{"iso size:>1 GB", "iso size:>1GB", "unit"},
	{"size: >1GB iso", "size:>1GB iso", "behind the blank"},
	{"size:>=1,5GB", "size:>=1500MB", ""},
	{"size:>1,000,000", "size:>1MB", ""},
	{"size:>700 mib x", "size:>700MiB x", "unit"},
	{"size:5 bytes", "size:5", "unit"},
	{"size:1-2GB", "size:1GB..2GB", "read as"},
	{"size:huge", "size:16777217..128MiB", "read as"},
	{"size:empty", "size:0", "read as"},
	{"size:>1 b", "size:>=2 b", ""},
	{"iso size:> 1 gb", "iso size:>1GB", "unit"},
	{"iso size: > 1 GB x", "iso size:>1GB x", "behind the blank"},
	{"size: 1 GB", "size:1GB", "behind the blank"},
	{"size:≥1GB", "size:>=1GB", ""},
	{"size:=>1GB", "size:>=1GB", ""},
	{"size:1GB+", "size:>=1GB", ""},
	{"size:>1.000.000", "size:>1MB", ""},
	{"size:>1_000_000", "size:>1MB", ""},
	{"ext: a b", "ext:a b", "behind the blank"},

	// Times.
	{"time:17.05.2024", "time:2024-05-17", ""},
	{"time:<30 days x", "time:<1m x", "behind the blank"},
	{"time: > 1 year", "time:>1y", "behind the blank"},
	{"time:≥2020", "time:>=2020", ""},
	{"time:2020+", "time:>=2020", ""},
	{"time:2024/05/17", "time:2024-05-17", ""},
	{"time:17/05/2024", "time:2024-05-17", ""},
	{"time:05/17/2024", "time:2024-05-17", ""},
	{"time:20240517", "time:2024-05-17", ""},
	{"time:>=1.2.2024", "time:>=2024-02", ""},
	{"time:<30days", "time:<1m", ""},
	{"time:thisyear", "time:2026", "read as"},
	{"time:last-month", "time:2026-10", "read as"},
	{"time:lastweek", "time:2026-11-09..2026-11-15", "read as"},
	{"time:last7days", "time:<1w", "read as"},
	{"time:may2024", "time:2024-05", "read as"},

	// Fields of others, by their meaning.
	{"extension:iso", "ext:iso", "extension: was read as ext:"},
	{"filetype:pdf", "ext:pdf", "ext:"},
	{"folder:linux", "dir:linux", "dir:"},
	{"site:ftp.example.org", "host:ftp.example.org", "host:"},
	{"filesize:>1GB", "size:>1GB", "size:"},
	{"larger:1GB", "size:>1GB", "larger: was read as size:>"},
	{"smaller:1GB", "size:<1GB", "smaller: was read as size:<"},
	{"ext:pdf/doc", "ext:doc,pdf", ""},
	{"intitle:debian", "name:debian", "name:"},
	{"type:movie", "type:video", "type:video"},
	{"type:folder", "kind:dir", "kind:dir"},
	{"kind:folders", "kind:dir", ""},
	{"ext: iso", "ext:iso", "behind the blank"},

	// URLs.
	{"http://x", "host:x", "the URL was read as"},
	{"ftp://h:2121/pub/a%20b/", `host:"h:2121" path:"/pub/a b"`, "URL"},
	{"x sftp://me@h", "x host:h", "URL"},

	// A colon in a title.
	{"Avengers: Infinity War", `"Avengers:" Infinity War`, ""},
	{"kill bill: vol. 1", `kill "bill:" vol. 1`, ""},
	{"Mission:Impossible", `"Mission:Impossible"`, "Mission: is no field"},
	{"for i := range", "for i range", ""},
	{"drive:/x", `"drive:/x"`, "no field"},

	// Braces.
	{"*.{jpg,png}", "*.jpg | *.png", ""},
	{"img*.{jp{e,}g,gif} x", "(img*.jpeg | img*.jpg | img*.gif) x", ""},
	{"name:*.{a,b}", "name:*.a | name:*.b", ""},
	{"*.{jpg}", `*.\{jpg}`, ""},

	// Paths.
	{"/pub/linux/", `"/pub/linux/"`, ""},
	{"/pub/", "/pub/", ""},
	{"/^pub$/", "/^pub$/", ""},

	// Titles in capitals.
	{"DEMETER DOES NOT REMEMBER", `DEMETER DOES "NOT" REMEMBER`, "capitals"},
	{"READY OR NOT", `READY OR NOT`, "-"},
	{"ISO OR img", "ISO | img", ""},
}

func TestRead(t *testing.T) {
	for _, c := range reads {
		r, err := query.Read(c.text, now())
		if c.note == "-" { // it is refused: see TestOthers
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := r.Tree.String(); got != c.tree {
			t.Errorf("%q is read as %s, want %s", c.text, got, c.tree)
		}
		if !strings.Contains(r.Note, c.note) || (c.note == "") != (r.Note == "") {
			t.Errorf("%q has the note %q, want %q", c.text, r.Note, c.note)
		}
	}
}

// others are texts with one of their other readings, and its place among them at most.
var others = []struct {
	text, tree string
	within     int
}{
	{"READY OR NOT", `READY "OR" "NOT"`, 1},
	{"TO BE OR NOT TO BE", "TO BE | -TO BE", 2},
	{"to be or NOT", `to be or "NOT"`, 2},
	{"can you forgive her?", "can you forgive her", 1},
	{"who's there?!", "who's there", 1},
	{"debian or ubuntu", "debian | ubuntu", 1},
	{"debian not netinst", "debian -netinst", 1},
	{"debian and netinst", "debian netinst", 1},
	{"debian && netinst || x", "debian netinst | x", 1},
	{"kernel-?.?", "*kernel-?.?*", 1},
	{"name:kernel*gz", "name:*kernel*gz*", 1},
	{"img[0-9].jpg", `/^img[0-9]\.jpg$/`, 1},
	{"[!a-c]*.txt x", `/^[^a-c].*\.txt$/ x`, 1},
	{"kernel-[0-9]+", "/kernel-[0-9]+/", 4},
	{`^linux-\d+`, `/^linux-\d+/`, 3},
	{"foo.*bar", "/foo.*bar/", 3},
	{`(jpg|png)$`, "/(jpg|png)$/", 3},
	{"{debian,ubuntu}.iso", "debian.iso | ubuntu.iso", 1},
	{"*.jpg *.png x", "(*.jpg | *.png) x", 1},
	{"*.jpg, *.png", "*.jpg | *.png", 1},
	{"*.{jpg, png}", "*.jpg | *.png", 1},
	{"a* -*.png", "*a* -*.png", 1},
	{"<debian|ubuntu> iso", "(debian | ubuntu) iso", 1},
	{"a < b", "", 0},
	{"iso size > 1GB", "iso size:>1GB", 1},
	{"size>=1GB iso", "size:>=1GB iso", 1},
	{"ext=jpg", "ext:jpg", 1},
	{"filetype:movie", "type:video", 1},
	{"ac/dc live", `"ac dc" live`, 1},
	{"iso >1GB", "iso size:>1GB", 1},
	{"iso < 700 MiB", "iso size:<700MiB", 1},
	{"map >2023 <30d", "map time:>=2024 time:<1m", 1},
	{"bad.boys 1995", "bad boys 1995", 1},
	{"wine-6.1", "wine 6.1", 1},
	{"film −h264", "film -h264", 1},
	{"film not:h264", "film -h264", 1},
	{"*.mp3;*.ogg x", "(*.mp3 | *.ogg) x", 1},
	{"*.mp3,*.ogg", "*.mp3 | *.ogg", 1},
	{"*.(mp3|ogg)", "*.mp3 | *.ogg", 1},
	{`/^lib.*\.so/i`, `/^lib.*\.so/`, 1},
	{`pub\linux\kernel.txt`, "pub/linux/kernel.txt", 1},
	{`C:\Users\me\a.iso`, `"/Users/me/a.iso"`, 1},
	{`\\server\share\x.iso`, "server/share/x.iso", 2},
	{`C:\Program Files\x.iso`, `"Program Files/x.iso"`, 2},
	{"https://h/debian/READ%20ME?x=1", `"/debian/READ ME"`, 1},
	{"/mnt/disk/pub/a.iso", "pub/a.iso", 2},
	{"Sintel%20Trailer%20720p.mp4", `"Sintel Trailer 720p.mp4"`, 1},
	{"caf%C3%A9.txt", "café.txt", 1},
	{"100% off", "", 0},
	{`size:big file`, "size big file", 1},
	{"«\"ab»", `"«" "ab»"`, 8},
	{`7" single`, "7 single", 1},
	{`"two words`, "two words", 1},
	{"a ( b", "a b", 1},
	{"kernel", "", 0},
	{"debian netinst", "", 0},
}

func TestOthers(t *testing.T) {
	for _, c := range others {
		var trees []string
		for _, r := range query.Others(c.text, now()) {
			trees = append(trees, r.Tree.String())
			if r.Note == "" {
				t.Errorf("%q read as %s has no note", c.text, r.Tree)
			}
		}
		found := c.tree == "" && len(trees) == 0
		for i, tree := range trees {
			found = found || tree == c.tree && i < c.within
		}
		if !found {
			t.Errorf("%q: other readings are %q, want %s among the first %d", c.text, trees, c.tree, c.within)
		}
	}
}

// FuzzOthers holds readings to printing as what they are read from, to differ, and to notes in one
// line.
func FuzzOthers(f *testing.F) {
	for _, c := range reads {
		f.Add(c.text)
	}
	for _, c := range others {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		seen := map[string]bool{}
		all := query.Others(text, now())
		if literal, err := query.Read(text, now()); err == nil {
			all = append(all, literal)
		} else if wrong := (*query.Error)(nil); !errors.As(err, &wrong) {
			t.Errorf("%q: %v", text, err)
		}
		for _, r := range all {
			as := r.Tree.String()
			if seen[as] {
				t.Errorf("%q is read as %s twice", text, as)
			}
			seen[as] = true
			if strings.ContainsAny(r.Note, "\n\r\x1b") || len(r.Note) > 1000 {
				t.Errorf("%q has the note %q", text, r.Note)
			}
			back, err := query.Parse(as, now())
			if err != nil || back.String() != as {
				t.Errorf("%q is read as %s, and that as %v, %v", text, as, back, err)
			}
		}
	})
}
