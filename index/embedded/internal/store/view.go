package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// View is a snapshot of the store: later writes do not show in it, and nothing waits for
// it. It must be closed soon, since space that is freed meanwhile is not used again before.
// Only one goroutine may use a view at a time, but views are cheap.
type View struct {
	Store *Store
	file  *boltFile
	shown *sharedTx
	from  reader // shown, or the transaction that writes
	knows uint64 // the changes up to this number are in it, as in State

	// Opened by the first use:
	blocks   cursor
	at       block.ID // where blocks is, or 0
	masks    tree
	unmasked bool     // there are no masks
	pack     block.ID // one more than the key of packed
	packed   []byte   // the masks that were read last
	marks    tree
	statuses map[block.HostNo]hostStatus
}

// View opens a view of the present. The caller must close it.
func (s *Store) View() (v *View, err error) {
	knows := s.changes.made.Load()
	file, err := s.file.use()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.users.Done()
		}
	}()
	defer Guarded(&err)()
	shown, err := file.acquire()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	return &View{Store: s, file: file, shown: shown, from: shown.proven, knows: knows}, nil
}

// Close ends the view, and with it the slices that it returned.
func (v *View) Close() {
	v.file.release(v.shown)
	v.file.users.Done()
}

func (v *View) tree(name string) tree { return v.from.tree(name) }

// Sequence returns the number that was given out last. Blocks of the view have IDs up to
// it, blocks that are written later have IDs above it.
func (v *View) Sequence() uint64 { return v.tree("blocks").Sequence() }

// Data returns the bytes of a block, or nil if there is none (any more). They are
// valid until Close. Rising IDs are fastest. The error is ErrDamaged if the page cannot be read
// on which the block is.
func (v *View) Data(id block.ID) (data []byte, err error) {
	defer RecoverDamage(&err)
	if v.blocks == nil {
		v.blocks = v.tree("blocks").Cursor()
	}
	var key []byte
	if v.at != 0 && v.at < id && id-v.at <= maxSteps {
		for key, data = v.blocks.Next(); key != nil && number(key) < uint64(id); {
			key, data = v.blocks.Next()
		}
	} else {
		key, data = v.blocks.Seek(Number(uint64(id)))
	}
	if key == nil {
		v.at = 0 // the cursor is nowhere
		return nil, nil
	}
	if v.at = block.ID(number(key)); v.at != id {
		return nil, nil
	}
	return data, nil
}

// maxSteps is how many blocks Data steps over rather than to seek from the root of the
// tree.
const maxSteps = 8

// MaskOf returns the encoded mask of a block, or nil if there is none. It is valid until
// Close. The error is as for Data.
func (v *View) MaskOf(id block.ID) (mask []byte, err error) {
	defer RecoverDamage(&err)
	if v.masks == nil {
		v.masks = v.tree("masks")
		first, _ := v.masks.Cursor().First()
		v.unmasked = first == nil
	}
	if v.unmasked {
		return nil, nil
	}
	if pack := id/maskPack + 1; pack != v.pack {
		v.pack, v.packed = pack, v.masks.Get(maskKey(id))
	}
	return maskAmong(v.packed, id), nil
}

// After calls do with each block whose ID is above seq, in order. The bytes are valid
// until Close. An error of do ends it and is returned.
func (v *View) After(seq uint64, do func(id block.ID, data []byte) error) (err error) {
	defer Guarded(&err)()
	c := v.tree("blocks").Cursor()
	for k, data := c.Seek(Number(seq + 1)); k != nil; k, data = c.Next() {
		if err := do(block.ID(number(k)), data); err != nil {
			return err
		}
	}
	return nil
}

// DroppedAfter calls do with the blocks that each transaction with a number above seq
// dropped, in order. A block may have been written above seq, too.
func (v *View) DroppedAfter(seq uint64, do func(seq uint64, ids []block.ID) error) (err error) {
	defer Guarded(&err)()
	c := v.tree("dropped").Cursor()
	for k, packed := c.Seek(Number(seq + 1)); k != nil; k, packed = c.Next() {
		ids := make([]block.ID, len(packed)/8)
		for i := range ids {
			ids[i] = block.ID(binary.BigEndian.Uint64(packed[8*i:]))
		}
		if err := do(number(k), ids); err != nil {
			return err
		}
	}
	return nil
}

