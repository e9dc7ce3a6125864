package listing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"trawl/crawler/listing/packed"
	"trawl/index"
	"trawl/index/hashes"
)

// collect reads a text as List or Tree does and returns what was handed over.
func collect(t *testing.T, o Options, r io.Reader, tree bool) ([]index.Listing, error) {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = benchNow
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	list := p.List
	if tree {
		list = p.Tree
	}
	var got []index.Listing
	err = list(r, "/pub", "LIST", func(l index.Listing) error {
		got = append(got, l)
		return nil
	})
	return got, err
}

var errLost = errors.New("connection reset")

// The entries that had arrived are handed over, marked, without the one that was cut off.
func TestCutOff(t *testing.T) {
	const first = "-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 ./pub/one\n"
	for _, tt := range []struct {
		text string
		tree bool
		dirs []string
	}{
		{"-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 one\n-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 tw", false, []string{"/pub"}},
		{".:\n-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 one\n\n./a:\n-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 tw", true, []string{"/pub/a"}},
		{first + "-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 ./pub/tw", true, []string{"/pub/pub", "/pub"}},
	} {
		r := io.MultiReader(strings.NewReader(tt.text), iotest.ErrReader(errLost))
		got, err := collect(t, Options{}, r, tt.tree)
		if !errors.Is(err, errLost) {
			t.Errorf("%q: error %v", tt.text, err)
		}
		var cut []string
		for _, l := range got {
			if l.State == index.Truncated && strings.Contains(l.Why, errLost.Error()) {
				cut = append(cut, string(l.Dir))
			}
			for _, e := range l.Entries {
				if e.Name == "tw" {
					t.Errorf("%q: %q was cut off", tt.text, e.Name)
				}
			}
		}
		if fmt.Sprint(cut) != fmt.Sprint(tt.dirs) {
			t.Errorf("%q: cut off are %q, want %q", tt.text, cut, tt.dirs)
		}
	}
}

// A huge directory comes in parts; all but the last have More set.
func TestParts(t *testing.T) {
	const n = 1003
	text := lined(n, func(i int) string { return fmt.Sprintf("-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 file-%d", i) })
	got, err := collect(t, Options{Part: 100}, bytes.NewReader(text), false)
	if err != nil || len(got) != 11 {
		t.Fatalf("%d parts, %v", len(got), err)
	}
	count := 0
	for i, l := range got {
		count += len(l.Entries)
		if l.More != (i < len(got)-1) || l.Dir != "/pub" || len(l.Entries) > 100 {
			t.Errorf("part %d: %d entries of %s, more %v", i, len(l.Entries), l.Dir, l.More)
		}
	}
	if count != n {
		t.Errorf("%d entries, want %d", count, n)
	}
}

// An error of hand ends reading at once, and is returned.
// budget is the memory that is left.
type budget int64

func (p *budget) Spend(n int64) bool {
	*p -= budget(n)
	return *p >= 0
}
func (p *budget) Restore(n int64) { *p += budget(n) }

// A tree takes memory for each directory once, and ends where there is none left.
func TestTreeMemory(t *testing.T) {
	text := ""
	for i := range 100 {
		text += fmt.Sprintf("./d%d:\n-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 one\n\n", i%50)
	}
	for dirs, want := range map[int64]error{51: nil, 50: packed.ErrMemory} { // with the root
		memory := budget(dirs * hashes.Cost)
		_, err := collect(t, Options{Memory: &memory}, strings.NewReader(text), true)
		if !errors.Is(err, want) {
			t.Errorf("%d directories: %v, want %v", dirs, err, want)
		}
		if left := int64(memory); want == nil && left != dirs*hashes.Cost {
			t.Errorf("%d of %d bytes were given back", left, dirs*hashes.Cost)
		}
	}
}

