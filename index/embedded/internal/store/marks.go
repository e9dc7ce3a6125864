package store

import (
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// mark holds the facts about a directory beside its entries. Most directories
// have none: they were listed completely and are not stale. It is stored as JSON
// without the zero values.
type mark struct {
	State uint8    `json:"s,omitempty"` // an index.State, never Unchanged
	Seen  int64    `json:"t,omitempty"` // if Stale: when a crawl last saw it, in seconds since 1970
	Why   string   `json:"w,omitempty"`
	Lost  int      `json:"l,omitempty"`
	Lines [][]byte `json:"u,omitempty"` // not understood

	Corrected bool `json:"c,omitempty"` // as index.Listing.Corrected
}

// plain reports whether m says no more than that a directory was listed completely.
func (m *mark) plain() bool {
	return m.State == 0 && m.Why == "" && m.Lost == 0 && len(m.Lines) == 0 && !m.Corrected
}

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

// lines adds the lines of a listing that were not understood.
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
func markOf(from reader, no block.HostNo, tree []byte) (mark, error) {
	data := from.tree("marks").Get(hostKey(no, tree))
	if data == nil {
		return mark{}, nil
	}
	return parseMark(data)
}

// putMark writes the mark of a directory and updates the tally. It reports whether the mark
// has changed; otherwise it writes nothing.
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
