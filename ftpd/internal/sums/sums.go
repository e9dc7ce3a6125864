// Package sums makes checksums of files, within bounds: one short command makes a server read a whole file. Sums of files that
// have not changed are kept.
package sums

import (
	"context"
	"crypto/md5"  //nolint:gosec // clients ask for it; it protects nothing
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/ftpd/internal/unix"
)

// Bounds of the work: each checksum reads so many bytes within so much time, and as many as there are cores are made at once.
const (
	MostBytes = 16 << 30
	mostTime  = time.Minute
	queue     = 10 * time.Second // to wait for a core
	mostKept  = 4096
)

// The errors of checksums that are not made.
var (
	ErrSlow  = errors.New("the checksum takes too long")
	ErrLarge = errors.New("the file is too large for a checksum")
)

// SHA256 is the name of the algorithm that is chosen where the client chooses none.
const SHA256 = "SHA-256"

// Algorithm is a checksum.
type Algorithm struct {
	Name string // as HASH has it (draft-bryan-ftpext-hash)
	make func() hash.Hash
}

// Algorithms returns the checksums, the strongest that all know first.
func Algorithms() []Algorithm {
	return []Algorithm{
		{SHA256, sha256.New},
		{"SHA-512", sha512.New},
		{"SHA-1", sha1.New},
		{"MD5", md5.New},
		{"CRC32", func() hash.Hash { return crc32.NewIEEE() }},
	}
}

// Part is the part of a file from byte Start up to End, which it leaves out.
type Part struct{ Start, End int64 }

// Sums makes checksums, and keeps those of files that have not changed. Its methods may be called from many goroutines.
type Sums struct {
	cores *semaphore.Weighted

	mu   sync.Mutex // guards the fields below
	kept map[key]string
	old  []key // the keys, oldest first
}

// key identifies a part of a file as it was at one time.
type key struct {
	device, inode  uint64
	size           int64
	modify, change time.Time
	name           string
	at             Part
}

// New returns a Sums that has kept nothing yet.
func New() *Sums {
	return &Sums{cores: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))), kept: make(map[key]string)}
}

// keyOf returns what identifies a part of a file. It reports false if the file may still change unseen: its time is too young
// to differ from that of the next change, or there is none.
func keyOf(f fs.File, name string, at Part) (key, bool) {
	file, ok := f.(*os.File)
	if !ok {
		return key{}, false
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return key{}, false
	}
	var st unix.Stat_t
	if failed := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); failed != nil || err != nil {
		return key{}, false
	}
	modify, change := time.Unix(st.Mtim.Unix()), time.Unix(st.Ctim.Unix())
	old := time.Since(modify) > 2*time.Second && time.Since(change) > 2*time.Second
	return key{uint64(st.Dev), st.Ino, st.Size, modify, change, name, at}, old //nolint:unconvert // its type differs between systems
}

// Of returns the checksum of a part of a file in hexadecimal digits. The file is open at the start of the part. name is that of
// an Algorithm. The error is ErrSlow, ErrLarge, that of the file or that of ctx.
func (c *Sums) Of(ctx context.Context, f fs.File, name string, at Part) (string, error) {
	sum, ok := c.Kept(f, name, at)
	if ok {
		return sum, nil
	}
	before, keep := keyOf(f, name, at)
	if at.End-at.Start > MostBytes {
		return "", ErrLarge
	}
	release, err := c.Core(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	sum, err = digest(ctx, f, name, at.End-at.Start)
	if after, still := keyOf(f, name, at); err == nil && keep && still && after == before {
		c.keep(before, sum)
	}
	return sum, err
}

// Kept returns the checksum of a part of a file if it was made before and the file has not changed.
func (c *Sums) Kept(f fs.File, name string, at Part) (string, bool) {
	k, keep := keyOf(f, name, at)
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, ok := c.kept[k]
	return sum, ok && keep
}

// Core waits for a core, until release is called. The error is ErrSlow if none becomes free.
func (c *Sums) Core(ctx context.Context) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, queue)
	defer cancel()
	if err := c.cores.Acquire(ctx, 1); err != nil {
		return nil, ErrSlow
	}
	return func() { c.cores.Release(1) }, nil
}

// keep remembers a checksum, and forgets the oldest if there are too many.
func (c *Sums) keep(k key, sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.kept[k]; ok {
		return
	}
	if len(c.old) >= mostKept {
		delete(c.kept, c.old[0])
		c.old = c.old[1:]
	}
	c.kept[k] = sum
	c.old = append(c.old, k)
}

// digest reads n bytes and returns their checksum.
func digest(ctx context.Context, r io.Reader, name string, n int64) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, mostTime, ErrSlow)
	defer cancel()
	var h hash.Hash
	for _, a := range Algorithms() {
		if a.Name == name {
			h = a.make()
		}
	}
	for n > 0 {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		got, err := io.CopyN(h, r, min(n, 1<<20))
		if err != nil {
			return "", err
		}
		n -= got
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
