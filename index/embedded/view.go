package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

// view is the store at one moment: what is written later does not show in it,
// and nothing waits for it. It must be closed, and soon, since the space that is
// freed meanwhile cannot be used again before. One goroutine may use it at a
// time, but views are cheap: take one each.
type view struct {
	store *store
	file  *openDB
	shown *sharedTx
	tx    *bolt.Tx // of shown, or the one that writes

	blocks   *bolt.Cursor // once data was called
	at       blockID      // where it is, or 0
	masks    *bolt.Bucket // and once maskOf was
	unmasked bool         // there are no masks
	pack     blockID      // the number of the masks that were read last, and one more
	packed   []byte       // these
	marks    *bolt.Bucket // once statusOf was called, as are
	statuses map[hostNo]hostStatus
}

// view opens a view of the present.
func (s *store) view() (v *view, err error) {
	file, err := s.use()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.users.Done()
		}
	}()
	defer recoverDamage(&err)
	shown, err := file.take()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.path, err)
	}
	return &view{store: s, file: file, shown: shown, tx: shown.tx}, nil
}

// close lets go of the view. Slices that it handed out end with it.
func (v *view) close() {
	v.file.leave(v.shown)
	v.file.users.Done()
}

func (v *view) bucket(name string) *bolt.Bucket { return v.tx.Bucket([]byte(name)) }

// sequence returns the number that was given out last: every block of the view
// has an ID up to it, every block that is written later one above it.
func (v *view) sequence() uint64 { return v.bucket("blocks").Sequence() }

// state tells moments of the catalogue apart: in two views of the same state a
// search finds the same. What a crawl notes for itself does not change it.
type state struct {
	file   *openDB
	blocks uint64 // numbers of the blocks that were written, and of the times that some were dropped
	hosts  uint64 // version of the host records, with settings and health
	masks  uint64 // changes of masks
	marks  uint64 // changes of marks
	texts  uint64 // changes of texts
	abouts uint64 // changes of descriptions
	news   uint64 // the first change of a text that their index does not know, 0 if it knows all
}

// state returns the state of the catalogue in the view.
func (v *view) state() state {
	s := state{
		file: v.file, hosts: hostsVersion(v.tx),
		blocks: v.sequence(), masks: v.bucket("masks").Sequence(), marks: v.bucket("marks").Sequence(),
		texts: v.bucket(textsBucket).Sequence(), abouts: v.bucket(aboutsBucket).Sequence(),
	}
	if n, _ := v.bucket(newsBucket).Cursor().First(); n != nil {
		s.news = binary.BigEndian.Uint64(n)
	}
	return s
}

// state returns the present state.
func (s *store) state() (now state, err error) {
	defer recoverDamage(&err)
	v, err := s.view()
	if err != nil {
		return state{}, err
	}
	defer v.close()
	return v.state(), nil
}

// data returns the bytes of a block, or nil if there is none (any more). They
// hold until close. It is quickest for rising numbers.
func (v *view) data(id blockID) []byte {
	if v.blocks == nil {
		v.blocks = v.bucket("blocks").Cursor()
	}
	var key, data []byte
	if v.at != 0 && v.at < id && id-v.at <= stroll {
		for key, data = v.blocks.Next(); key != nil && binary.BigEndian.Uint64(key) < uint64(id); {
			key, data = v.blocks.Next()
		}
	} else {
		key, data = v.blocks.Seek(number(uint64(id)))
	}
	if key == nil {
		v.at = 0 // the cursor is nowhere
		return nil
	}
	if v.at = blockID(binary.BigEndian.Uint64(key)); v.at != id {
		return nil
	}
	return data
}

// stroll is how many blocks are gone over one by one rather than sought from the
// root of the tree.
const stroll = 8

// maskOf returns the mask of a block as it is kept, or nil if there is none. It
// holds until close.
func (v *view) maskOf(id blockID) []byte {
	if v.masks == nil {
		v.masks = v.bucket("masks")
		first, _ := v.masks.Cursor().First()
		v.unmasked = first == nil
	}
	if v.unmasked {
		return nil
	}
	if pack := id/maskPack + 1; pack != v.pack {
		v.pack, v.packed = pack, v.masks.Get(maskKey(id))
	}
	return maskAmong(v.packed, id)
}

