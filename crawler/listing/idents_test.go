package listing

import (
	"slices"
	"strings"
	"testing"

	"trawl/index"
)

// The identifiers of a server come beside the entries, in whatever order, and so does
// that of the directory itself.
func TestIdents(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		dir        string   // the identifier of the directory
		want       []string // "identifier name"; nil if there are no identifiers
	}{
		{"proftpd", `modify=20261122141517;perm=fle;type=cdir;unique=FE00U9840B8;UNIX.mode=0755; .
modify=20261122141517;perm=fle;type=pdir;unique=FE00U1;UNIX.mode=0755; ..
modify=20261122141517;perm=adfr;size=3;type=OS.unix=symlink;unique=FE00U9840C4;UNIX.mode=0777; mirror
modify=20261122141517;perm=fle;type=dir;unique=FE00U9840C4;UNIX.mode=0755; pub
`, "FE00U9840B8", []string{"FE00U9840C4 mirror", "FE00U9840C4 pub"}},
		{"cdir in the middle, with a full path", `type=dir;modify=20200102000000;unique=a; x
type=pdir;unique=r; /
type=cdir;modify=20200102000000;UNIQUE=d; /pub
Type=file;Size=1;Unique=b; y
`, "d", []string{"a x", "b y"}},
		{"some without", "type=dir;unique=a; x\ntype=file;size=1;unique=; y\ntype=file;size=1; z\n", "", []string{"a x", " y", " z"}},
		{"none", "type=dir;modify=20200102000000; x\n", "", nil},
		{"out of order, one name twice", "type=file;unique=b; y\ntype=file;unique=a; x\ntype=file;unique=c; y\n", "", []string{"b y", "a x"}},
		{"a name with a line feed", "type=file;unique=b; y\r\ntype=file;unique=a; x\nx\r\n", "", []string{"b y", "a x\nx"}},
		{"EPLF", "+i8388621.48594,m825718503,r,s280,\treadme\r\n+m824255907,/,i8388621.50690,\tpub\r\n", "", []string{"8388621.48594 readme", "8388621.50690 pub"}},
		{"ls", "drwxr-xr-x 2 ftp ftp 4096 Nov 20 08:15 .\ndrwxr-xr-x 2 ftp ftp 4096 Nov 20 08:15 pub\n", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			listings, err := collect(t, Options{}, strings.NewReader(tt.text), false)
			if err != nil || len(listings) != 1 {
				t.Fatalf("%d listings, %v", len(listings), err)
			}
			l := listings[0]
			if l.State != index.Complete || l.Ident != tt.dir {
				t.Errorf("%s, the directory is %q, want %q", l.State, l.Ident, tt.dir)
			}
			if len(l.Idents) != len(tt.want) || tt.want != nil && len(l.Entries) != len(tt.want) {
				t.Fatalf("%d identifiers of %d entries, want %d", len(l.Idents), len(l.Entries), len(tt.want))
			}
			var got []string
			for i, ident := range l.Idents {
				got = append(got, ident+" "+l.Entries[i].Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// Each part of a huge directory has its own identifiers.
func TestIdentsOfParts(t *testing.T) {
	text := lined(25, func(i int) string {
		return "type=file;unique=" + strings.Repeat("i", i) + "; " + strings.Repeat("n", i+1)
	})
	listings, err := collect(t, Options{Part: 10}, strings.NewReader("type=cdir;unique=d; .\n"+string(text)), false)
	if err != nil || len(listings) != 3 {
		t.Fatalf("%d parts, %v", len(listings), err)
	}
	for _, l := range listings {
		if l.Ident != "d" || len(l.Idents) != len(l.Entries) {
			t.Fatalf("directory %q, %d identifiers of %d entries", l.Ident, len(l.Idents), len(l.Entries))
		}
		for i, ident := range l.Idents {
			if len(ident) != len(l.Entries[i].Name)-1 {
				t.Errorf("%q is %q", l.Entries[i].Name, ident)
			}
		}
	}
}
