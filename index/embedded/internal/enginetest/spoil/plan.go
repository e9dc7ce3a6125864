package spoil

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// planner draws cases.
type planner struct {
	template Template
	*rand.Rand
	files map[string][]*planned // by kind
	cases []Case
}

// planned is a file that is damaged.
type planned struct {
	path   string
	kind   string
	file   *file
	before []byte // its content before, nil if it was not there
}

// Plan returns n cases: each directory, each field of each kind of file twice, and the rest at
// random, as many for each kind of file. If these are more than n, it returns n of them. The same
// seed makes the same cases of a template.
func Plan(t Template, n int, seed uint64) ([]Case, error) {
	p := &planner{template: t, Rand: rand.New(rand.NewPCG(seed, seed)), files: map[string][]*planned{}}
	if err := filepath.WalkDir(t.Now, p.look); err != nil {
		return nil, err
	}
	kinds := slices.Sorted(maps.Keys(p.files))
	for _, kind := range kinds {
		p.eachField(p.files[kind])
	}
	for i := 0; len(p.cases) < n; i++ {
		all := p.files[kinds[i%len(kinds)]]
		p.somewhere(all[p.IntN(len(all))])
	}
	p.Shuffle(len(p.cases), func(i, k int) { p.cases[i], p.cases[k] = p.cases[k], p.cases[i] })
	return p.cases[:n], nil
}

// look takes in a file, or a directory.
func (p *planner) look(name string, d fs.DirEntry, err error) error {
	if err != nil || name == p.template.Now {
		return err
	}
	path, err := filepath.Rel(p.template.Now, name)
	if err != nil {
		return err
	}
	if d.IsDir() {
		p.cases = append(p.cases, Case{File: path, Kind: KindOf(path), Where: "the directory", What: "is removed", do: remove})
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := read(path, data)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	before, err := os.ReadFile(filepath.Join(p.template.Before, path))
	if err != nil {
		before = nil
	}
	kind := KindOf(path)
	p.files[kind] = append(p.files[kind], &planned{path, kind, f, before})
	return nil
}

// eachField adds two cases for each field that files of a kind have: in one a bit is flipped, in
// the other it has another value.
func (p *planner) eachField(files []*planned) {
	type place struct {
		in *planned
		Field
	}
	places := map[string][]place{}
	for _, f := range files {
		for _, field := range f.file.fields {
			places[field.Name] = append(places[field.Name], place{f, field})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		for _, edit := range []func(*planned, int64, int64) (string, int64, []byte){p.flip, p.replace} {
			at := places[name][p.IntN(len(places[name]))]
			what, from, data := edit(at.in, at.from, at.to)
			p.add(at.in, Case{Where: name, What: what, do: write, at: from, data: data})
		}
	}
}

// add adds a case. One of eight happens while the catalogue is open, if it can.
func (p *planner) add(f *planned, c Case) {
	c.File, c.Kind = f.path, f.kind
	c.InUse = p.IntN(8) == 0 && c.mayBeInUse()
	p.cases = append(p.cases, c)
}

// mayBeInUse reports whether a case can happen while the catalogue is open. Other bytes than those
// that were read before do not come back from a disk: what was proved at the opening, or at the
// first reading, can only become unreadable.
func (c *Case) mayBeInUse() bool {
	switch c.do {
	case cut:
		return true
	case write:
		return !strings.HasSuffix(c.Kind, ".zap") && !strings.HasSuffix(c.Kind, "root.bolt") && c.Kind != "dictionary/N/gramsN" &&
			(c.Kind != "trawl.db" || strings.HasPrefix(c.Where, "block: "))
	default:
		return false
	}
}

// flip flips a bit in a part of a file.
func (p *planner) flip(f *planned, from, to int64) (what string, at int64, data []byte) {
	at, bit := from+p.Int64N(to-from), p.IntN(8)
	return fmt.Sprintf("bit %d is flipped", bit), at, []byte{f.file.data[at] ^ 1<<bit}
}

// replace gives a part of a file another value.
func (p *planner) replace(f *planned, from, to int64) (what string, at int64, data []byte) {
	old := f.file.data[from:min(to, from+8)]
	data = bytes.Clone(old)
	switch p.IntN(4) {
	case 0:
		clear(data)
		what = "it is set to 0"
	case 1:
		for i := range data {
			data[i] = 0xff
		}
		what = "it is set to 0xff"
	case 2:
		data[0]++
		what = "its first byte is one more"
	default:
		data[len(data)-1]--
		what = "its last byte is one less"
	}
	if bytes.Equal(old, data) {
		return p.flip(f, from, to)
	}
	return what, from, data
}

// somewhere adds a case at a place at random.
func (p *planner) somewhere(f *planned) {
	size := int64(len(f.file.data))
	if size == 0 {
		p.add(f, Case{Where: "the empty file", What: "garbage is added", do: write, data: p.garbage(100)})
		return
	}
	somewhere := p.Int64N(size)
	part := func(n int64) (from, to int64) { return somewhere / n * n, min(somewhere/n*n+n, size) }
	c := Case{Where: "somewhere", do: write}
	switch p.IntN(14) {
	case 0, 1:
		c.What, c.at, c.data = p.flip(f, 0, size)
	case 2:
		c.What, c.at, c.data = "a byte is set to 0", somewhere, []byte{0}
	case 3:
		c.What, c.at, c.data = "a byte is set to 0xff", somewhere, []byte{0xff}
	case 4:
		from, to := part(512)
		c.What, c.at, c.data = "a sector is set to 0", from, make([]byte, to-from)
	case 5:
		from, to := part(512)
		c.What, c.at, c.data = "a sector is garbage", from, p.garbage(to-from)
	case 6:
		from, to := part(4096)
		c.What, c.at, c.data = "a page is set to 0", from, make([]byte, to-from)
	case 7:
		c = p.otherPage(f, c)
	case 8, 9:
		c = p.oldPage(f, c)
	case 10:
		c.What, c.do, c.at = "the file ends here", cut, somewhere
	case 11:
		c.What, c.do, c.at = "the file ends here", cut, somewhere/4096*4096
	case 12:
		c.Where, c.What, c.at, c.data = "the end", "garbage is added", size, p.garbage(1+p.Int64N(5000))
	default:
		c = p.wholeFile(f)
	}
	p.add(f, c)
}

// garbage returns random bytes.
func (p *planner) garbage(n int64) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(p.Uint32())
	}
	return data
}

