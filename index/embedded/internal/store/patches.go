package store

import (
	"bytes"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// manyPatches is the part of a host's entries, one in so many, that patches may
// hold: if they hold more, stretches are written anew where they hold more of them
// than that, one after the other, so that few pages of the file change.
const manyPatches = 16

// nearStretches is how many of the stretches before tell how many patches there are
// about one.
const nearStretches = 32

// patching is what one transaction changes of masks and patches.
type patching struct {
	many     bool    // the host has many patches
	near     float64 // what part of the last stretches is in patches, or gone
	masked   []masked
	replaced []stretch // what patches hold of these goes, in order
	fresh    piece     // and this comes in its place
	grown    int       // by how many entries
	repatch  run
	stale    [][]byte // keys of the patches before
}

// masked is a block that gets a mask.
type masked struct {
	id   block.ID
	gone Mask
}

func (m *merger) startPatching(tally *index.Tally) {
	m.fresh.clear(m.no)
	m.repatch = run{host: m.no, size: m.out.size}
	m.many = m.layered && patchedOf(m.tx, m.no)*manyPatches > tally.Files+tally.Directories
}

// note takes down how much of the stretch that was loaded is not in its block.
func (m *merger) note() {
	if m.many {
		part := float64(max(len(m.mask.Entries), m.over.Len())) / float64(max(1, m.old.Len()))
		m.near += (part - m.near) / nearStretches
	}
}

// dense reports whether stretches are to be written anew here.
func (m *merger) dense() bool { return m.many && m.near*manyPatches > 1 }

// beside has what a stretch is to hold written beside its block, if the two differ
// little.
func (m *merger) beside(s stretch) bool {
	base := &m.old
	if m.covered {
		base = &m.base
	}
	first := &base.Dirs()[0]
	if first.Cont && (m.young.empty() || !bytes.Equal(m.young.Dirs()[0].Path, first.Path)) {
		return false // the block would begin within a directory that is not there
	}
	var gone Mask
	var patch piece
	if !difference(base, &m.young.Block, &gone, &patch) {
		return false
	}
	most := max(base.Len(), len(base.Dirs())) / 2
	if m.many {
		most /= 2
	}
	if m.dense() || max(len(gone.dirs)+len(gone.Entries), len(patch.Dirs()), patch.Len()) > most {
		return false
	}
	m.masked = append(m.masked, masked{s.id, gone})
	m.replace(s, &patch)
	return true
}

// replace has what patches hold of a stretch replaced.
func (m *merger) replace(s stretch, patch *piece) {
	if m.over.empty() && patch.empty() {
		return
	}
	m.replaced = append(m.replaced, stretch{key: m.begin(s), end: s.end})
	overlay(&m.fresh, &block.Block{}, Mask{}, &patch.Block)
}

// writePatches writes masks and patches.
func (m *merger) writePatches() error {
	if err := m.writeMasks(); err != nil {
		return err
	}
	if len(m.replaced) == 0 {
		return nil
	}
	if err := m.gather(); err != nil {
		return err
	}
	for _, key := range m.stale {
		if err := m.patches.Delete(hostKey(m.no, key)); err != nil {
			return err
		}
	}
	if err := m.repatch.write(m.layers, m.patches); err != nil {
		return err
	}
	return putPatched(m.tx, m.no, patchedOf(m.tx, m.no)+int64(m.grown))
}

// writeMasks writes the masks that change, and for the roll, if there is one, what they
// were.
func (m *merger) writeMasks() error {
	seq, log := uint64(0), m.store.Followers.logsMasks()
	for i := range m.masked {
		id, gone := m.masked[i].id, &m.masked[i].gone
		var data []byte
		if !gone.empty() {
			data = gone.encode()
		}
		old := maskIn(m.masks, id)
		if bytes.Equal(data, old) {
			continue
		}
		_, err := m.masks.NextSequence()
		if seq == 0 && log && err == nil {
			seq, err = m.blocks.NextSequence()
		}
		if log && err == nil {
			err = m.tx.Bucket([]byte("masked")).Put(append(Number(seq), Number(uint64(id))...), bytes.Clone(old))
		}
		if err == nil {
			err = putMask(m.masks, id, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gather puts the patches that change together.
func (m *merger) gather() error {
	least := m.find(m.patches, nil).key
	at := m.find(m.patches, m.replaced[0].key)
	for force := false; ; {
		lo := at.key
		if bytes.Equal(lo, least) {
			lo = nil
		}
		if err := m.gatherOne(at, lo, force); err != nil {
			return err
		}
		m.pastPatch(at.end)
		next := at.end
		n := m.repatch.len()
		if force = next != nil && n > 0 && n < m.repatch.size/2; !force {
			if len(m.replaced) == 0 {
				m.repatch.flush()
				return nil
			}
			next = m.replaced[0].key
		}
		before := at
		if at = m.find(m.patches, next); !bytes.Equal(at.key, before.end) {
			m.repatch.flush()
		}
	}
}

// pastPatch goes on with what is replaced from the position after a patch.
func (m *merger) pastPatch(end []byte) {
	for len(m.replaced) > 0 {
		r := &m.replaced[0]
		if end != nil && (r.end == nil || bytes.Compare(r.end, end) > 0) {
			if bytes.Compare(r.key, end) < 0 {
				r.key = end
			}
			return
		}
		m.replaced = m.replaced[1:]
	}
}

// gatherOne writes a patch anew if it changes, or if force. What it is
// responsible for begins at begin.
func (m *merger) gatherOne(at stretch, begin []byte, force bool) error {
	m.patch.Reset(m.no)
	if at.id != 0 {
		if err := badBlock(at.id, m.patch.Decode(m.blocks.Get(Number(uint64(at.id))))); err != nil {
			return err
		}
	}
	var kept, fresh piece
	lo, rest := begin, true
	for _, r := range m.replaced {
		if at.end != nil && bytes.Compare(r.key, at.end) >= 0 {
			break
		}
		if r.key != nil {
			kept.cut(&m.patch, lo, r.key)
		}
		if lo, rest = r.end, r.end != nil; !rest {
			break
		}
	}
	if rest {
		kept.cut(&m.patch, lo, at.end)
	}
	fresh.cut(&m.fresh.Block, begin, at.end)
	if !force && fresh.empty() && kept.Len() == m.patch.Len() && len(kept.Dirs()) == len(m.patch.Dirs()) {
		m.repatch.flush()
		return nil
	}
	m.grown += kept.Len() + fresh.Len() - m.patch.Len()
	overlay(&m.repatch, &kept.Block, Mask{}, &fresh.Block)
	if at.id != 0 {
		m.drop, m.stale = append(m.drop, at.id), append(m.stale, at.key)
	}
	return nil
}

// patchedOf returns how many entries the patches of a host hold.
func patchedOf(tx *bolt.Tx, no block.HostNo) int64 {
	if data := tx.Bucket([]byte("patched")).Get(hostKey(no, nil)); len(data) == 8 {
		return int64(binary.BigEndian.Uint64(data))
	}
	return 0
}

func putPatched(tx *bolt.Tx, no block.HostNo, n int64) error {
	if n == patchedOf(tx, no) {
		return nil
	}
	return tx.Bucket([]byte("patched")).Put(hostKey(no, nil), Number(uint64(n)))
}