func TestHandFails(t *testing.T) {
	p, err := New(Options{Now: benchNow, Part: 1})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	err = p.Tree(bytes.NewReader(recursive(1000)), "/", "LIST -lR", func(index.Listing) error {
		calls++
		return errLost
	})
	if !errors.Is(err, errLost) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// A line that is too long is lost, the others are not.
func TestLongLine(t *testing.T) {
	const good = "-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 good\n"
	long := "-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 " + strings.Repeat("x", 3*MaxLine) + "\n"
	for _, text := range []string{long + good, good + long, good + strings.TrimSpace(long)} {
		var numbers []int
		got, err := collect(t, Options{Lost: func(n int, _ []byte) { numbers = append(numbers, n) }}, strings.NewReader(text), false)
		if err != nil || len(got) != 1 || len(got[0].Entries) != 1 || got[0].Lost != 1 || len(numbers) != 1 || len(got[0].Unparsed[0]) != MaxLine {
			t.Errorf("%+v, lines %v, %v", got, numbers, err)
		}
	}
}

// The years of dates without one, at turns of the year and in leap years.
func TestYears(t *testing.T) {
	for _, tt := range []struct {
		now  string
		zone int
		line string
		want string
	}{
		{"2026-01-02T00:00:00Z", 0, "Dec 31 23:59", "2025-12-31T23:59:00Z"},
		{"2026-01-02T00:00:00Z", 0, "Jan  2 12:00", "2026-01-02T12:00:00Z"},
		{"2026-01-02T00:00:00Z", 0, "Jan  3 00:01", "2025-01-03T00:01:00Z"},
		{"2025-12-31T23:30:00Z", 0, "Jan  1 08:00", "2026-01-01T08:00:00Z"},
		{"2025-12-31T23:30:00Z", 9 * 3600, "Jan  1 08:00", "2025-12-31T23:00:00Z"},
		{"2026-11-22T12:00:00Z", 0, "Feb 29 12:00", "2024-02-29T12:00:00Z"},
		{"2028-02-28T13:00:00Z", 0, "Feb 29 12:00", "2028-02-29T12:00:00Z"},
		{"2028-02-28T11:00:00Z", 0, "Feb 29 12:00", "2024-02-29T12:00:00Z"},
		{"2103-06-01T11:00:00Z", 0, "Feb 29 12:00", "2096-02-29T12:00:00Z"},
		{"2026-11-22T12:00:00Z", -5 * 3600, "Nov 22 06:59", "2026-11-22T11:59:00Z"},
		{"2026-11-22T12:00:00Z", -5 * 3600, "Nov 22  2025", "2025-11-22T00:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(t, Options{Now: now, Zone: tt.zone}, strings.NewReader("-rw-r--r-- 1 ftp ftp 1 "+tt.line+" x\n"), false)
		if err != nil || len(got) != 1 || len(got[0].Entries) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if shown := got[0].Entries[0].Time().Format(time.RFC3339); shown != tt.want {
			t.Errorf("%s at %s, zone %d: got %s, want %s", tt.line, tt.now, tt.zone, shown, tt.want)
		}
	}
}

// One parser reads many lists at once; the host's dialect is that of most of them.
func TestParallel(t *testing.T) {
	p, err := New(Options{Now: benchNow})
	if err != nil {
		t.Fatal(err)
	}
	raw := encoded(t, "windows-1251", names["russian"])
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			text := "-rw-r--r-- 1 ftp ftp 1 Nov 20 08:15 " + raw[i%len(raw)] + "\n"
			if i%8 == 0 {
				text = "04-27-24  12:09PM       <DIR>          pub\r\n"
			}
			if err := p.List(strings.NewReader(text), "/", "LIST", func(index.Listing) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if p.Dialect() != "unix" || p.Charset() != "windows-1251" {
		t.Errorf("%s in %s", p.Dialect(), p.Charset())
	}
}

// A time that RFC 3339 cannot write is none: each answer that holds it would be invalid.
func TestTimesOutOfReach(t *testing.T) {
	for _, tt := range []struct {
		unix  string
		known bool
	}{{"253402300799", true}, {"253402300800", false}, {"274877906943", false}, {"9223372036854775807", false}} {
		got, err := collect(t, Options{}, strings.NewReader("+i1.2,m"+tt.unix+",r,s280,\treadme\r\n"), false)
		if err != nil || len(got) != 1 || len(got[0].Entries) != 1 {
			t.Fatalf("%s: %v, %v", tt.unix, got, err)
		}
		e := got[0].Entries[0]
		if _, err := e.Time().MarshalJSON(); err != nil || (e.Precision != index.Unknown) != tt.known {
			t.Errorf("%s: %+v, %v", tt.unix, e, err)
		}
	}
}
