package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/pages"
)

// bbolt keeps no checksums of its pages, so a flipped bit in a key or in a pointer makes it miss
// what is there without a word. The sums of a file are the checksums of all pages of its present
// transaction. A page is checked when it is read for the first time, and all pages before
// the first transaction is written, so that no damage gets a checksum of its own.
//
// The sums are in memory while the file is open, and follow each transaction. Close writes them
// to the file trawl.db.sums:
//
//	uint32   CRC-32C of what follows
//	uint32   version               1
//	uint64   transaction           to which the checksums belong
//	uint64   sum                   of its meta page
//	[pages]  uint32                CRC-32C of the page and of those in which it goes on; 0 if no
//	                               page of the transaction begins there
//
// All numbers are little-endian. If that file is missing or belongs to another transaction,
// because the process was killed, the next open proves the structure of all pages and takes their
// sums anew.
const (
	sumsSuffix  = ".sums"
	sumsVersion = 1
	sumsHead    = 24
)

// sums are the checksums of the pages of one file. Several goroutines may read pages; one writes.
type sums struct {
	file  *pages.File
	meta  pages.Meta // of the transaction; the writer changes it
	saved uint64     // meta.Sum of the sums in the file, 0 if there are none
	clean bool       // all pages were proved

	words atomic.Pointer[[]atomic.Uint64] // by page
}

// Flags of a word, above the checksum of its page.
const (
	sumProved = 1 << (32 + iota) // it was compared with the page
	sumUsed                      // the page belongs to the present transaction
)

// openSums loads the sums of a file, or takes them.
func openSums(path string, f *pages.File) (*sums, error) {
	m, err := f.Meta()
	if err != nil {
		return nil, err
	}
	s := &sums{file: f, meta: m}
	s.resize(m.End)
	loaded, err := s.load(path + sumsSuffix)
	if err != nil {
		return nil, err
	}
	if f.Guard = s; loaded {
		return s, f.ProveFreelist(&m)
	}
	s.clean = true
	return s, f.Prove(m, s.add)
}

// load reads the sums from their file. It reports false if that is not there or not of the
// present transaction.
func (s *sums) load(path string) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(data) < sumsHead || codec.Checksum(data[4:]) != binary.LittleEndian.Uint32(data) || binary.LittleEndian.Uint32(data[4:]) != sumsVersion {
		return false, nil
	}
	if tx := binary.LittleEndian.Uint64(data[8:]); s.meta.Torn && tx == s.meta.Tx+1 {
		return false, fmt.Errorf("%w: the page that describes its last transaction, %d", pages.ErrDamaged, tx)
	}
	words := *s.words.Load()
	if binary.LittleEndian.Uint64(data[16:]) != s.meta.Sum || len(data) != sumsHead+4*len(words) {
		return false, nil
	}
	for i := range words {
		if sum := binary.LittleEndian.Uint32(data[sumsHead+4*i:]); sum != 0 {
			words[i].Store(uint64(sum) | sumUsed)
		}
	}
	s.saved = s.meta.Sum
	return true, nil
}

// save writes the sums to their file, unless they are there.
func (s *sums) save(path string) error {
	if s.saved == s.meta.Sum {
		return nil
	}
	words := *s.words.Load()
	data := make([]byte, sumsHead, sumsHead+4*len(words))
	binary.LittleEndian.PutUint32(data[4:], sumsVersion)
	binary.LittleEndian.PutUint64(data[8:], s.meta.Tx)
	binary.LittleEndian.PutUint64(data[16:], s.meta.Sum)
	for i := range words[:s.meta.End] {
		sum := uint32(0)
		if w := words[i].Load(); w&sumUsed != 0 {
			sum = uint32(w)
		}
		data = binary.LittleEndian.AppendUint32(data, sum)
	}
	binary.LittleEndian.PutUint32(data, codec.Checksum(data[4:]))
	err := disk.ReplaceFile(path+sumsSuffix, func(out *bufio.Writer) error {
		_, err := out.Write(data)
		return err
	})
	if err == nil {
		s.saved = s.meta.Sum
	}
	return err
}

// resize makes room for the sums of so many pages.
func (s *sums) resize(n uint64) {
	old := s.words.Load()
	if old != nil && uint64(len(*old)) >= n {
		return
	}
	words := make([]atomic.Uint64, n, n+n/2)
	if old != nil {
		words = words[:cap(words)]
		for i := range *old {
			words[i].Store((*old)[i].Load())
		}
	}
	s.words.Store(&words)
}

// add takes the sum of a page that is sound.
func (s *sums) add(id uint64, page []byte) {
	(*s.words.Load())[id].Store(uint64(sumOf(page)) | sumProved | sumUsed)
}

// sumOf returns the checksum of a page, which is not 0.
func sumOf(page []byte) uint32 { return max(1, codec.Checksum(page)) }

// Sound implements pages.Guard. It compares a page with its checksum once.
func (s *sums) Sound(id uint64, page []byte) error {
	words := *s.words.Load()
	if id >= uint64(len(words)) {
		return fmt.Errorf("%w %d: it has no checksum", pages.ErrDamaged, id)
	}
	w := words[id].Load()
	if w&sumProved != 0 {
		return nil
	}
	if err := compare(w, id, page); err != nil {
		return err
	}
	words[id].CompareAndSwap(w, w|sumProved)
	return nil
}

// compare compares a page with the checksum in its word.
func compare(word, id uint64, page []byte) error {
	if sumOf(page) != uint32(word) {
		return fmt.Errorf("%w %d: its checksum is wrong", pages.ErrDamaged, id)
	}
	return nil
}

// proveAll compares all pages with their checksums, except for those that were compared before.
func (s *sums) proveAll() error {
	words := *s.words.Load()
	for id := uint64(2); id < s.meta.End && !s.clean; id++ {
		if w := words[id].Load(); w&sumUsed == 0 || w&sumProved != 0 {
			continue
		}
		if err := s.file.Check(&s.meta, id); err != nil {
			return err
		}
	}
	s.clean = true
	return nil
}

// follow takes in what a transaction has written.
func (s *sums) follow() error {
	after, err := s.file.Meta()
	if err != nil || after.Sum == s.meta.Sum {
		return err
	}
	if err := s.file.Grow(after.Size()); err != nil {
		return err
	}
	s.resize(after.End)
	words := *s.words.Load()
	err = s.file.Changes(&s.meta, &after,
		func(id uint64) bool { return words[id].Load()&sumUsed != 0 },
		s.add,
		func(id uint64) { words[id].And(^uint64(sumUsed)) })
	s.meta = after
	return err
}

// recheck compares all pages of a transaction with their checksums, whether or not that was
// done before, and proves their structure.
func (s *sums) recheck(m *pages.Meta, report func(problem string)) {
	words := *s.words.Load()
	err := s.file.Prove(*m, func(id uint64, page []byte) {
		if err := compare(words[id].Load(), id, page); err != nil {
			report(err.Error())
		}
	})
	if err != nil {
		report(err.Error())
	}
}
