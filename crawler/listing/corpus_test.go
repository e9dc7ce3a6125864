package listing

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"trawl/index"
	"trawl/index/indextest/needs"
)

// corpus is 48 real listings with what each means; see ../shared/README.md.
const corpus = "../../../shared/corpora/listings"

// corpusNow is when the corpus was "made".
var corpusNow = time.Date(1994, 11, 15, 12, 45, 0, 0, time.UTC)

// deviations are where Trawl decides otherwise than the corpus, with the reason.
// An entry that the corpus has and Trawl has not begins with "-", the other way
// round with "+".
var deviations = map[string]struct {
	why      string
	lines    []string
	cyrillic bool // the names are in windows-1251, which the corpus takes for windows-1252
}{
	"dir-listing-ls-19": {
		why:   "a directory whose name is a space is there all the same",
		lines: []string{`+d " " -1 2007-03-18 00:00`},
	},
	"dir-listing-ls-20": {cyrillic: true, why: "the names are Russian: detected, where the corpus has nonsense"},
	"dir-listing-ls-21": {cyrillic: true, why: "as ls-20"},
	"dir-listing-ls-22": {cyrillic: true, why: "as ls-20"},
}

func TestCorpus(t *testing.T) {
	names, err := filepath.Glob(corpus + "/*.expected")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		needs.Missing(t, "the corpus "+corpus)
	}
	if len(names) != 48 {
		t.Errorf("%d listings, want 48", len(names))
	}
	for _, name := range names {
		name = strings.TrimSuffix(name, ".expected")
		t.Run(filepath.Base(name), func(t *testing.T) {
			decided := deviations[filepath.Base(name)]
			want := expected(t, name+".expected", decided.cyrillic)
			got := parsed(t, name)
			var diff []string
			for _, line := range want {
				if !slices.Contains(got, line) {
					diff = append(diff, "-"+line)
				}
			}
			for _, line := range got {
				if !slices.Contains(want, line) {
					diff = append(diff, "+"+line)
				}
			}
			if !slices.Equal(diff, decided.lines) {
				t.Errorf("%s", strings.Join(diff, "\n"))
			}
		})
	}
}

// expected reads nine lines an entry: kind, name, size, year, month, day, hour,
// minute, blank. A name may have line feeds in it.
func expected(t *testing.T, name string, cyrillic bool) (list []string) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("\r"), nil)
	var lines []string
	s := bufio.NewScanner(bytes.NewReader(text))
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	for i := 0; i+7 < len(lines); {
		end := i + 2
		for len(lines) > end+6 && lines[end+6] != "" {
			end++
		}
		kind, entryName := lines[i], strings.Join(lines[i+1:end], "\n")
		if cyrillic {
			entryName = fromLatin(t, entryName)
		}
		if entryName != "." && entryName != ".." {
			nums := make([]int, 6)
			for j := range nums {
				if nums[j], err = strconv.Atoi(strings.TrimSpace(lines[end+j])); err != nil {
					t.Fatalf("%s:%d: %v", name, end+j+1, err)
				}
			}
			list = append(list, fmt.Sprintf("%s %q %d %04d-%02d-%02d %02d:%02d", kind, entryName, nums[0], nums[1], nums[2], nums[3], nums[4], nums[5]))
		}
		i = end + 7
	}
	return list
}

func parsed(t *testing.T, name string) (list []string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := New(Options{Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	err = p.List(f, "/", "LIST", func(l index.Listing) error {
		for _, e := range l.Entries {
			kind := map[index.Kind]string{index.File: "-", index.Dir: "d", index.Link: "l"}[e.Kind]
			list = append(list, fmt.Sprintf("%s %q %d %s", kind, e.Name, e.Size, e.Time().Format("2006-01-02 15:04")))
		}
		for _, line := range l.Unparsed {
			t.Errorf("not understood: %q", line)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return list
}

// fromLatin undoes that windows-1251 was taken for windows-1252.
func fromLatin(t *testing.T, s string) string {
	raw, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	right, err := charmap.Windows1251.NewDecoder().String(raw)
	if err != nil {
		t.Fatal(err)
	}
	return right
}
