package sftp

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"

	"trawl/crawler/listing"
)

// aheadBytes bounds the answers to READDIRs that are sent ahead, over all directories
// of a connection.
//
// READDIRs are sent ahead so that a large directory does not cost a round trip for
// each packet of names; OpenSSH puts 100 names in one. A server answers them in order
// (draft-ietf-secsh-filexfer-02, section 6). A directory begins with two: for most
// directories, the answer to the second is the end. Each packet that comes allows one
// READDIR more, as long as there is room. Room is reserved by the size of the largest
// answer so far, so larger ones may exceed it; but nothing more is read while answers
// of more bytes than this wait to be taken.
const aheadBytes = 1 << 20

// stream reads one directory.
type stream struct {
	talk   *dialogue
	handle string
	sent   []request // under way, the oldest first
	width  int       // how many may be under way
	ended  bool      // the end has come; requests sent ahead are still answered
	empty  int       // packets without an entry in a row
	first  firstNames
}

// atFirst is how many READDIRs a directory begins with, mostEmpty how many packets in
// a row may hold no entry.
const (
	atFirst   = 2
	mostEmpty = 16
)

// The errors of directories that are given up.
var (
	errTooLarge = errors.New("it is larger than a listing may be")
	errEmpty    = errors.New("it goes on without names")
)

// next returns the next entries and the size of their packet. The error is errEnd when
// there are no more; any other error may come with entries.
func (s *stream) next(ctx context.Context) (entries []attributes, size int, err error) {
	err = s.fill(ctx)
	if len(s.sent) == 0 {
		return nil, 0, cmp.Or(err, errEnd)
	}
	r := s.sent[0]
	p, err := s.talk.wait(ctx, r)
	s.sent = s.sent[1:]
	s.talk.took(r, len(p.rest))
	if err != nil {
		return nil, 0, err
	}
	entries, err = p.names()
	if s.ended = s.ended || errors.Is(err, errEnd); s.ended {
		return entries, len(p.rest), nil
	}
	if err != nil {
		return entries, len(p.rest), err
	}
	s.width++
	if s.empty++; len(entries) > 0 {
		s.empty = 0
	}
	if s.empty > mostEmpty {
		return nil, len(p.rest), errEmpty
	}
	return entries, len(p.rest), s.first.again(entries)
}

// fill sends as many READDIRs ahead as there may be; one is always sent.
func (s *stream) fill(ctx context.Context) error {
	for !s.ended && len(s.sent) < s.width {
		room, ok := s.talk.ahead()
		if !ok {
			if len(s.sent) > 0 {
				return nil
			}
			room = 0
		}
		r, err := s.talk.send(ctx, fxpReaddir, s.handle)
		r.room = room
		if err != nil {
			s.talk.took(r, 0)
			return err
		}
		s.sent = append(s.sent, r)
	}
	return nil
}

// leave gives up the requests under way.
func (s *stream) leave() {
	s.talk.forget(s.sent...)
	for _, r := range s.sent {
		s.talk.took(r, 0)
	}
	s.sent = nil
}

// ahead reserves room for one more answer. It is not ok when there is none.
func (d *dialogue) ahead() (room int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < d.typical {
		return 0, false
	}
	d.room -= d.typical
	return d.typical, true
}

// took gives back the room of an answer, which was of size bytes.
func (d *dialogue) took(r request, size int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room += r.room
	d.typical = max(d.typical, size)
}

// firstNames are the names that a directory began with. They show whether it begins
// again and again.
type firstNames struct {
	seed  maphash.Seed
	names map[uint64]bool
	run   int // of such names in a row
}

// again looks at the next entries. Some names of the beginning may come again; all of
// them in a row are listing.ErrRepeats.
func (f *firstNames) again(entries []attributes) error {
	if f.names == nil {
		f.seed, f.names = maphash.MakeSeed(), make(map[uint64]bool)
	}
	for i := range entries {
		h := maphash.String(f.seed, entries[i].name)
		if f.names[h] {
			if f.run++; f.run >= partEntries {
				return listing.ErrRepeats
			}
			continue
		}
		if f.run = 0; len(f.names) < partEntries {
			f.names[h] = true
		}
	}
	return nil
}
