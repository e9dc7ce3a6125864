package match_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trawl/search/fold"

	"pgregory.net/rapid"

	"trawl/index"
	"trawl/index/match"
	"trawl/search/query"
)

// catalogue is a few thousand real names on some hosts.
type catalogue struct {
	hosts []index.Host
	dirs  []directory
}

type directory struct {
	match.Directory
	entries []index.Entry
}

// today is the time of the queries.
func today() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

// load reads testdata/catalogue.txt, and more files of its form behind it.
func load(t testing.TB, more ...string) *catalogue {
	t.Helper()
	var data []byte
	for _, name := range append([]string{"testdata/catalogue.txt"}, more...) {
		part, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, part...)
	}
	c := &catalogue{}
	at := map[string]int{}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		f := strings.SplitN(s.Text(), " ", 4)
		switch {
		case f[0] == "#" || strings.HasPrefix(s.Text(), "#"):
		case f[0] == "host":
			h := index.Host{ID: index.HostID(f[1])}
			h.Known.Connections, _ = strconv.Atoi(f[2])
			if len(f) > 3 {
				h.Health.DownSince = today().Add(-time.Hour)
			}
			c.hosts = append(c.hosts, h)
			clear(at)
		default:
			c.add(t, at, f)
		}
	}
	slices.SortStableFunc(c.dirs, func(a, b directory) int { return cmp.Compare(a.Host, b.Host) })
	return c
}

// add adds an entry: kind, size, day and path.
func (c *catalogue) add(t testing.TB, at map[string]int, f []string) {
	t.Helper()
	e := index.Entry{Name: path.Base(f[3]), Size: index.UnknownSize}
	e.Kind = index.Kind(strings.Index("fdl", f[0]))
	if f[1] != "-" {
		size, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		e.Size = size
	}
	if f[2] != "-" {
		day, err := time.Parse(time.DateOnly, f[2])
		if err != nil {
			t.Fatal(err)
		}
		e.Unix, e.Precision = day.Unix(), index.Day
	}
	dir := path.Dir(f[3])
	i, ok := at[dir]
	if !ok {
		i = len(c.dirs)
		at[dir] = i
		c.dirs = append(c.dirs, directory{Directory: match.Directory{
			Host: len(c.hosts) - 1, Path: index.Path(dir), Folded: fold.Append(nil, dir), Seen: today().Unix() - 3600,
		}})
	}
	c.dirs[i].entries = append(c.dirs[i].entries, e)
}

// addr returns the address of a host, as that of FTP.
func addr(id index.HostID) string {
	return index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}).Addr(id)
}

// parse reads a query.
func parse(t rapid.TB, text string) query.Node {
	t.Helper()
	tree, err := query.Parse(text, today())
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return tree
}

// ask answers a query with two counters, and checks the promises of the plan about
// its candidates and probes.
func (c *catalogue) ask(t rapid.TB, q index.Query) index.Answer {
	t.Helper()
	q.Now = today()
	plan, err := match.Compile(q, c.hosts, addr)
	if err != nil {
		t.Fatalf("compile %s: %v", q.Tree, err)
	}
	counters, sees := []*match.Counter{plan.Counter(), plan.Counter()}, plan.Counter()
	candidates, whole := plan.Candidates(), plan.Probe()
	for i := range c.dirs {
		d := &c.dirs[i]
		j := counters[i%2]
		j.Begin(d.Host, uint32(i))
		probe := j.Enter(d.Directory)
		sees.Enter(d.Directory)
		for k := range d.entries {
			e := &d.entries[k]
			folded := fold.Append(nil, e.Name)
			alone, is := j.TryEntry(e, folded), sees.Entry(e, folded)
			if alone != match.Maybe && is != (alone == match.Yes) {
				t.Errorf("%s/%s matches %s: %v; without its directory: %v", d.Path, e.Name, q.Tree, is, !is)
			}
			bare := index.Entry{Name: e.Name, Kind: e.Kind, Size: e.Size}
			if plan.ByNames() && is != sees.Matches(&bare, folded) {
				t.Errorf("%s/%s matches %s: %v; by its name: %v", d.Path, e.Name, q.Tree, is, !is)
			}
			if alone == match.No || alone == match.Maybe && !j.Entry(e, folded) {
				continue
			}
			if !meets(candidates, d, e, string(folded)) {
				t.Errorf("%s matches %s/%s, which is no candidate of %v", q.Tree, d.Path, e.Name, candidates)
			}
			if !passes(probe, folded) || !passes(whole, folded) {
				t.Errorf("%s matches %s/%s, which the probes %q and %q leave out", q.Tree, d.Path, e.Name, probe.AnyOf, whole.AnyOf)
			}
		}
	}
	return c.collect(t, plan.Choose(counters...))
}

