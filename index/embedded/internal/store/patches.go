package store

import (
	"bytes"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// manyPatches bounds the entries in patches to one in so many of a host's. If there are
// more, neighbouring ranges that exceed the bound themselves are rewritten, one after the
// other, so that few database pages change.
const manyPatches = 16

// nearRanges is over how many ranges patching.near averages.
const nearRanges = 32

// patching is what one transaction changes of masks and patches.
type patching struct {
	many     bool    // the host has many patches
	near     float64 // the average part of the last ranges that is in patches, or gone
	masked   []masked
	replaced []keyRange // the patches of these ranges are replaced, in order
	fresh    piece      // by these entries
	grown    int        // by how many entries the patches grow
	repatch  cutter
	stale    [][]byte // keys of the patches before
}

// masked is a block that gets a mask.
type masked struct {
	id   block.ID
	gone Mask
}

// startPatching prepares the merger for masks and patches.
func (m *merger) startPatching(tally *index.Tally) {
	m.patching.fresh.clear(m.layers.no)
	m.patching.repatch = cutter{host: m.layers.no, size: m.out.size}
	m.patching.many = m.layers.layered && patchedOf(writing{m.tx}, m.layers.no)*manyPatches > tally.Files+tally.Directories
}

// measure adds the range that was loaded to the average.
func (m *merger) measure() {
	if m.patching.many {
		part := float64(max(len(m.layers.mask.Entries), m.layers.over.Len())) / float64(max(1, m.old.Len()))
		m.patching.near += (part - m.patching.near) / nearRanges
	}
}

// dense reports whether ranges are to be rewritten here.
func (m *merger) dense() bool { return m.patching.many && m.patching.near*manyPatches > 1 }

// patchBlock stores a range as a mask and a patch over its block, if the two differ little.
// Otherwise it reports false.
func (m *merger) patchBlock(s keyRange) bool {
	base := &m.old
	if m.layers.covered {
		base = &m.layers.base
	}
	first := &base.Dirs()[0]
	if first.Cont && (m.latest.empty() || !bytes.Equal(m.latest.Dirs()[0].Path, first.Path)) {
		return false // the block would begin within a directory that is not there
	}
	var gone Mask
	var patch piece
	if !difference(base, &m.latest.Block, &gone, &patch) {
		return false
	}
	most := max(base.Len(), len(base.Dirs())) / 2
	if m.patching.many {
		most /= 2
	}
	if m.dense() || max(len(gone.dirs)+len(gone.Entries), len(patch.Dirs()), patch.Len()) > most {
		return false
	}
	m.patching.masked = append(m.patching.masked, masked{s.id, gone})
	m.replace(s, &patch)
	return true
}

// replace has the entries of a range in patches replaced.
func (m *merger) replace(s keyRange, patch *piece) {
	if m.layers.over.empty() && patch.empty() {
		return
	}
	m.patching.replaced = append(m.patching.replaced, keyRange{key: m.layers.begin(s), end: s.end})
	overlay(&m.patching.fresh, &block.Block{}, Mask{}, &patch.Block)
}

// writePatches writes masks and patches.
func (m *merger) writePatches() error {
	if err := m.writeMasks(); err != nil {
		return err
	}
	if len(m.patching.replaced) == 0 {
		return nil
	}
	if err := m.gather(); err != nil {
		return err
	}
	for _, key := range m.patching.stale {
		if err := m.bucket("patches").Delete(hostKey(m.layers.no, key)); err != nil {
			return err
		}
	}
	if err := m.patching.repatch.write(m.bucket("blocks"), m.bucket("patches")); err != nil {
		return err
	}
	return putPatched(m.tx, m.layers.no, patchedOf(writing{m.tx}, m.layers.no)+int64(m.patching.grown))
}

// writeMasks writes the masks that change, and logs the old ones for the dictionary. If there is
// none they are forgotten at once.
func (m *merger) writeMasks() error {
	seq, log := uint64(0), m.store.Followers.logsMasks()
	for i := range m.patching.masked {
		id, gone := m.patching.masked[i].id, &m.patching.masked[i].gone
		var data []byte
		if !gone.empty() {
			data = gone.encode()
		}
		old := maskIn(m.layers.masks, id)
		if bytes.Equal(data, old) {
			continue
		}
		_, err := m.bucket("masks").NextSequence()
		if seq == 0 && err == nil {
			seq, err = m.bucket("blocks").NextSequence()
		}
		switch {
		case err != nil:
		case log:
			err = m.bucket("masked").Put(append(Number(seq), Number(uint64(id))...), bytes.Clone(old))
		default:
			err = m.bucket("masked").SetSequence(seq)
		}
		if err == nil {
			err = putMask(m.bucket("masks"), id, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gather collects the patches that change.
func (m *merger) gather() error {
	least := m.layers.find(m.layers.patches, nil).key
	at := m.layers.find(m.layers.patches, m.patching.replaced[0].key)
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
		n := m.patching.repatch.len()
		if force = next != nil && n > 0 && n < m.patching.repatch.size/2; !force {
			if len(m.patching.replaced) == 0 {
				m.patching.repatch.flush()
				return nil
			}
			next = m.patching.replaced[0].key
		}
		before := at
		if at = m.layers.find(m.layers.patches, next); !bytes.Equal(at.key, before.end) {
			m.patching.repatch.flush()
		}
	}
}

// pastPatch moves the replaced ranges on to the position after a patch.
func (m *merger) pastPatch(end []byte) {
	for len(m.patching.replaced) > 0 {
		r := &m.patching.replaced[0]
		if end != nil && (r.end == nil || bytes.Compare(r.end, end) > 0) {
			if bytes.Compare(r.key, end) < 0 {
				r.key = end
			}
			return
		}
		m.patching.replaced = m.patching.replaced[1:]
	}
}

// gatherOne rewrites a patch if it changes, or if force. Its range begins at begin.
func (m *merger) gatherOne(at keyRange, begin []byte, force bool) error {
	m.layers.patch.Reset(m.layers.no)
	if at.id != 0 {
		if err := badBlock(at.id, m.layers.patch.Decode(m.layers.blocks.Get(Number(uint64(at.id))))); err != nil {
			return err
		}
	}
	var kept, fresh piece
	lo, rest := begin, true
	for _, r := range m.patching.replaced {
		if at.end != nil && bytes.Compare(r.key, at.end) >= 0 {
			break
		}
		if r.key != nil {
			kept.cut(&m.layers.patch, lo, r.key)
		}
		if lo, rest = r.end, r.end != nil; !rest {
			break
		}
	}
	if rest {
		kept.cut(&m.layers.patch, lo, at.end)
	}
	fresh.cut(&m.patching.fresh.Block, begin, at.end)
	if !force && fresh.empty() && kept.Len() == m.layers.patch.Len() && len(kept.Dirs()) == len(m.layers.patch.Dirs()) {
		m.patching.repatch.flush()
		return nil
	}
	m.patching.grown += kept.Len() + fresh.Len() - m.layers.patch.Len()
	overlay(&m.patching.repatch, &kept.Block, Mask{}, &fresh.Block)
	if at.id != 0 {
		m.drop, m.patching.stale = append(m.drop, at.id), append(m.patching.stale, at.key)
	}
	return nil
}

// patchedOf returns how many entries the patches of a host hold.
func patchedOf(from reader, no block.HostNo) int64 {
	if data := from.tree("patched").Get(hostKey(no, nil)); len(data) == 8 {
		return int64(binary.BigEndian.Uint64(data))
	}
	return 0
}

// putPatched writes how many entries the patches of a host hold.
func putPatched(tx *bolt.Tx, no block.HostNo, n int64) error {
	if n == patchedOf(writing{tx}, no) {
		return nil
	}
	return tx.Bucket([]byte("patched")).Put(hostKey(no, nil), Number(uint64(n)))
}
