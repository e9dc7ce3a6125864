package embedded

import (
	"errors"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

var errBlock = errors.New("not a block")

// view is the store at one moment: what is written later does not show in it,
// and nothing waits for it. It must be closed, and soon, since the space that is
// freed meanwhile cannot be used again before. One goroutine may use it at a
// time, but views are cheap: take one each.
type view struct {
	tx *bolt.Tx
}

// view opens a view of the present.
func (s *store) view() (*view, error) { return nil, errBlock }

// close lets go of the view. Slices that it handed out end with it.
func (v *view) close() {}

// sequence returns the number that was given out last: every block of the view
// has an ID up to it, every block that is written later one above it.
func (v *view) sequence() uint64 { return 0 }

// data returns the bytes of a block, or nil if there is none (any more). They
// hold until close.
func (v *view) data(id blockID) []byte { return nil }

// after calls do with each block whose number is above seq, in order. The bytes
// hold until close. An error of do ends it and is returned.
func (v *view) after(seq uint64, do func(id blockID, data []byte) error) error { return nil }

// droppedAfter calls do with the blocks that went away in each transaction whose
// number is above seq, in order. A block may have come and gone above seq.
func (v *view) droppedAfter(seq uint64, do func(seq uint64, ids []blockID) error) error { return nil }

// hosts returns the hosts by their number. Blocks of a host that is not in it
// are being removed and must be passed over.
func (v *view) hosts() (map[hostNo]*index.Host, error) { return nil, nil }

// statusOf returns what is known of a directory beside its entries: whether it
// is stale, and when a crawl last saw it.
func (v *view) statusOf(host hostNo, d *blockDir) (status, error) { return status{}, nil }

// status tells how far a directory's entries can be trusted.
type status struct {
	state index.State
	seen  int64 // when a crawl last saw it, in seconds since 1970
	stale bool  // it could not be read, or was not seen, since
}
