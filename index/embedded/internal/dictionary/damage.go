package dictionary

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
)

// ErrDamaged is the error of a volume that cannot be read: see Dictionary.MarkDamaged.
var ErrDamaged = errors.New("damaged volume of the dictionary of repeated names")

// damaged wraps an error of reading the volume in ErrDamaged. It hides the error itself, so
// that a damaged block of names is not taken for a damaged block of the store.
func (v *volume) damaged(err error) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, v.dir, err.Error())
}

// Guarded lets a goroutine read volumes, which are mapped into memory: until done, a fault on
// reading them becomes ErrDamaged instead of the end of the process. It is used as
// "defer Guarded(&err)()".
func Guarded(err *error) (done func()) {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		r := recover()
		if r == nil {
			return
		}
		if _, fault := r.(interface{ Addr() uintptr }); !fault {
			panic(r)
		}
		*err = fmt.Errorf("%w: %v", ErrDamaged, r)
	}
}

// seal tells a file of a volume from others that had its name: its length, and the checksum that
// it ends with.
type seal struct {
	length uint64
	sum    uint32
}

// sealOfNames returns the seal of the file of names: the checksum is that of its table, which has
// the sums of its blocks.
func sealOfNames(file []byte) seal {
	return seal{uint64(len(file)), binary.LittleEndian.Uint32(file[len(file)-8:])}
}

// sealOfGrams returns the seal of a segment, whose checksum is that of all its bytes.
func sealOfGrams(name string) (s seal, err error) {
	f, err := os.Open(name)
	if err != nil {
		return s, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	var sum [4]byte
	_, err = f.ReadAt(sum[:], info.Size()-int64(len(sum)))
	return seal{uint64(info.Size()), binary.BigEndian.Uint32(sum[:])}, err
}
