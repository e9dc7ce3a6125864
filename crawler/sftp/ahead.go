package sftp

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"

	"trawl/crawler/listing"
)

// READDIRs are sent ahead, so that a large directory costs the server's time and
// not a round trip for each of its packets; OpenSSH puts 100 names in one. A server
// answers them in order (draft-ietf-secsh-filexfer-02, section 6), so the next packets
// of names are on their way while one is taken. A directory begins with two, of
// which the second is the one that tells the end of most, and gets one more for each
// packet that came, as long as there is room on the connection: the answers to what
// all its directories have sent ahead may take so many bytes, if none is larger than
// those before. What holds for any is that no more is read while answers of more
// bytes wait to be taken.
const aheadBytes = 1 << 20

// stream reads one directory.
type stream struct {
	dirs   *dirs
	handle string
	sent   []request // under way, the oldest first
	width  int       // how many may be
	ended  bool      // the end was told; what was sent ahead is still answered
	empty  int       // packets without an entry in a row
	first  firstNames
}

// atFirst is how many READDIRs a directory begins with, mostEmpty how many packets in
// a row may tell no entry.
const (
	atFirst   = 2
	mostEmpty = 16
)

// The ends of a directory that goes on without telling anything.
var (
	errTooLarge = errors.New("it is larger than a listing may be")
	errEmpty    = errors.New("it goes on without names")
)

// next returns the next entries and how many bytes they took. The error is errEnd
// when there are no more; another one may come with entries.
func (s *stream) next(ctx context.Context) (entries []attributes, size int, err error) {
	err = s.fill(ctx)
	if len(s.sent) == 0 {
		return nil, 0, cmp.Or(err, errEnd)
	}
	r := s.sent[0]
	p, err := s.dirs.wait(ctx, r)
	s.sent = s.sent[1:]
	s.dirs.took(r, len(p.rest))
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
		room, ok := s.dirs.ahead()
		if !ok {
			if len(s.sent) > 0 {
				return nil
			}
			room = 0
		}
		r, err := s.dirs.send(ctx, fxpReaddir, s.handle)
		r.room = room
		if err != nil {
			s.dirs.took(r, 0)
			return err
		}
		s.sent = append(s.sent, r)
	}
	return nil
}

// leave gives up what is under way.
func (s *stream) leave() {
	s.dirs.forget(s.sent...)
	for _, r := range s.sent {
		s.dirs.took(r, 0)
	}
	s.sent = nil
}

// ahead takes room for one more answer; it is false when there is none.
func (d *dirs) ahead() (room int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < d.typical {
		return 0, false
	}
	d.room -= d.typical
	return d.typical, true
}

// took gives back the room of an answer, which took so many bytes.
func (d *dirs) took(r request, size int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room += r.room
	d.typical = max(d.typical, size)
}

// firstNames are the names that a directory began with, by which one is recognised
// that begins again and again.
type firstNames struct {
	seed  maphash.Seed
	names map[uint64]bool
	run   int // of such names in a row
}

// again takes the next entries. Some names of the beginning may come again, but not
// all of them in a row: that is listing.ErrRepeats.
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
