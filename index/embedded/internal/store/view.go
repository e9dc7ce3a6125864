package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// View is the store at one moment: what is written later does not show in it,
// and nothing waits for it. It must be closed, and soon, since the space that is
// freed meanwhile cannot be used again before. One goroutine may use it at a
// time, but views are cheap: take one each.
type View struct {
	Store *Store
	file  *boltFile
	shown *sharedTx
	tx    *bolt.Tx // of shown, or the one that writes

	blocks   *bolt.Cursor // once data was called
	at       block.ID     // where it is, or 0
	masks    *bolt.Bucket // and once maskOf was
	unmasked bool         // there are no masks
	pack     block.ID     // the number of the masks that were read last, and one more
	packed   []byte       // these
	marks    *bolt.Bucket // once statusOf was called, as are
	statuses map[block.HostNo]hostStatus
}

// View opens a view of the present.
func (s *Store) View() (v *View, err error) {
	file, err := s.file.use()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.users.Done()
		}
	}()
	defer RecoverDamage(&err)
	shown, err := file.acquire()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	return &View{Store: s, file: file, shown: shown, tx: shown.tx}, nil
}

// Close lets go of the view. Slices that it handed out end with it.
func (v *View) Close() {
	v.file.release(v.shown)
	v.file.users.Done()
}

func (v *View) bucket(name string) *bolt.Bucket { return v.tx.Bucket([]byte(name)) }

// Sequence returns the number that was given out last: every block of the view
// has an ID up to it, every block that is written later one above it.
func (v *View) Sequence() uint64 { return v.bucket("blocks").Sequence() }

// State tells moments of the catalogue apart: in two views of the same state a
// search finds the same. What a crawl notes for itself does not change it.
type State struct {
	file   *boltFile
	blocks uint64 // numbers of the blocks that were written, and of the times that some were dropped
	hosts  uint64 // version of the host records, with settings and health
	masks  uint64 // changes of masks
	marks  uint64 // changes of marks
	texts  uint64 // changes of texts
	abouts uint64 // changes of descriptions
	news   uint64 // the first change of a text that their index does not know, 0 if it knows all
}

// State returns the state of the catalogue in the view.
func (v *View) State() State {
	s := State{
		file: v.file, hosts: hostsVersion(v.tx),
		blocks: v.Sequence(), masks: v.bucket("masks").Sequence(), marks: v.bucket("marks").Sequence(),
		texts: v.bucket(textsBucket).Sequence(), abouts: v.bucket(aboutsBucket).Sequence(),
	}
	if n, _ := v.bucket(newsBucket).Cursor().First(); n != nil {
		s.news = number(n)
	}
	return s
}

// State returns the present state.
func (s *Store) State() (now State, err error) {
	defer RecoverDamage(&err)
	v, err := s.View()
	if err != nil {
		return State{}, err
	}
	defer v.Close()
	return v.State(), nil
}

// Data returns the bytes of a block, or nil if there is none (any more). They
// hold until close. It is quickest for rising numbers.
func (v *View) Data(id block.ID) []byte {
	if v.blocks == nil {
		v.blocks = v.bucket("blocks").Cursor()
	}
	var key, data []byte
	if v.at != 0 && v.at < id && id-v.at <= stroll {
		for key, data = v.blocks.Next(); key != nil && number(key) < uint64(id); {
			key, data = v.blocks.Next()
		}
	} else {
		key, data = v.blocks.Seek(Number(uint64(id)))
	}
	if key == nil {
		v.at = 0 // the cursor is nowhere
		return nil
	}
	if v.at = block.ID(number(key)); v.at != id {
		return nil
	}
	return data
}

// stroll is how many blocks are gone over one by one rather than sought from the
// root of the tree.
const stroll = 8

// MaskOf returns the mask of a block as it is kept, or nil if there is none. It
// holds until close.
func (v *View) MaskOf(id block.ID) []byte {
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

// After calls do with each block whose number is above seq, in order. The bytes
// hold until close. An error of do ends it and is returned.
func (v *View) After(seq uint64, do func(id block.ID, data []byte) error) (err error) {
	defer RecoverDamage(&err)
	c := v.bucket("blocks").Cursor()
	for k, data := c.Seek(Number(seq + 1)); k != nil; k, data = c.Next() {
		if err := do(block.ID(number(k)), data); err != nil {
			return err
		}
	}
	return nil
}

// DroppedAfter calls do with the blocks that went away in each transaction whose
// number is above seq, in order. A block may have come and gone above seq.
func (v *View) DroppedAfter(seq uint64, do func(seq uint64, ids []block.ID) error) (err error) {
	defer RecoverDamage(&err)
	c := v.bucket("dropped").Cursor()
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

// MaskedAfter calls do with each block whose mask changed in a transaction whose number
// is above seq, in order, and the mask that it had before.
func (v *View) MaskedAfter(seq uint64, do func(seq uint64, id block.ID, old []byte) error) (err error) {
	defer RecoverDamage(&err)
	c := v.bucket("masked").Cursor()
	for k, old := c.Seek(Number(seq + 1)); k != nil; k, old = c.Next() {
		if err := do(number(k), block.ID(binary.BigEndian.Uint64(k[8:])), old); err != nil {
			return err
		}
	}
	return nil
}

// Status tells how far a directory's entries can be trusted.
type Status struct {
	State index.State
	Seen  int64 // when a crawl last saw it, in seconds since 1970
	Stale bool  // it could not be read, or was not seen, since
}

// StatusOf returns what is known of a directory beside its entries: whether it
// is stale, and when a crawl last saw it.
func (v *View) StatusOf(no block.HostNo, d *block.Dir) (Status, error) {
	of, err := v.statusesOf(no)
	if err != nil {
		return Status{}, err
	}
	st := Status{Seen: max(d.Taken, of.confirmed)}
	if !of.marked {
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

// hostStatus is what all directories of a host have in common.
type hostStatus struct {
	confirmed int64 // as hostRecord.Confirmed
	marked    bool  // some have marks
}

// Confirmed returns when a crawl last began that saw every directory of a host that is not
// marked stale, in seconds since 1970.
func (v *View) Confirmed(no block.HostNo) (int64, error) {
	of, err := v.statusesOf(no)
	return of.confirmed, err
}

// statusesOf returns what a host's directories have in common, from memory if it
// was asked before.
func (v *View) statusesOf(no block.HostNo) (hostStatus, error) {
	if of, ok := v.statuses[no]; ok {
		return of, nil
	}
	hosts, err := v.HostTable()
	if err != nil {
		return hostStatus{}, err
	}
	if v.statuses == nil {
		v.statuses, v.marks = map[block.HostNo]hostStatus{}, v.bucket("marks")
	}
	first, _ := v.marks.Cursor().Seek(hostKey(no, nil))
	of := hostStatus{marked: bytes.HasPrefix(first, hostKey(no, nil))}
	if r := hosts.byNo[no]; r != nil {
		of.confirmed = r.Confirmed
	}
	v.statuses[no] = of
	return of, nil
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
	return v.bucket(bucket).Stats().KeyN, nil
}

// Entries returns how many entries the catalogue holds.
func (v *View) Entries() (n int64) {
	c := v.bucket("tallies").Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) == 4 {
			t := tallyOf(v.tx, block.HostNo(binary.BigEndian.Uint32(k)))
			n += t.Files + t.Directories
		}
	}
	return n
}
