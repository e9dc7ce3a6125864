package sftp

import "encoding/binary"

// fields are the unread fields of a packet. They are nil once one is missing.
type fields []byte

func (f *fields) cut(n uint64) []byte {
	if n > uint64(len(*f)) {
		*f = nil
		return nil
	}
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fields) number() uint32 {
	if b := f.cut(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (f *fields) text() []byte { return f.cut(uint64(f.number())) }

// attributes are what a server says of a file (draft-ietf-secsh-filexfer-02, section 5). All
// but the name may be missing.
type attributes struct {
	name  string // as READDIR says it
	long  string // the line that ls would print, if something else is missing
	size  uint64
	time  uint32 // 0 is unknown
	kind  kind
	sized bool
}

// lacking reports whether something is missing that the long name may say.
func (a *attributes) lacking() bool { return a.kind == unknown || a.kind == regular && !a.sized }

// The flags of the attributes that are present.
const (
	attrSize     = 1 << 0
	attrOwner    = 1 << 1
	attrMode     = 1 << 2
	attrTimes    = 1 << 3
	attrExtended = 1 << 31
)

func (f *fields) attributes() (a attributes) {
	flags := f.number()
	if flags&attrSize != 0 {
		if b := f.cut(8); b != nil {
			a.size, a.sized = binary.BigEndian.Uint64(b), true
		}
	}
	if flags&attrOwner != 0 {
		f.cut(8) // the owner and the group
	}
	if flags&attrMode != 0 {
		a.kind = ofMode(f.number())
	}
	if flags&attrTimes != 0 {
		f.cut(4) // when it was read
		a.time = f.number()
	}
	if flags&attrExtended != 0 {
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
