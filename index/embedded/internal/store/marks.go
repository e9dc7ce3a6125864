package store

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// mark is what is known of a directory beside its entries. Most directories
// have none: they were listed completely and are not stale. It is kept as JSON
// without the zero values.
type mark struct {
	State uint8    `json:"s,omitempty"` // an index.State, but Unchanged
	Seen  int64    `json:"t,omitempty"` // if Stale: when a crawl last saw it, in seconds since 1970
	Why   string   `json:"w,omitempty"`
	Lost  int      `json:"l,omitempty"`
	Lines [][]byte `json:"u,omitempty"` // not understood
}

// plain reports whether m says nothing.
func (m *mark) plain() bool { return m.State == 0 && m.Why == "" && m.Lost == 0 && len(m.Lines) == 0 }

func (m *mark) state() index.State { return index.State(m.State) }

// count adds m to a tally, or takes it off if n is -1.
func (m *mark) count(t *index.Tally, n int64) {
	switch m.state() {
	case index.Stale:
		t.Stale += n
	case index.Denied:
		t.Denied += n
	}
	t.Unparsed += n * int64(m.Lost)
}

// lines keeps what a listing did not understand.
func (m *mark) lines(unparsed []string, lost int) {
	m.Lost += lost
	for _, line := range unparsed {
		if len(m.Lines) < index.MaxUnparsed {
			m.Lines = append(m.Lines, []byte(line))
		}
	}
}

func parseMark(data []byte) (mark, error) {
	var m mark
	if err := json.Unmarshal(data, &m); err != nil {
		return mark{}, fmt.Errorf("damaged mark: %w", err)
	}
	return m, nil
}

// markOf returns the mark of a directory, a plain one if there is none.
func markOf(tx *bolt.Tx, no block.HostNo, tree []byte) (mark, error) {
	data := tx.Bucket([]byte("marks")).Get(hostKey(no, tree))
	if data == nil {
		return mark{}, nil
	}
	return parseMark(data)
}

// putMark keeps m as the mark of a directory and the tally with it. Nothing is
// written if nothing has changed, which it tells.
func putMark(tx *bolt.Tx, no block.HostNo, tree []byte, m mark, tally *index.Tally) (changed bool, err error) {
	b, key := tx.Bucket([]byte("marks")), hostKey(no, tree)
	old := b.Get(key)
	if old != nil {
		was, err := parseMark(old)
		if err != nil {
			return false, err
		}
		was.count(tally, -1)
	}
	m.count(tally, 1)
	if m.plain() && old == nil {
		return false, nil
	}
	data, err := json.Marshal(m)
	if err != nil || string(data) == string(old) {
		return false, err
	}
	if _, err := b.NextSequence(); err != nil {
		return false, err
	}
	if m.plain() {
		return true, b.Delete(key)
	}
	return true, b.Put(key, data)
}
