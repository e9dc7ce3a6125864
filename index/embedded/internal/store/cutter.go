package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// cutter cuts entries in tree order into blocks of about size entries.
type cutter struct {
	host  block.HostNo
	size  int
	dir   block.Dir    // that the next entries belong to
	full  *block.Block // held back, so that the last block is not too small; or nil
	cur   *block.Block // being filled; or nil
	spare []*block.Block
	enc   block.Encoder
	pause func() // called after each block; or nil

	keys, done [][]byte    // blocks that are done, and the positions that they begin at
	sums       []index.Sum // of their entries
}

// len returns how many entries and directories are not in blocks that are done.
func (r *cutter) len() int {
	n := 0
	for _, b := range []*block.Block{r.full, r.cur} {
		if b != nil {
			n += max(b.Len(), len(b.Dirs()))
		}
	}
	return n
}

// Open makes d the directory that entries are appended to. One that continues an earlier
// block is added with its first entry only.
func (r *cutter) Open(d block.Dir) {
	r.dir = d
	if !d.Cont {
		r.room().Open(&r.dir)
	}
}

// room returns the block to append to, a new one if the last is full.
func (r *cutter) room() *block.Block {
	if r.cur != nil && (r.cur.Len() >= r.size || len(r.cur.Dirs()) > r.size || r.cur.TextLen() >= block.MaxPart/128) {
		if r.full != nil {
			r.emit(r.full)
		}
		if last := r.cur.Dirs()[len(r.cur.Dirs())-1]; bytes.Equal(last.Path, r.dir.Path) {
			r.dir.Cont = true
		}
		r.full, r.cur = r.cur, nil
	}
	if r.cur == nil {
		r.cur = r.fresh()
	}
	return r.cur
}

func (r *cutter) fresh() *block.Block {
	b := &block.Block{}
	if n := len(r.spare); n > 0 {
		b, r.spare = r.spare[n-1], r.spare[:n-1]
	}
	b.Reset(r.host)
	return b
}

func (r *cutter) Add(e *index.Entry) {
	b := r.room()
	b.Open(&r.dir)
	b.Add(e)
}

func (r *cutter) Copy(from *block.Block, i, j int) {
	for i < j {
		b := r.room()
		b.Open(&r.dir)
		n := min(j, i+max(1, r.size-b.Len()))
		b.Copy(from, i, n)
		i = n
	}
}

// write puts the blocks that are done into the buckets.
func (r *cutter) write(blocks, keys *bolt.Bucket) error {
	for i, data := range r.done {
		id, err := blocks.NextSequence()
		if err != nil {
			return err
		}
		if err := blocks.Put(Number(id), data); err != nil {
			return err
		}
		if err := keys.Put(hostKey(r.host, r.keys[i]), appendReference(nil, block.ID(id), r.sums[i])); err != nil {
			return err
		}
	}
	return nil
}

// flush makes blocks of the remaining entries, none of them small if there are two.
func (r *cutter) flush() {
	full, cur := r.full, r.cur
	r.full, r.cur = nil, nil
	if full != nil && cur != nil && cur.Len() < r.size/2 {
		whole := &cutter{host: r.host, size: 2 * r.size}
		if n := full.Len() + cur.Len(); n > r.size*5/4 {
			whole.size = (n + 1) / 2
		}
		for _, b := range []*block.Block{full, cur} {
			for _, d := range b.EachDir() {
				whole.Open(*d)
				whole.Copy(b, d.Start, d.End)
			}
		}
		r.keys, r.done, r.sums = append(r.keys, whole.keys...), append(r.done, whole.done...), append(r.sums, whole.sums...)
		full, cur = whole.full, whole.cur
	}
	for _, b := range []*block.Block{full, cur} {
		if b != nil {
			r.emit(b)
		}
	}
}

// emit encodes a block.
func (r *cutter) emit(b *block.Block) {
	r.keys = append(r.keys, firstPosition(b))
	r.done = append(r.done, r.enc.Encode(b))
	r.sums = append(r.sums, sumOfEntries(b))
	r.spare = append(r.spare, b)
	if r.pause != nil {
		r.pause()
	}
}

// firstPosition returns the key of a block.
func firstPosition(b *block.Block) []byte {
	var name []byte
	if b.Dirs()[0].Cont && b.Len() > 0 {
		name = b.Wire(0)
	}
	return position(treeKey(b.Dirs()[0].Path), name)
}
