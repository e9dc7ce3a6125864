package embedded

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

// run turns entries in tree order into blocks of about size entries.
type run struct {
	host  hostNo
	size  int
	dir   blockDir // that the next entries belong to
	full  *block   // kept back, so that the last block is not too small; or nil
	cur   *block   // being filled; or nil
	spare []*block
	enc   encoder

	keys, done [][]byte // blocks that are done, and the positions that they begin at
}

// len returns how many entries and directories are not in blocks that are done.
func (r *run) len() int {
	n := 0
	for _, b := range []*block{r.full, r.cur} {
		if b != nil {
			n += max(b.len(), len(b.dirs))
		}
	}
	return n
}

// open makes d the directory that entries are appended to. One that began in a
// block before shows only with its first entry.
func (r *run) open(d blockDir) {
	r.dir = d
	if !d.cont {
		r.room().open(&r.dir)
	}
}

// room returns the block to append to.
func (r *run) room() *block {
	if r.cur != nil && (r.cur.len() >= r.size || len(r.cur.dirs) > r.size || r.cur.textLen() >= maxBlock/128) {
		if r.full != nil {
			r.emit(r.full)
		}
		if last := r.cur.dirs[len(r.cur.dirs)-1]; bytes.Equal(last.path, r.dir.path) {
			r.dir.cont = true
		}
		r.full, r.cur = r.cur, nil
	}
	if r.cur == nil {
		r.cur = r.fresh()
	}
	return r.cur
}

func (r *run) fresh() *block {
	b := &block{}
	if n := len(r.spare); n > 0 {
		b, r.spare = r.spare[n-1], r.spare[:n-1]
	}
	b.reset(r.host)
	return b
}

func (r *run) add(e *index.Entry) {
	b := r.room()
	b.open(&r.dir)
	b.add(e)
}

func (r *run) copy(from *block, i, j int) {
	for i < j {
		b := r.room()
		b.open(&r.dir)
		n := min(j, i+max(1, r.size-b.len()))
		b.copy(from, i, n)
		i = n
	}
}

// write puts the blocks that are done into the buckets.
func (r *run) write(l *layers, keys *bolt.Bucket) error {
	for i, data := range r.done {
		id, err := l.blocks.NextSequence()
		if err != nil {
			return err
		}
		if err := l.blocks.Put(number(id), data); err != nil {
			return err
		}
		if err := keys.Put(hostKey(r.host, r.keys[i]), number(id)); err != nil {
			return err
		}
	}
	return nil
}

// flush makes blocks of all that is left, none of them small if there are two.
func (r *run) flush() {
	full, cur := r.full, r.cur
	r.full, r.cur = nil, nil
	if full != nil && cur != nil && cur.len() < r.size/2 {
		whole := &run{host: r.host, size: 2 * r.size}
		if n := full.len() + cur.len(); n > r.size*5/4 {
			whole.size = (n + 1) / 2
		}
		for _, b := range []*block{full, cur} {
			for i := range b.dirs {
				whole.open(b.dirs[i])
				whole.copy(b, b.dirs[i].start, b.dirs[i].end)
			}
		}
		r.keys, r.done = append(r.keys, whole.keys...), append(r.done, whole.done...)
		full, cur = whole.full, whole.cur
	}
	for _, b := range []*block{full, cur} {
		if b != nil {
			r.emit(b)
		}
	}
}

// emit makes a block done.
func (r *run) emit(b *block) {
	r.keys = append(r.keys, firstPosition(b))
	r.done = append(r.done, r.enc.encode(b))
	r.spare = append(r.spare, b)
}

// firstPosition returns the key of a block.
func firstPosition(b *block) []byte {
	var name []byte
	if b.dirs[0].cont && b.len() > 0 {
		name = b.wire(0)
	}
	return position(treeKey(b.dirs[0].path), name)
}
