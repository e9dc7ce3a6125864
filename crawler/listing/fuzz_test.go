package listing

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/index"
)

// checkEntry fails where an entry breaks a promise.
func checkEntry(t *testing.T, e index.Entry) {
	t.Helper()
	for _, name := range []string{e.Name, e.Wire()} {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			t.Errorf("name %q of %+v", name, e)
		}
	}
	switch {
	case !utf8.ValidString(e.Name) || !utf8.ValidString(e.Target):
		t.Errorf("not UTF-8: %+v", e)
	case e.Raw == e.Name:
		t.Errorf("raw name does not differ: %+v", e)
	case e.Size < index.UnknownSize || e.Kind == index.Dir && e.Size != index.UnknownSize:
		t.Errorf("size: %+v", e)
	case e.Precision == index.Unknown && e.Unix != 0:
		t.Errorf("time without a precision: %+v", e)
	}
}

// seed adds all listings of testdata.
func seed(f *testing.F, dir string) {
	names, err := filepath.Glob("testdata/" + dir + "/*.txt")
	if err != nil || len(names) == 0 {
		f.Fatalf("no testdata: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
}

// promises reads text and fails where a promise of the package is broken.
func promises(t *testing.T, m months, text []byte, tree bool) {
	o := Options{Now: benchNow, Part: 7}
	got := 0
	o.Lost = func(number int, line []byte) {
		got++
		if number < 1 || len(line) > 2*MaxLine+1 {
			t.Errorf("line %d of %d bytes", number, len(line))
		}
	}
	p, err := newParser(o, m)
	if err != nil {
		t.Fatal(err)
	}
	list := p.List
	if tree {
		list = p.Tree
	}
	handed, lost, more := 0, 0, false
	var dir index.Path
	err = list(bytes.NewReader(text), "/pub", "fuzz", func(l index.Listing) error {
		handed++
		lost += l.Lost
		if !l.Dir.Within("/pub") || strings.Contains(string(l.Dir)+"/", "/../") || !tree && l.Dir != "/pub" {
			t.Errorf("directory %q", l.Dir)
		}
		if !tree && more && dir != l.Dir {
			t.Errorf("%q broke off", dir)
		}
		dir, more = l.Dir, l.More
		if len(l.Unparsed) > l.Lost || len(l.Unparsed) > index.MaxUnparsed || len(l.Entries) > 7 {
			t.Errorf("%d unparsed of %d, %d entries", len(l.Unparsed), l.Lost, len(l.Entries))
		}
		if l.State == index.Denied && len(l.Entries) > 0 || l.State == index.Complete && l.Lost > 0 {
			t.Errorf("%s with %d entries, %d lost", l.State, len(l.Entries), l.Lost)
		}
		if l.Idents != nil && len(l.Idents) != len(l.Entries) {
			t.Errorf("%d identifiers of %d entries", len(l.Idents), len(l.Entries))
		}
		seen := map[string]bool{}
		for _, e := range l.Entries {
			checkEntry(t, e)
			if seen[e.Wire()] {
				t.Errorf("%q occurs twice", e.Wire())
			}
			seen[e.Wire()] = true
		}
		return nil
	})
	if err != nil || handed == 0 || more || lost != got {
		t.Errorf("%d listings, more %v, %d lines lost and %d got, %v", handed, more, lost, got, err)
	}
}

func FuzzList(f *testing.F) {
	seed(f, "list")
	m := newMonths()
	f.Fuzz(func(t *testing.T, text []byte) { promises(t, m, text, false) })
}

func FuzzTree(f *testing.F) {
	seed(f, "tree")
	seed(f, "list")
	m := newMonths()
	f.Fuzz(func(t *testing.T, text []byte) { promises(t, m, text, true) })
}

// FuzzDialect lets each dialect read lines that are not in it.
func FuzzDialect(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(names) == 0 {
		f.Fatalf("no testdata: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	m := newMonths()
	f.Fuzz(func(t *testing.T, text []byte) {
		c := newClock(benchNow, 3600, m, noHabits())
		for _, o := range dialects() {
			d := o.begin(c)
			for line := range bytes.SplitSeq(text, []byte("\n")) {
				if len(line) == 0 {
					continue
				}
				it := item{kind: 99}
				if d.parse(line, &it) == entry && (it.kind > index.Link || it.size < index.UnknownSize || it.when.prec > index.Second) {
					t.Errorf("%s makes %+v of %q", o.name, it, line)
				}
			}
		}
	})
}
