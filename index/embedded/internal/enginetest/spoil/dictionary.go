package spoil

import (
	"encoding/binary"

	"github.com/klauspost/compress/s2"
)

// names adds the fields of the names of a volume (package dictionary draws them).
func (f *file) names() error {
	foot := int64(len(f.data) - 16)
	table := int64(binary.LittleEndian.Uint64(f.data[foot:]))
	f.lay("footer: ", foot, layout{{"offset of the table", 8}, {"checksum of the table", 4}, {"version", 4}})
	f.field("table", table, int(foot-table))
	numbers, err := s2.Decode(nil, f.data[table:foot])
	if err != nil {
		return err
	}
	next := func() uint64 {
		v, n := binary.Uvarint(numbers)
		numbers = numbers[n:]
		return v
	}
	for range 4 * next() {
		next()
	}
	n := next()
	_, _ = next(), next()
	at := int64(0)
	for range n {
		end := at + int64(next())
		f.block("names: ", at, end)
		at = end
	}
	return nil
}

// state adds the fields of the state of a dictionary.
func (f *file) state() {
	at := f.field("checksum", 0, 4)
	for _, name := range []string{"version", "sequence", "kept", "sample", "volumes", "number of a volume"} {
		if at < int64(len(f.data)) {
			_, at = f.uvarint(name, at)
		}
	}
	f.field("rest", at, len(f.data)-int(at))
}
