package sftp

import "encoding/binary"

// fields reads the fields of a packet one after the other. It is nil once one is
// missing.
type fields []byte

func (f *fields) take(n uint64) []byte {
	if n > uint64(len(*f)) {
		*f = nil
		return nil
	}
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fields) number() uint32 {
	if b := f.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (f *fields) text() []byte { return f.take(uint64(f.number())) }

// attributes are what READDIR tells of a file
// (draft-ietf-secsh-filexfer-02, section 5).
type attributes struct {
	name       string
	size       uint64
	mode, time uint32
	sized      bool
}

// The flags of attributes that are told.
const (
	toldSize     = 1 << 0
	toldOwner    = 1 << 1
	toldMode     = 1 << 2
	toldTimes    = 1 << 3
	toldExtended = 1 << 31
)

func (f *fields) attributes() (a attributes) {
	flags := f.number()
	if flags&toldSize != 0 {
		if b := f.take(8); b != nil {
			a.size, a.sized = binary.BigEndian.Uint64(b), true
		}
	}
	if flags&toldOwner != 0 {
		f.take(8) // the owner and the group
	}
	if flags&toldMode != 0 {
		a.mode = f.number()
	}
	if flags&toldTimes != 0 {
		f.take(4) // when it was read
		a.time = f.number()
	}
	if flags&toldExtended != 0 {
		for range f.number() {
			f.text()
			f.text()
			if *f == nil {
				break
			}
		}
	}
	return a
}
