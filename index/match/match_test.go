package match_test

import (
	"slices"
	"testing"

	"trawl/index"
)

// matches are queries with all the names that they find.
var matches = []struct {
	query string
	want  []string // sorted
}{
	{"cafe -dir:/usr", []string{"CAFÉ", "Cafe.txt", "café-menu.txt"}},
	{"CAFÉ", []string{"CAFÉ", "Cafe.txt", "café-menu.txt"}},
	{"case:Cafe", []string{"Cafe.txt"}},
	{"case:CAFÉ", []string{"CAFÉ"}},
	{"strasse dir:/texte", []string{"STRASSENBAHN.txt", "Straßenverzeichnis München.pdf"}},
	{"fullwidth", []string{"ｆｕｌｌｗｉｄｔｈ.txt"}},
	{"トトロ", []string{"となりのトトロ.mp3", "トトロ.mp3"}},
	{"группа", []string{"Группа крови.mp3"}},
	{"buck bunny", []string{"Big Buck Bunny (2008)", "BigBuckBunny_640x360.m4v", "big_buck_bunny_1080p.avi"}},
	{`"buck bunny"`, []string{"Big Buck Bunny (2008)", "big_buck_bunny_1080p.avi"}},
	{"buck poster", []string{"poster.jpg"}},
	{"films mkv", []string{"Sintel.2010.1080p.mkv", "tears_of_steel_1080p.mkv"}},
	{"films", []string{"films"}},
	{"(films | texte) epub", []string{"Les Miserables (annotated).epub", "Les Misérables.epub"}},
	{"miserables -annotated", []string{"Les Misérables.epub"}},
	{"Historic/linux", []string{"linux-0.01.tar.bz2", "linux-0.01.tar.bz2.sign"}},
	{`"bach/"`, []string{"Bach"}},
	{"films/", []string{"films"}},
	{"ilms/", []string{"films"}},
	{"film/", nil},
	{"musik/bach/", []string{"Bach"}},
	{"media/films/", nil},
	{"case:films/", []string{"films"}},
	{"case:Films/", nil},
	{"films/ mkv", []string{"Sintel.2010.1080p.mkv", "tears_of_steel_1080p.mkv"}},
	{"mkv -films/", nil},
	{`"*/"`, nil},
	{"boot.img/", nil},
	{"what\\?", []string{"what?.txt"}},
	{"wh?t*.txt dir:/texte", []string{"what?.txt"}},
	{"wh?t\\?.txt", []string{"what?.txt"}},
	{"c++ dir:/texte", []string{"c++ primer.pdf"}},
	{"100%", []string{"100% legal.txt"}},
	{"*.adf", []string{"Deluxe Paint III.adf", "Workbench-1.3.adf"}},
	{"???????.D64", []string{"JUMPMAN.D64"}},
	{"*o?? img | *oo?.img", []string{"boot.img", "root.img"}},
	{"path:/archive/**/*.mod", []string{"Space Debris.mod", "enigma.mod"}},
	{"path:/archive/*.mod", nil},
	{"path:amiga/mods/*", []string{"INDEX", "Space Debris.mod", "enigma.mod"}},
	{"path:amiga/**/INDEX", []string{"INDEX"}},
	{"dir:/archive/amiga kind:file ext:adf,mod", []string{"Deluxe Paint III.adf", "Space Debris.mod", "Workbench-1.3.adf", "enigma.mod"}},
	{"dir:amiga/ kind:file ext:adf,mod", []string{"Deluxe Paint III.adf", "Space Debris.mod", "Workbench-1.3.adf", "enigma.mod"}},
	{"dir:amig/ kind:file", nil},
	{"dir:/archive/am*/mods/ ext:mod", []string{"Space Debris.mod", "enigma.mod"}},
	{"dir:/archive/ami*/** mod", []string{"Space Debris.mod", "enigma.mod"}},
	{`/^linux-\d+\.\d+\.tar/`, []string{"linux-0.01.tar.bz2", "linux-0.01.tar.bz2.sign", "linux-3.0.tar.bz2"}},
	{`/^linux-\d\.\d+\.tar\.bz2(\.sign)?$/ host:mirror`, []string{"linux-0.01.tar.bz2"}},
	{`path:/simtel.*exe$/`, []string{"PKUNZIP.EXE", "pkz204g.exe"}},
	{`case:/^PKU/`, []string{"PKUNZIP.EXE"}},
	{"name:simtel", nil},
	{"host:old.example.com type:disk", []string{"Deluxe Paint III.adf", "JUMPMAN.D64", "Workbench-1.3.adf", "boot.img"}},
	{"host:ftp://old.example.com:21/ type:disk", []string{"Deluxe Paint III.adf", "JUMPMAN.D64", "Workbench-1.3.adf", "boot.img"}},
	{"host:old.* kernel", nil},
	{"type:video size:>1G", []string{"Sintel.2010.1080p.mkv"}},
	{"size:0", []string{".message"}},
	{"size:1..2 dir:/pub", []string{"a", "b"}},
	{"time:1983..1992 ext:adf,mod time:<1992", []string{"Deluxe Paint III.adf", "Workbench-1.3.adf", "enigma.mod"}},
	{"places:3.. linux", []string{"linux-0.01.tar.bz2"}},
	{"ext:tar.bz2 places:1", []string{"linux-3.0.tar.bz2"}},
	{"kind:link", []string{"kernel"}},
	{"kind:dir host:media", []string{"Bach", "Big Buck Bunny (2008)", "Motörhead", "Tears of Steel", "films"}},
	{"host:media -time:>1970 -kind:dir", []string{"unknown.bin"}},
	{"\u0301 size:0", nil},
}

func TestMatch(t *testing.T) {
	c := load(t)
	for _, m := range matches {
		got := names(c.ask(t, index.Query{Tree: parse(t, m.query), Limit: index.MaxLimit}))
		slices.Sort(got)
		if !slices.Equal(got, m.want) {
			t.Errorf("%s finds\n%q, want\n%q", m.query, got, m.want)
		}
	}
}
