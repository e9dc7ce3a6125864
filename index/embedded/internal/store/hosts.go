package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

var _ index.Hosts = (*Store)(nil)

// hostRecord is the value in the bucket hosts, as JSON. A field that a record lacks is zero: those of before there were
// doors have none (Host.Doors). The tally is in a bucket of its
// own, since it changes with every Put.
type hostRecord struct {
	No        block.HostNo
	Confirmed int64  // when a crawl last began that saw every directory not marked stale, in seconds since 1970
	Published []byte // Host.Known.Published, whose bytes JSON could not hold
	Host      index.Host
}

// HostTable holds all host records, without their tallies. It must not be changed. Blocks
// of a host that is not in it are being removed and must be ignored.
type HostTable struct {
	version  uint64 // that of meta
	shown    uint64 // that of a table in which searches see the same
	byNo     map[block.HostNo]*hostRecord
	byID     map[index.HostID]*hostRecord
	Hosts    []index.Host         // ordered by ID; positions in it are the ordinals
	Nos      []block.HostNo       // of Hosts
	Ordinals map[block.HostNo]int // positions in Hosts
}

// Number returns the number of a host, 0 if there is none.
func (t *HostTable) Number(id index.HostID) block.HostNo {
	if r := t.byID[id]; r != nil {
		return r.No
	}
	return 0
}

// HostTable returns the host records of the view, from memory if they have not changed.
func (v *View) HostTable() (*HostTable, error) {
	version := hostsVersion(v.from)
	if t := v.Store.hosts.Load(); t != nil && t.version == version {
		return t, nil
	}
	t := &HostTable{
		version: version,
		byNo:    map[block.HostNo]*hostRecord{}, byID: map[index.HostID]*hostRecord{}, Ordinals: map[block.HostNo]int{},
	}
	err := each(v.tree("hosts"), func(id, data []byte) error {
		r, err := parseHost(data)
		if err != nil {
			return fmt.Errorf("read host %s: %w", id, err)
		}
		t.byNo[r.No], t.byID[r.Host.ID] = r, r
		t.Ordinals[r.No] = len(t.Hosts)
		t.Hosts, t.Nos = append(t.Hosts, r.Host), append(t.Nos, r.No)
		return nil
	})
	if err != nil {
		return nil, err
	}
	old := v.Store.hosts.Load()
	if t.shown = version; old != nil && t.shows(old) {
		t.shown = old.shown
	}
	if old == nil || old.version < version {
		v.Store.hosts.Store(t)
	}
	return t, nil
}

// shows reports whether a search sees the same in two tables. It does not see the notes
// of crawls about a server.
func (t *HostTable) shows(other *HostTable) bool {
	return maps.EqualFunc(t.byNo, other.byNo, func(a, b *hostRecord) bool {
		return a.Host.ID == b.Host.ID && a.Confirmed == b.Confirmed && a.down() == b.down()
	})
}

// down reports whether a search says that the host cannot be reached.
func (r *hostRecord) down() bool { return !r.Host.Health.DownSince.IsZero() }

func hostsVersion(from reader) uint64 {
	if data := from.tree("meta").Get([]byte("hosts")); len(data) == 8 {
		return binary.BigEndian.Uint64(data)
	}
	return 0
}

func parseHost(data []byte) (*hostRecord, error) {
	var r hostRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("damaged record: %w", err)
	}
	r.Host.Known.Published = string(r.Published)
	return &r, nil
}

// hostOf returns a host's record, or ErrNoHost.
func hostOf(from reader, id index.HostID) (*hostRecord, error) {
	data := from.tree("hosts").Get([]byte(id))
	if data == nil {
		return nil, fmt.Errorf("%s: %w", id, index.ErrNoHost)
	}
	return parseHost(data)
}

// putHost writes a host record.
func putHost(tx *bolt.Tx, r *hostRecord) error {
	c := *r
	c.Published, c.Host.Known.Published, c.Host.Tally = []byte(r.Host.Known.Published), "", index.Tally{}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	hosts := tx.Bucket([]byte("hosts"))
	if bytes.Equal(hosts.Get([]byte(r.Host.ID)), data) {
		return nil
	}
	if err := hosts.Put([]byte(r.Host.ID), data); err != nil {
		return err
	}
	return tx.Bucket([]byte("meta")).Put([]byte("hosts"), Number(hostsVersion(writing{tx})+1))
}

// tallyOf returns the tally of a host.
func tallyOf(from reader, no block.HostNo) index.Tally {
	var t index.Tally
	data := from.tree("tallies").Get(hostKey(no, nil))
	if len(data) == 48 {
		for i, field := range tallyFields(&t) {
			*field = int64(binary.BigEndian.Uint64(data[8*i:]))
		}
	}
	return t
}

// putTally writes the tally of a host.
func putTally(tx *bolt.Tx, no block.HostNo, t index.Tally) error {
	if t == tallyOf(writing{tx}, no) {
		return nil
	}
	var data []byte
	for _, field := range tallyFields(&t) {
		data = binary.BigEndian.AppendUint64(data, uint64(*field))
	}
	return tx.Bucket([]byte("tallies")).Put(hostKey(no, nil), data)
}

// tallyFields returns the numbers of a tally in the order in which they are stored.
func tallyFields(t *index.Tally) []*int64 {
	return []*int64{&t.Directories, &t.Files, &t.Bytes, &t.Stale, &t.Denied, &t.Unparsed}
}

