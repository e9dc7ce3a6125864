package listing

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"trawl/index"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads testdata/list as directories and testdata/tree as whole trees
// and compares what they mean with the .golden files beside them.
func TestGolden(t *testing.T) {
	for _, kind := range []string{"list", "tree"} {
		names, err := filepath.Glob("testdata/" + kind + "/*.txt")
		if err != nil || len(names) == 0 {
			t.Fatalf("no testdata: %v", err)
		}
		for _, name := range names {
			t.Run(kind+"/"+strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				got, dialect := meaning(t, text, kind, "", false)
				again, _ := meaning(t, text, kind, dialect, true)
				if got != again {
					t.Errorf("byte by byte, with the dialect remembered:\n%s\nelse:\n%s", again, got)
				}
				golden := strings.TrimSuffix(name, ".txt") + ".golden"
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatalf("%v; run with -update", err)
				}
				if got != string(want) {
					t.Errorf("got:\n%s\nwant:\n%s", got, want)
				}
			})
		}
	}
}

// meaning returns what a listing of /pub means, an entry a line.
func meaning(t *testing.T, text []byte, kind, dialect string, slow bool) (entries, spoken string) {
	t.Helper()
	p, err := New(Options{Now: benchNow, Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	hand := func(l index.Listing) error {
		fmt.Fprintf(&b, "\n%s %q", l.State, l.Display())
		if l.Why != "" {
			fmt.Fprintf(&b, " (%s)", l.Why)
		}
		b.WriteString("\n")
		for _, e := range l.Entries {
			checkEntry(t, e)
			size, when := "?", "?"
			if e.Size != index.UnknownSize {
				size = fmt.Sprint(e.Size)
			}
			switch e.Precision {
			case index.Day:
				when = e.Time().Format("2006-01-02")
			case index.Minute:
				when = e.Time().Format("2006-01-02T15:04")
			case index.Second:
				when = e.Time().Format("2006-01-02T15:04:05")
			case index.Unknown:
			}
			fmt.Fprintf(&b, "  %-4s %12s %-19s %q", e.Kind, size, when, e.Name)
			if e.Raw != "" {
				fmt.Fprintf(&b, " raw %q", e.Raw)
			}
			if e.Target != "" {
				fmt.Fprintf(&b, " -> %q", e.Target)
			}
			b.WriteString("\n")
		}
		for _, line := range l.Unparsed {
			fmt.Fprintf(&b, "  unparsed %q\n", line)
		}
		return nil
	}
	list := p.List
	if kind == "tree" {
		list = p.Tree
	}
	r := bytes.NewReader(text)
	if slow {
		err = list(iotest.OneByteReader(r), "/pub", "LIST", hand)
	} else {
		err = list(r, "/pub", "LIST", hand)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("dialect %q, charset %q\n%s", p.Dialect(), p.Charset(), b.String()), p.Dialect()
}