// Forgotten returns the number after which DroppedAfter and MaskedAfter know all changes.
func (v *View) Forgotten() uint64 {
	return max(v.tree("dropped").Sequence(), v.tree("masked").Sequence())
}

// MaskedAfter calls do with each block whose mask changed in a transaction whose number
// is above seq, in order, and the mask that it had before.
func (v *View) MaskedAfter(seq uint64, do func(seq uint64, id block.ID, old []byte) error) (err error) {
	defer Guarded(&err)()
	c := v.tree("masked").Cursor()
	for k, old := c.Seek(Number(seq + 1)); k != nil; k, old = c.Next() {
		if err := do(number(k), block.ID(binary.BigEndian.Uint64(k[8:])), old); err != nil {
			return err
		}
	}
	return nil
}

// Status says how far a directory's entries can be trusted.
type Status struct {
	State index.State
	Seen  int64 // when a crawl last saw it, in seconds since 1970
	Stale bool  // it could not be read, or was not seen, since
}

// StatusOf returns the status of a directory.
func (v *View) StatusOf(no block.HostNo, d *block.Dir) (Status, error) {
	host, err := v.statusesOf(no)
	if err != nil {
		return Status{}, err
	}
	st := Status{Seen: max(d.Taken, host.confirmed)}
	if !host.marked {
		return st, nil
	}
	data := v.marks.Get(hostKey(no, treeKey(d.Path)))
	if data == nil {
		return st, nil
	}
	m, err := parseMark(data)
	if err != nil {
		return Status{}, err
	}
	st.State, st.Stale = m.state(), m.state() == index.Stale
	if st.Stale {
		st.Seen = m.Seen
	}
	return st, nil
}

// hostStatus is the part of a status that all directories of a host share.
type hostStatus struct {
	confirmed int64 // as hostRecord.Confirmed
	marked    bool  // some have marks
}

// Confirmed returns when a crawl last began that saw every directory of a host that is not
// marked stale, in seconds since 1970.
func (v *View) Confirmed(no block.HostNo) (int64, error) {
	host, err := v.statusesOf(no)
	return host.confirmed, err
}

// statusesOf returns the shared status of a host's directories, from memory after the first
// call.
func (v *View) statusesOf(no block.HostNo) (hostStatus, error) {
	if known, ok := v.statuses[no]; ok {
		return known, nil
	}
	hosts, err := v.HostTable()
	if err != nil {
		return hostStatus{}, err
	}
	if v.statuses == nil {
		v.statuses, v.marks = map[block.HostNo]hostStatus{}, v.tree("marks")
	}
	first, _ := v.marks.Cursor().Seek(hostKey(no, nil))
	status := hostStatus{marked: bytes.HasPrefix(first, hostKey(no, nil))}
	if r := hosts.byNo[no]; r != nil {
		status.confirmed = r.Confirmed
	}
	v.statuses[no] = status
	return status, nil
}

// Number returns a number as a key.
func Number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// number returns the number that a key is or begins with.
func number(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

// Keys returns how many keys a bucket holds. It is for tests.
func (s *Store) Keys(bucket string) (n int, err error) {
	v, err := s.View()
	if err != nil {
		return 0, err
	}
	defer v.Close()
	defer Guarded(&err)()
	err = each(v.tree(bucket), func(_, _ []byte) error { n++; return nil })
	return n, err
}

// Entries returns how many entries the catalogue holds.
func (v *View) Entries() (n int64) {
	c := v.tree("tallies").Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) == 4 {
			t := tallyOf(v.from, block.HostNo(binary.BigEndian.Uint32(k)))
			n += t.Files + t.Directories
		}
	}
	return n
}
