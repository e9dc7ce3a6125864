package gopher

import (
	"strings"
	"testing"

	"trawl/crawler/listing"
	"trawl/index"
)

// TestParseItem shows what lines mean.
func TestParseItem(t *testing.T) {
	for line, want := range map[string]item{
		"1Source\t/src\th.example\t70":        {'1', "Source", "/src", "h.example", "70"},
		"0a\tb\t/a\th\t70\t+":                 {'0', "a\tb", "/a", "h", "70"},
		"7Find\t/find\th\t70\t?":              {'7', "Find", "/find", "h", "70"},
		"1a\t/a\th":                           {'1', "a", "/a", "h", ""},
		"1a\t/a":                              {'1', "a", "/a", "", ""},
		"9a\t/a\th\t":                         {'9', "a", "/a", "h", ""},
		"9a\t/a\t\t":                          {'9', "a", "/a", "", ""},
		"9a\t/a\th\t70 main":                  {'9', "a", "/a", "h", "70"},
		"9a\t/a\th\t70\t":                     {'9', "a", "/a", "h", "70"},
		"9a\t/a\th\t70\t1234":                 {'9', "a", "/a", "h", "70"},
		"9a\t/a\th\t70\t+\tmore":              {'9', "a", "/a", "h", "70"},
		"9a\t/a\tgopher://h/\t70":             {'9', "a", "/a", "h", "70"},
		"0a\tb\t/a\th\t70\t+\tmore":           {'0', "a\tb", "/a", "h", "70"},
		";Film\t/film.mp4\th\t70":             {';', "Film", "/film.mp4", "h", "70"},
		"iWelcome":                            {kind: 'i', title: "Welcome"},
		"i\t\tnull.host\t1":                   {kind: 'i'},
		"3gone\t\terror.host\t1":              {kind: '3', title: "gone"},
		"9\t\t2001:db8::1\t070":               {'9', "", "", "2001:db8::1", "70"},
		"1\xff\t\xfe\tcaf\u00e9.example\t 7 ": {'1', "\xff", "\xfe", "caf\u00e9.example", "7"},
	} {
		if got, ok := parseItem(line); !ok || got != want {
			t.Errorf("%q => %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "1", "text", "1a", "Name\tSize", "1a\t/a\th\tx", "1a\t/a\th\t70000", "1a\t/a\th/x\t70", "1a\t/a\th h\t70", "\x001\ta\th\t70", "1a\t/\x00\th\t70", "1a\t/a\rb\th\t70"} {
		if got, ok := parseItem(line); ok {
			t.Errorf("%q => %+v", line, got)
		}
	}
}

// FuzzMenu reads any bytes as a menu: each entry has a name, a place below the
// menu, and a selector or server that it stands for.
func FuzzMenu(f *testing.F) {
	for _, seed := range []string{
		"1Source\t/src\th\t70\r\n.\r\n", "0a\tb\t/a\th\t70\t+\n", "iWelcome\n3no\n", "1\t\th\t70\n", "hW\tURL:x\th\t70\n", "1..\t..\th\t70\n",
		"1up\t/\th\t70\n1self\t/m\th\t70\n9=\t=\th\t70\n", "9a 2026-Nov-22 08:57   0.0 KB\t/m/a#040b\th\t70\n", "8t\t\t::1\t23\n", "+r\t/r\to\t70\n",
	} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, input []byte, slash bool) {
		src := &Source{}
		s, err := src.server(index.Host{ID: "gopher://h/"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.slash = slash
		const dir = index.Path("/m")
		m := newMenu(strings.NewReader(string(input)), 1<<20)
		for it, ok := m.next(); ok; it, ok = m.next() {
			it = s.resolve(it)
			e, ok := s.entry(dir, it)
			if !ok {
				continue
			}
			for _, name := range []string{e.Name, e.Wire()} {
				if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
					t.Errorf("%+v has the name %q", it, name)
				}
			}
			p := dir.Join(e.Wire())
			if e.Kind == index.Dir && s.request(p) != it.selector || e.Kind == index.File && selectorAt(p) != it.selector {
				t.Errorf("%+v is at %q, which is %q", it, p, s.request(p))
			}
		}
		if m.lost > 0 && len(m.unparsed) == 0 || len(m.unparsed) > index.MaxUnparsed {
			t.Errorf("lost %d, kept %d", m.lost, len(m.unparsed))
		}
		for _, line := range m.unparsed {
			if len(line) > listing.MaxLine {
				t.Errorf("kept a line of %d bytes", len(line))
			}
		}
	})
}
