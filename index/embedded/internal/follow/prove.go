package follow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"trawl/index/embedded/internal/pages"
	"trawl/index/embedded/internal/segment"
)

// rootFile is the file of an index that says which segments there are. Bleve keeps it with
// bbolt. The bucket s holds a bucket for each state of the index, by its number:
//
//	m        type, version: of the segment plugin
//	         timeStamp:     when the state was written
//	         fileWriterID:  empty
//	i        the internal values of the index, and how many bytes were written
//	segment  p:             the name of its file, which is the segment's number
//	         d:             its documents that are deleted, a roaring bitmap, or nothing
//	         stats:         {}
//
// Bleve opens the newest state. If it cannot, it logs that and opens an older one or none.
const rootFile = "root.bolt"

// ErrUnsound is the error of an index that Bleve must not open.
var ErrUnsound = errors.New("it is not as Bleve has written it")

func unsound(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsound, fmt.Sprintf(format, args...))
}

// Prove proves the index in dir before Bleve opens it: the pages of root.bolt, and the newest
// state in it, all segments of which must be there and have the bytes of their checksums. It
// returns the internal values of that state, or nil if there is no index yet. Bleve would
// follow a damaged page into a stack overflow, and take an index without its segments for an
// empty one.
func Prove(dir, segmentType string, version uint32) (internal map[string][]byte, err error) {
	root := filepath.Join(dir, rootFile)
	switch _, err := os.Stat(root); {
	case errors.Is(err, fs.ErrNotExist):
		if segments, err := filepath.Glob(filepath.Join(dir, "*.zap")); err != nil || len(segments) > 0 {
			return nil, unsound("there are segments and no %s", rootFile)
		}
		return nil, nil
	case err != nil:
		return nil, err
	}
	if err := pages.Prove(root); err != nil {
		return nil, fmt.Errorf("%s: %w", rootFile, err)
	}
	file, err := pages.Map(root, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	err = segment.Guard(func() error {
		meta, err := file.Meta()
		if err != nil {
			return err
		}
		all := file.Root(&meta)
		internal, err = proveStates(&all, dir, segmentType, version)
		return err
	})
	return internal, err
}

// proveStates proves the newest state in root.bolt and returns its internal values, or nil if
// there is none.
func proveStates(root *pages.Bucket, dir, segmentType string, version uint32) (map[string][]byte, error) {
	states, ok := root.Bucket([]byte("s"))
	if !ok {
		return nil, nil
	}
	var newest []byte
	c := states.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if _, ok := number(k); !ok {
			return nil, unsound("a state is named %q", k)
		}
		newest = k
	}
	if newest == nil {
		return nil, nil
	}
	state, ok := states.Bucket(newest)
	if !ok {
		return nil, unsound("state %q is no bucket", newest)
	}
	return proveState(&state, dir, segmentType, version)
}

// proveState proves a state and returns its internal values.
func proveState(state *pages.Bucket, dir, segmentType string, version uint32) (map[string][]byte, error) {
	internal := map[string][]byte{}
	facts := false
	c := state.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		inner, ok := state.Bucket(k)
		if !ok {
			return nil, unsound("%q is no bucket", k)
		}
		var err error
		switch id, isNumber := number(k); {
		case string(k) == "m":
			facts = true
			err = proveFacts(&inner, segmentType, version)
		case string(k) == "i":
			values := inner.Cursor()
			for k, v := values.First(); k != nil; k, v = values.Next() {
				internal[string(k)] = bytes.Clone(v)
			}
		case isNumber:
			err = proveSegment(&inner, dir, id)
		default:
			err = unsound("a segment is named %q", k)
		}
		if err != nil {
			return nil, err
		}
	}
	if !facts {
		return nil, unsound("a state says nothing of its segments")
	}
	delete(internal, "TotBytesWritten")
	return internal, nil
}

// proveFacts proves what a state says of itself.
func proveFacts(facts *pages.Bucket, segmentType string, version uint32) error {
	versions := make([]byte, binary.MaxVarintLen32)
	binary.BigEndian.PutUint32(versions, version)
	if got := facts.Get([]byte("type")); string(got) != segmentType {
		return unsound("its segments are of the type %q and not %q", got, segmentType)
	}
	if got := facts.Get([]byte("version")); !bytes.Equal(got, versions) {
		return unsound("its segments are of the version %x and not %x", got, versions)
	}
	if got := facts.Get([]byte("fileWriterID")); len(got) > 0 {
		return unsound("it was written by %q", got)
	}
	if err := new(time.Time).UnmarshalText(facts.Get([]byte("timeStamp"))); err != nil {
		return unsound("it was written at %q", facts.Get([]byte("timeStamp")))
	}
	return nil
}

// proveSegment proves what a state says of a segment, and the file of the segment.
func proveSegment(says *pages.Bucket, dir string, id uint64) error {
	name := fmt.Sprintf("%012x.zap", id)
	c := says.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		switch string(k) {
		case "p":
			if string(v) != name {
				return unsound("segment %s is named %q", name, v)
			}
		case "d":
			deleted := roaring.New()
			if n, err := deleted.ReadFrom(bytes.NewReader(v)); err != nil || n != int64(len(v)) || deleted.Validate() != nil {
				return unsound("the deleted documents of segment %s cannot be read", name)
			}
		case "stats":
			if string(v) != "{}" {
				return unsound("segment %s has the figures %q", name, v)
			}
		default:
			return unsound("segment %s has a fact %q", name, k)
		}
	}
	if says.Get([]byte("p")) == nil {
		return unsound("segment %s has no file", name)
	}
	return segment.Verify(filepath.Join(dir, name))
}

// number returns the number that a key of root.bolt is: one byte for numbers up to 109, else
// a byte for how many bytes follow, and these, big-endian.
func number(key []byte) (n uint64, ok bool) {
	const zero, small, large = 0x88, 109, 0xf5
	switch {
	case len(key) == 1 && key[0] >= zero && key[0] <= zero+small:
		return uint64(key[0] - zero), true
	case len(key) < 2 || key[0] <= large || len(key) != 1+int(key[0]-large) || len(key) > 9 || key[1] == 0:
		return 0, false
	}
	for _, b := range key[1:] {
		n = n<<8 | uint64(b)
	}
	return n, n > small
}