// collect shows the chosen directories to two collectors.
func (c *catalogue) collect(t rapid.TB, choice *match.Choice) index.Answer {
	t.Helper()
	collectors := []*match.Collector{choice.Collector(), choice.Collector()}
	first, rest, all := choice.Blocks(nil, func(i uint32) int { return c.dirs[i].Host })
	if all {
		for i := range c.dirs {
			rest = append(rest, uint32(i))
		}
	}
	for _, i := range append(first, rest...) {
		d := &c.dirs[i]
		s := collectors[i%2]
		if s.Begin(i); !s.MayImprove(d.Directory) {
			continue
		}
		if !s.MayImproveBlock(d.Host, d.Path.Depth(), d.Seen) {
			t.Errorf("%s may hold what is wanted, and its block may not", d.Path)
		}
		s.Enter(d.Directory)
		for k := range d.entries {
			s.Entry(&d.entries[k], fold.Append(nil, d.entries[k].Name))
		}
	}
	return choice.Answer(true, collectors...)
}

func passes(p match.Probe, folded []byte) bool {
	if p.Never {
		return false
	}
	return len(p.AnyOf) == 0 || slices.ContainsFunc(p.AnyOf, func(s []byte) bool { return bytes.Contains(folded, s) })
}

// meets looks candidates up as an engine does, with the entries themselves as
// postings.
func meets(c match.Candidate, d *directory, e *index.Entry, folded string) bool {
	all := func(of []match.Candidate, want bool) bool {
		return slices.ContainsFunc(of, func(c match.Candidate) bool { return meets(c, d, e, folded) == want })
	}
	switch c := c.(type) {
	case match.All:
		return true
	case match.None:
		return false
	case match.And:
		return !all(c.Of, false)
	case match.Or:
		return all(c.Of, true)
	case match.Has:
		if c.Path {
			folded = strings.TrimSuffix(string(d.Folded), "/") + "/" + folded
		}
		return strings.Contains(string(fold.Loose(nil, []byte(folded))), fold.LoosePart(c.Text))
	case match.Named:
		loose := string(fold.Loose(nil, []byte(folded)))
		return loose == c.Text || strings.HasPrefix(loose, c.Text+" ")
	case match.Ext:
		return slices.Contains(c.Values, string(match.EndOf([]byte(folded))))
	case match.Host:
		return slices.Contains(c.Ordinals, d.Host)
	case match.Kind:
		return slices.Contains(c.Of, e.Kind)
	case match.Size:
		return e.Size != index.UnknownSize && c.Min <= e.Size && e.Size <= c.Max
	case match.Time:
		return e.Precision != index.Unknown && c.From <= e.Unix && e.Unix <= c.To
	case match.Within:
		return strings.HasPrefix(string(d.Folded)+"/", c.Dir+"/")
	case match.At:
		return slices.ContainsFunc(c.Hits, func(h match.Hit) bool { return h.Host == d.Host && h.Path == d.Path.Join(e.Wire()) })
	}
	panic(fmt.Sprintf("meets: %T", c))
}

// names returns the names of results, in order.
func names(a index.Answer) []string {
	var out []string
	for _, r := range a.Results {
		out = append(out, r.Name)
	}
	return out
}