// page is the length of the pages that a file system writes.
const page = 4096

// otherPage has a page of the file in the place of another one.
func (p *planner) otherPage(f *planned, c Case) Case {
	n := int64(len(f.file.data)) / page
	if n < 2 {
		c.What, c.at, c.data = p.flip(f, 0, int64(len(f.file.data)))
		return c
	}
	from := p.Int64N(n)
	to := (from + 1 + p.Int64N(n-1)) % n
	c.What, c.at = fmt.Sprintf("here is page %d, too", from), to*page
	c.data = bytes.Clone(f.file.data[from*page : (from+1)*page])
	return c
}

// oldPage has a page, of 512 bytes to 16 KiB, as it was before.
func (p *planner) oldPage(f *planned, c Case) Case {
	n := int64(512) << p.IntN(6)
	var changed []int64
	for at := int64(0); at+n <= int64(min(len(f.file.data), len(f.before))); at += n {
		if !bytes.Equal(f.file.data[at:at+n], f.before[at:at+n]) {
			changed = append(changed, at)
		}
	}
	if len(changed) == 0 {
		return p.otherPage(f, c)
	}
	c.at = changed[p.IntN(len(changed))]
	c.What, c.data = fmt.Sprintf("%d bytes are those of before", n), bytes.Clone(f.before[c.at:c.at+n])
	return c
}

// wholeFile is a case of the whole file.
func (p *planner) wholeFile(f *planned) Case {
	switch p.IntN(3) {
	case 0:
		return Case{Where: "the file", What: "is empty", do: cut}
	case 1:
		if f.before != nil && !bytes.Equal(f.before, f.file.data) {
			return Case{Where: "the file", What: "is that of before", do: restore}
		}
	}
	return Case{Where: "the file", What: "is removed", do: remove}
}
