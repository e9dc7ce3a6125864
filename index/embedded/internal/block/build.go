package block

import (
	"bytes"
	"sort"

	"trawl/index"
)

// Reset makes b an empty block of a host, ready to be built.
func (b *Block) Reset(no HostNo) {
	b.host, b.head.ascii = no, false
	b.dirs, b.text, b.ends = b.dirs[:0], b.text[:0], b.ends[:0]
	b.kind, b.size, b.unix, b.prec = b.kind[:0], b.size[:0], b.unix[:0], b.prec[:0]
	b.extra, b.scratch = b.extra[:0], b.scratch[:0]
}

// clone copies s into b.
func (b *Block) clone(s []byte) []byte {
	if s == nil {
		return nil
	}
	n := len(b.scratch)
	b.scratch = append(b.scratch, s...)
	return b.scratch[n:len(b.scratch):len(b.scratch)]
}

// Open makes d the directory that entries are appended to. It copies d, whose Start and End
// do not matter. Directories must come in tree order.
func (b *Block) Open(d *Dir) {
	if n := len(b.dirs); n > 0 && bytes.Equal(b.dirs[n-1].Path, d.Path) {
		return
	}
	c := *d
	c.Path = b.clone(d.Path)
	if c.Shown = c.Path; !bytes.Equal(d.Shown, d.Path) {
		c.Shown = b.clone(d.Shown)
	}
	c.Way = b.clone(d.Way)
	c.Start, c.End = b.Len(), b.Len()
	b.dirs = append(b.dirs, c)
}

// Add appends an entry to the directory that is open. Entries must come by wire name.
func (b *Block) Add(e *index.Entry) {
	b.text = append(append(b.text, e.Name...), 0)
	b.kind, b.size = append(b.kind, e.Kind), append(b.size, max(e.Size, index.UnknownSize))
	b.unix, b.prec = append(b.unix, e.Unix), append(b.prec, e.Precision)
	if e.Raw != "" || e.Target != "" {
		x := extra{entry: b.Len()}
		if e.Raw != "" {
			x.raw = b.clone([]byte(e.Raw))
		}
		if e.Target != "" {
			x.target = b.clone([]byte(e.Target))
		}
		b.extra = append(b.extra, x)
	}
	b.ends = append(b.ends, uint32(len(b.text)))
	b.dirs[len(b.dirs)-1].End = b.Len()
}

// Copy appends entries i to j of from to the directory that is open.
func (b *Block) Copy(from *Block, i, j int) {
	if i >= j {
		return
	}
	start := uint32(0)
	if i > 0 {
		start = from.ends[i-1]
	}
	shift := uint32(len(b.text)) - start
	at := b.Len() - i
	b.text = append(b.text, from.text[start:from.ends[j-1]]...)
	for _, end := range from.ends[i:j] {
		b.ends = append(b.ends, end+shift)
	}
	b.kind, b.size = append(b.kind, from.kind[i:j]...), append(b.size, from.size[i:j]...)
	b.unix, b.prec = append(b.unix, from.unix[i:j]...), append(b.prec, from.prec[i:j]...)
	first := sort.Search(len(from.extra), func(k int) bool { return from.extra[k].entry >= i })
	for _, x := range from.extra[first:] {
		if x.entry >= j {
			break
		}
		b.extra = append(b.extra, extra{x.entry + at, b.clone(x.raw), b.clone(x.target)})
	}
	b.dirs[len(b.dirs)-1].End = b.Len()
}
