package ssh

import (
	"encoding/binary"
	"errors"
	"io"
)

// The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 3).
const (
	fxpInit     = 1
	fxpVersion  = 2
	fxpOpen     = 3
	fxpClose    = 4
	fxpRead     = 5
	fxpWrite    = 6
	fxpLstat    = 7
	fxpFstat    = 8
	fxpSetstat  = 9
	fxpFsetstat = 10
	fxpOpendir  = 11
	fxpReaddir  = 12
	fxpRemove   = 13
	fxpMkdir    = 14
	fxpRmdir    = 15
	fxpRealpath = 16
	fxpStat     = 17
	fxpRename   = 18
	fxpReadlink = 19
	fxpSymlink  = 20
	fxpStatus   = 101
	fxpHandle   = 102
	fxpData     = 103
	fxpName     = 104
	fxpAttrs    = 105
	fxpExtended = 200
	fxpReply    = 201 // to Extended
)

// The bounds are those of OpenSSH's server. limits@openssh.com says them to the client.
const (
	maxPacket = 256 << 10
	maxData   = maxPacket - 1<<10 // bytes of a file in one packet
)

var errPacket = errors.New("a packet is longer than it may be, or empty")

// readPacket reads a packet into b, which has room for the longest.
//
//	length uint32, type byte, content
func readPacket(r io.Reader, b []byte) (kind byte, content []byte, err error) {
	if _, err := io.ReadFull(r, b[:4]); err != nil {
		return 0, nil, err //nolint:wrapcheck // io.EOF as it is
	}
	n := binary.BigEndian.Uint32(b)
	if n < 1 || n > maxPacket {
		return 0, nil, errPacket
	}
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return 0, nil, err //nolint:wrapcheck // as above
	}
	return b[0], b[1:n], nil
}

// args are what a request has, by its form, which has a letter for each:
//
//	s  string: a path, a handle
//	u  uint32
//	q  uint64
//	d  string: data, which stays in the packet
//	a  attributes
type args struct {
	s    [2]string
	u    uint32
	q    uint64
	data []byte
	attrs
}

// parse reads what a request has. It reports false if the packet is cut off. Bytes behind it are ignored: clients put fields of
// later versions of the protocol there.
func parse(form string, b []byte) (a args, ok bool) {
	r := reader{b: b}
	strings := 0
	for _, f := range form {
		switch f {
		case 's':
			a.s[strings] = string(r.bytes())
			strings++
		case 'u':
			a.u = r.uint32()
		case 'q':
			a.q = r.uint64()
		case 'd':
			a.data = r.bytes()
		case 'a':
			a.attrs = r.attrs()
		}
	}
	return a, !r.short
}

// reader reads a packet. After its end, all is zero and short is set.
type reader struct {
	b     []byte
	short bool
}

// take returns the next n bytes.
func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.short, r.b = true, nil
		return make([]byte, min(n, 8))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }
func (r *reader) bytes() []byte  { return r.take(uint64(r.uint32())) }

// attrs reads attributes (section 5). Those of an extension are passed over.
func (r *reader) attrs() (a attrs) {
	a.flags = r.uint32()
	if a.flags&attrSize != 0 {
		a.size = r.uint64()
	}
	if a.flags&attrOwner != 0 {
		r.take(8)
	}
	if a.flags&attrPerm != 0 {
		a.perm = r.uint32()
	}
	if a.flags&attrTime != 0 {
		r.take(4) // of the last access
		a.mtime = r.uint32()
	}
	if a.flags&attrExtended != 0 {
		for n := r.uint32(); n > 0 && !r.short; n-- {
			r.bytes()
			r.bytes()
		}
	}
	return a
}

// appendString appends a string as packets have it.
func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}