// after calls do with each block whose number is above seq, in order. The bytes
// hold until close. An error of do ends it and is returned.
func (v *view) after(seq uint64, do func(id blockID, data []byte) error) (err error) {
	defer recoverDamage(&err)
	c := v.bucket("blocks").Cursor()
	for k, data := c.Seek(number(seq + 1)); k != nil; k, data = c.Next() {
		if err := do(blockID(binary.BigEndian.Uint64(k)), data); err != nil {
			return err
		}
	}
	return nil
}

// droppedAfter calls do with the blocks that went away in each transaction whose
// number is above seq, in order. A block may have come and gone above seq.
func (v *view) droppedAfter(seq uint64, do func(seq uint64, ids []blockID) error) (err error) {
	defer recoverDamage(&err)
	c := v.bucket("dropped").Cursor()
	for k, packed := c.Seek(number(seq + 1)); k != nil; k, packed = c.Next() {
		ids := make([]blockID, len(packed)/8)
		for i := range ids {
			ids[i] = blockID(binary.BigEndian.Uint64(packed[8*i:]))
		}
		if err := do(binary.BigEndian.Uint64(k), ids); err != nil {
			return err
		}
	}
	return nil
}

// maskedAfter calls do with each block whose mask changed in a transaction whose number
// is above seq, in order, and the mask that it had before.
func (v *view) maskedAfter(seq uint64, do func(seq uint64, id blockID, old []byte) error) (err error) {
	defer recoverDamage(&err)
	c := v.bucket("masked").Cursor()
	for k, old := c.Seek(number(seq + 1)); k != nil; k, old = c.Next() {
		if err := do(binary.BigEndian.Uint64(k), blockID(binary.BigEndian.Uint64(k[8:])), old); err != nil {
			return err
		}
	}
	return nil
}

// status tells how far a directory's entries can be trusted.
type status struct {
	state index.State
	seen  int64 // when a crawl last saw it, in seconds since 1970
	stale bool  // it could not be read, or was not seen, since
}

// statusOf returns what is known of a directory beside its entries: whether it
// is stale, and when a crawl last saw it.
func (v *view) statusOf(no hostNo, d *blockDir) (status, error) {
	of, err := v.statusesOf(no)
	if err != nil {
		return status{}, err
	}
	st := status{seen: max(d.taken, of.confirmed)}
	if !of.marked {
		return st, nil
	}
	data := v.marks.Get(hostKey(no, treeKey(d.path)))
	if data == nil {
		return st, nil
	}
	m, err := parseMark(data)
	if err != nil {
		return status{}, err
	}
	st.state, st.stale = m.state(), m.state() == index.Stale
	if st.stale {
		st.seen = m.Seen
	}
	return st, nil
}

// hostStatus is what all directories of a host have in common.
type hostStatus struct {
	confirmed int64 // as hostRecord.Confirmed
	marked    bool  // some have marks
}

// statusesOf returns what a host's directories have in common, from memory if it
// was asked before.
func (v *view) statusesOf(no hostNo) (hostStatus, error) {
	if of, ok := v.statuses[no]; ok {
		return of, nil
	}
	hosts, err := v.hostTable()
	if err != nil {
		return hostStatus{}, err
	}
	if v.statuses == nil {
		v.statuses, v.marks = map[hostNo]hostStatus{}, v.bucket("marks")
	}
	first, _ := v.marks.Cursor().Seek(hostKey(no, nil))
	of := hostStatus{marked: bytes.HasPrefix(first, hostKey(no, nil))}
	if r := hosts.byNo[no]; r != nil {
		of.confirmed = r.Confirmed
	}
	v.statuses[no] = of
	return of, nil
}

// number is a key that is a number.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Keys returns how many keys a bucket holds. It is for tests.
func (s *store) Keys(bucket string) (n int, err error) {
	v, err := s.view()
	if err != nil {
		return 0, err
	}
	defer v.close()
	return v.bucket(bucket).Stats().KeyN, nil
}

// entries returns how many entries the catalogue holds.
func (v *view) entries() (n int64) {
	c := v.bucket("tallies").Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) == 4 {
			t := tallyOf(v.tx, hostNo(binary.BigEndian.Uint32(k)))
			n += t.Files + t.Directories
		}
	}
	return n
}
