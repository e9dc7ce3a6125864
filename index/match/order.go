package match

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"

	"trawl/index"
)

// order is an order of results.
type order struct {
	sort    index.Sort
	reverse bool
}

func orderOf(sort index.Sort, reverse bool) order {
	if sort == "" {
		sort = index.ByRelevance
	}
	return order{sort, reverse}
}

// key holds the properties that order a result. A cursor is the key of one.
type key struct {
	rank      uint64 // of Plan.rank, of the last result of the page before
	relevance uint16
	fine      uint8
	count     uint32
	timed     bool // there is a time
	unix      int64
	depth     uint16
	size      int64
	kind      index.Kind
	name      []byte // folded
}

// rank returns the first part of a result's place in the order, as far as counting
// decides it: a result of smaller rank comes first.
func (p *Plan) rank(prefix uint64, relevance uint16, size int64, count uint32) uint64 {
	var r uint64
	switch p.order.sort {
	case index.ByName:
		r = prefix
	case index.BySize:
		switch {
		case size == index.UnknownSize:
			return math.MaxUint64
		case p.order.reverse:
			return uint64(size)
		}
		return math.MaxInt64 - uint64(size)
	case index.ByPlaces:
		r = math.MaxUint32 - uint64(count)
	case index.ByRelevance:
		if p.texts.words == "" { // else the texts decide the relevance
			r = (math.MaxUint16 - uint64(relevance)) << 32
			if !closest(relevance) {
				r += math.MaxUint32 - uint64(count)
			}
		}
	case index.ByTime:
	}
	if p.order.reverse {
		return ^r
	}
	return r
}

// compare orders results. Unknown sizes and times come last either way.
//
//	relevance: relevance, places, fine relevance, shallower, newer; newest version, size, kind
//	others:    their own property; name, size, kind
//
// Of names that are the words of the query, the fine relevance comes before the places.
func (o order) compare(a, b *key) int {
	c := 0
	names := compareNatural
	switch o.sort {
	case index.ByName:
	case index.BySize:
		if known := compareBools(b.size != index.UnknownSize, a.size != index.UnknownSize); known != 0 {
			return known
		}
		c = cmp.Compare(b.size, a.size)
	case index.ByTime:
		if known := compareBools(b.timed, a.timed); known != 0 {
			return known
		}
		c = cmp.Compare(b.unix, a.unix)
	case index.ByPlaces:
		c = cmp.Compare(b.count, a.count)
	default:
		names = compareVersions
		c = compareRelevance(a, b)
	}
	if c == 0 {
		c = cmp.Or(names(a.name, b.name), cmp.Compare(a.size, b.size), cmp.Compare(a.kind, b.kind))
	}
	if o.reverse {
		return -c
	}
	return c
}

// compareRelevance orders results by relevance, as far as their names do not decide. A time that is
// unknown counts as the oldest.
func compareRelevance(a, b *key) int {
	fine, places := cmp.Compare(b.fine, a.fine), cmp.Compare(b.count, a.count)
	if !closest(a.relevance) {
		fine, places = places, fine
	}
	c := cmp.Or(cmp.Compare(b.relevance, a.relevance), fine, places, cmp.Compare(a.depth, b.depth), compareBools(b.timed, a.timed))
	if c == 0 && a.timed {
		c = cmp.Compare(b.unix, a.unix)
	}
	return c
}

// compareBools orders false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// A cursor is the key of the last result of a page, so that the next page begins
// after it whatever has come or gone since. In base64:
//
//	version  1 byte
//	query    8 bytes   Plan.queryID
//	relevance, fine, count, timed, unix+, depth, size+, kind   varints
//	name     the rest
const cursorVersion = 3

// maxCursor is more than the longest name takes.
const maxCursor = 1 << 17

// queryID returns a number of what is asked and in which order.
func (p *Plan) queryID() uint64 {
	h := fnv.New64a()
	tree := ""
	if p.query.Tree != nil {
		tree = p.query.Tree.String()
	}
	_, _ = io.WriteString(h, fmt.Sprintf("%s\x00%s\x00%t", tree, p.order.sort, p.order.reverse))
	return h.Sum64()
}

func (k *key) cursor(id uint64) string {
	b := binary.BigEndian.AppendUint64([]byte{cursorVersion}, id)
	timed := uint64(0)
	if k.timed {
		timed = 1
	}
	for _, n := range []uint64{
		uint64(k.relevance), uint64(k.fine), uint64(k.count), timed, uint64(k.unix), uint64(k.depth), uint64(k.size), uint64(k.kind),
	} {
		b = binary.AppendUvarint(b, n)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, k.name...))
}

// readCursor reads what cursor wrote for the query of that id.
func readCursor(s string, id uint64) (*key, error) {
	if len(s) > maxCursor {
		return nil, fmt.Errorf("read cursor: %w", index.ErrCursor)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 9 || b[0] != cursorVersion || binary.BigEndian.Uint64(b[1:]) != id {
		return nil, fmt.Errorf("read cursor: %w", index.ErrCursor)
	}
	b = b[9:]
	var n [8]uint64
	for i := range n {
		v, used := binary.Uvarint(b)
		if used <= 0 {
			return nil, fmt.Errorf("read cursor: %w", index.ErrCursor)
		}
		n[i], b = v, b[used:]
	}
	return &key{
		relevance: uint16(n[0]), fine: uint8(n[1]), count: uint32(n[2]), timed: n[3] == 1, unix: int64(n[4]),
		depth: uint16(n[5]), size: int64(n[6]), kind: index.Kind(n[7]), name: b,
	}, nil
}

// rankHeap keeps the smallest ranks that were added, limit of them.
type rankHeap struct {
	limit int
	ranks []uint64
}

// last returns the greatest rank that would still be among the smallest.
func (h *rankHeap) last() uint64 {
	if len(h.ranks) < h.limit {
		return math.MaxUint64
	}
	return h.ranks[0]
}

// add adds a rank.
func (h *rankHeap) add(rank uint64) {
	if len(h.ranks) < h.limit {
		h.ranks = append(h.ranks, rank)
		for i := len(h.ranks) - 1; i > 0 && h.ranks[(i-1)/2] < h.ranks[i]; i = (i - 1) / 2 {
			h.ranks[i], h.ranks[(i-1)/2] = h.ranks[(i-1)/2], h.ranks[i]
		}
		return
	}
	if rank >= h.ranks[0] {
		return
	}
	i := 0
	for child := 1; child < len(h.ranks); child = 2*i + 1 {
		if child+1 < len(h.ranks) && h.ranks[child+1] > h.ranks[child] {
			child++
		}
		if h.ranks[child] <= rank {
			break
		}
		h.ranks[i] = h.ranks[child]
		i = child
	}
	h.ranks[i] = rank
}
