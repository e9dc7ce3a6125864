package pages

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
)

// Copy writes the file as it is in a transaction, m.Size() bytes. It must be open in bbolt meanwhile. Each page is proved before
// it is written, and pages that are free are written as zeros. Both pages that describe the file describe that transaction.
func (f *File) Copy(ctx context.Context, m Meta, w io.Writer) error {
	used := make([]uint64, m.End) // by page: how many pages from here on are one
	err := f.Prove(m, func(id uint64, p []byte) { used[id] = 1 + uint64(page(p).overflow()) })
	if err != nil {
		return err
	}
	for _, slot := range []uint64{0, 1} {
		if _, err := w.Write(m.page(slot)); err != nil {
			return err
		}
	}
	free := make([]byte, m.pageSize)
	for id := uint64(2); id < m.End; id += max(1, used[id]) {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := page(free)
		if used[id] > 0 {
			if p, err = f.page(&m, id); err != nil {
				return err
			}
		}
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// page returns the page that describes the transaction, for one of the two places of such pages. In the place that is not that
// of the transaction it says the number of the one before, as it does in copies that bbolt makes.
func (m *Meta) page(slot uint64) []byte {
	p := make([]byte, m.pageSize)
	binary.NativeEndian.PutUint64(p, slot)
	binary.NativeEndian.PutUint16(p[8:], flagMeta)
	says := p[headLen : headLen+metaLen]
	tx := m.Tx
	if tx%2 != slot {
		tx--
	}
	binary.NativeEndian.PutUint32(says, magic)
	binary.NativeEndian.PutUint32(says[4:], version)
	binary.NativeEndian.PutUint32(says[8:], uint32(m.pageSize))
	for i, n := range []uint64{m.root, m.sequence, m.Freelist, m.End, tx} {
		binary.NativeEndian.PutUint64(says[16+8*i:], n)
	}
	sum := fnv.New64a()
	sum.Write(says[:metaLen-8])
	binary.NativeEndian.PutUint64(says[metaLen-8:], sum.Sum64())
	return p
}