// Host keeps index.Hosts.
func (s *Store) Host(_ context.Context, id index.HostID) (h index.Host, err error) {
	v, err := s.View()
	if err != nil {
		return index.Host{}, err
	}
	defer v.Close()
	defer Guarded(&err)()
	r, err := hostOf(v.from, id)
	if err != nil {
		return index.Host{}, fmt.Errorf("host %w", err)
	}
	r.Host.Tally = tallyOf(v.from, r.No)
	return r.Host, nil
}

// Hosts keeps index.Hosts.
func (s *Store) Hosts(context.Context) (hosts []index.Host, err error) {
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	defer Guarded(&err)()
	err = each(v.tree("hosts"), func(_, data []byte) error {
		r, err := parseHost(data)
		if err == nil {
			r.Host.Tally = tallyOf(v.from, r.No)
			hosts = append(hosts, r.Host)
		}
		return err
	})
	slices.SortFunc(hosts, func(a, b index.Host) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return hosts, err
}

// Update keeps index.Hosts.
func (s *Store) Update(ctx context.Context, id index.HostID, change func(*index.Host) error) error {
	seen := false // what changes is seen by searches
	err := s.note(ctx, func(tx *bolt.Tx) error {
		r := &hostRecord{Host: index.Host{ID: id}}
		if data := tx.Bucket([]byte("hosts")).Get([]byte(id)); data != nil {
			var err error
			if r, err = parseHost(data); err != nil {
				return err
			}
		} else {
			no, err := tx.Bucket([]byte("hosts")).NextSequence()
			if err != nil {
				return err
			}
			r.No = block.HostNo(no)
		}
		r.Host.Tally = tallyOf(writing{tx}, r.No)
		down := r.down()
		if err := change(&r.Host); err != nil {
			return err
		}
		seen = down != r.down()
		r.Host.ID = id
		return putHost(tx, r)
	})
	if seen {
		s.settle(s.changed())
	}
	return err
}

// Remove keeps index.Hosts. The first of its transactions removes the host, Sweep the rest.
// If that is cut off, a later Sweep completes it.
func (s *Store) Remove(ctx context.Context, id index.HostID) error {
	if !s.crawling.acquire(id, false) {
		return fmt.Errorf("remove %s: %w", id, index.ErrBusy)
	}
	defer s.crawling.release(id)
	err := s.update(ctx, func(tx *bolt.Tx) error {
		r, err := hostOf(writing{tx}, id)
		if err != nil {
			return err
		}
		if err := tx.Bucket([]byte("hosts")).Delete([]byte(id)); err != nil {
			return err
		}
		if err := tx.Bucket([]byte("removed")).Put(hostKey(r.No, nil), nil); err != nil {
			return err
		}
		return tx.Bucket([]byte("meta")).Put([]byte("hosts"), Number(hostsVersion(writing{tx})+1))
	})
	if err == nil {
		err = s.Sweep(ctx)
	}
	if err != nil {
		return fmt.Errorf("remove %w", err)
	}
	return nil
}

// sweepSize is how many blocks or other keys one transaction of sweep deletes.
const sweepSize = 4096

// Sweep drops everything that removed hosts have left, in transactions of a bounded
// size. It may be cut off and repeated.
func (s *Store) Sweep(ctx context.Context) error {
	more, err := s.unswept()
	for err == nil && more {
		err = s.record(ctx, func(tx *bolt.Tx) error {
			key, _ := tx.Bucket([]byte("removed")).Cursor().First()
			if more = key != nil; !more {
				return nil
			}
			no := block.HostNo(binary.BigEndian.Uint32(key))
			left, err := sweepHost(tx, no)
			if err != nil || left {
				return err
			}
			return tx.Bucket([]byte("removed")).Delete(hostKey(no, nil))
		})
	}
	return err
}

// unswept reports whether there is anything to sweep.
func (s *Store) unswept() (some bool, err error) {
	v, err := s.View()
	if err != nil {
		return false, err
	}
	defer v.Close()
	defer Guarded(&err)()
	key, _ := v.tree("removed").Cursor().First()
	return key != nil, nil
}

// sweepHost drops up to sweepSize keys of a host and reports whether there may be
// more.
func sweepHost(tx *bolt.Tx, no block.HostNo) (more bool, err error) {
	var ids []block.ID
	n, prefix := 0, hostKey(no, nil)
	for _, name := range []string{"dirs", "patches", "patched", "marks", "seen", "crawls", "tallies"} {
		c := tx.Bucket([]byte(name)).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix) && n < sweepSize; k, v = c.Seek(prefix) {
			if name == "dirs" || name == "patches" {
				ids = append(ids, block.ID(number(v)))
			}
			if err := c.Delete(); err != nil {
				return false, err
			}
			n++
		}
	}
	if err := forgetTexts(tx, no); err != nil {
		return false, err
	}
	return n == sweepSize, dropBlocks(tx, ids)
}

// dropBlocks deletes blocks, whose keys are gone, with their masks, and logs their IDs for
// the followers.
func dropBlocks(tx *bolt.Tx, ids []block.ID) error {
	if len(ids) == 0 {
		return nil
	}
	blocks, masks := tx.Bucket([]byte("blocks")), tx.Bucket([]byte("masks"))
	slices.Sort(ids)
	var packed []byte
	for _, id := range ids {
		packed = binary.BigEndian.AppendUint64(packed, uint64(id))
		if err := errors.Join(blocks.Delete(Number(uint64(id))), putMask(masks, id, nil)); err != nil {
			return err
		}
	}
	seq, err := blocks.NextSequence()
	if err != nil {
		return err
	}
	return tx.Bucket([]byte("dropped")).Put(Number(seq), packed)
}
