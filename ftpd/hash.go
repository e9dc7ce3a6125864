package ftpd

import (
	"context"
	"crypto/md5"  //nolint:gosec // clients ask for it; it protects nothing
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sys/unix"

	"trawl/ftpd/names"
)

// Bounds of the work that checksums make, since one short command makes a server read a whole file: each of them reads so
// many bytes within so much time, and as many as there are cores are made at once. Those of files that have not changed are
// kept.
const (
	sumBytes = 16 << 30
	sumTime  = time.Minute
	sumQueue = 10 * time.Second // to wait for a core
	keptSums = 4096
)

// defaultSum is the algorithm of HASH before the client chooses one.
const defaultSum = "SHA-256"

// algorithm is a checksum.
type algorithm struct {
	name string // as HASH has it
	make func() hash.Hash
}

// algorithms returns the checksums, in the order in which FEAT shows them.
func algorithms() []algorithm {
	return []algorithm{
		{"SHA-256", sha256.New},
		{"SHA-512", sha512.New},
		{"SHA-1", sha1.New},
		{"MD5", md5.New},
		{"CRC32", func() hash.Hash { return crc32.NewIEEE() }},
	}
}

// sumCommands returns the commands that ask for one checksum, by verb, with its algorithm.
func sumCommands() map[string]string {
	return map[string]string{
		"MD5": "MD5", "XMD5": "MD5", "XCRC": "CRC32", "XSHA": "SHA-1", "XSHA1": "SHA-1", "XSHA256": "SHA-256", "XSHA512": "SHA-512",
	}
}

// sumFeature returns the algorithms in the form of FEAT, the one in use with a star: "SHA-256*;MD5;".
func sumFeature(inUse string) string {
	var b strings.Builder
	for _, a := range algorithms() {
		b.WriteString(a.name)
		if a.name == inUse {
			b.WriteByte('*')
		}
		b.WriteByte(';')
	}
	return b.String()
}

// optsHash answers OPTS HASH, and OPTS HASH algorithm (draft-bryan-ftpext-hash section 3.2).
func (s *session) optsHash(arg string) {
	arg = strings.TrimSpace(arg)
	for _, a := range algorithms() {
		if arg == "" || strings.EqualFold(a.name, arg) {
			if arg != "" {
				s.params.sum = a.name
			}
			s.reply(200, s.params.sum)
			return
		}
	}
	s.reply(501, "Unknown algorithm, current selection not changed")
}

// cmdHash answers HASH (draft-bryan-ftpext-hash section 3.1): "213 SHA-256 0-7 6c18... README".
func cmdHash(ctx context.Context, s *session, arg string) {
	at, name := s.takeSpan(), s.params.sum
	s.sum(ctx, arg, name, at, func(at span, sum string) (int, string) {
		return 213, fmt.Sprintf("%s %d-%d %s %s", name, at.start, max(at.start, at.end-1), sum, arg)
	})
}

// sumOf returns a command that asks for one checksum: "XSHA256 path", "XCRC path 0 100", `XMD5 "a path" 0 100`.
func sumOf(name string) func(context.Context, *session, string) {
	return func(ctx context.Context, s *session, arg string) {
		p, at, err := s.sumArg(arg)
		if err != nil {
			s.reply(501, "Invalid range: give the first byte and the one behind the last")
			return
		}
		s.sum(ctx, p, name, at, func(_ span, sum string) (int, string) { return 250, sum })
	}
}

// sumArg reads the argument of XCRC and its like. A range behind the path is one unless the path ends in it.
func (s *session) sumArg(arg string) (p string, at span, err error) {
	if quoted, rest, ok := strings.Cut(strings.TrimPrefix(arg, `"`), `"`); ok && strings.HasPrefix(arg, `"`) {
		at, err = parseSpan(strings.Fields(rest))
		return quoted, at, err
	}
	words := strings.Split(arg, " ")
	for n := 1; n <= 2 && n < len(words); n++ {
		at, bad := parseSpan(words[len(words)-n:])
		p := strings.Join(words[:len(words)-n], " ")
		if _, none := s.plain(s.resolve(p)); bad == nil && none == nil {
			return p, at, nil
		}
	}
	return arg, whole, nil
}

// parseSpan reads a range: nothing, the first byte, or the first byte and the one behind the last.
func parseSpan(words []string) (span, error) {
	at := []int64{0, -1}
	if len(words) > len(at) {
		return whole, errRange
	}
	for i, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < 0 {
			return whole, errRange
		}
		at[i] = n
	}
	if at[1] >= 0 && at[1] < at[0] {
		return whole, errRange
	}
	return span{at[0], at[1]}, nil
}

var (
	errRange = errors.New("no range of a file")
	errSlow  = errors.New("the checksum takes too long")
	errLarge = errors.New("the file is too large for a checksum")
)

// sum answers a command with the checksum of a part of a file. It goes on while the session reads commands, and ABOR ends it.
func (s *session) sum(ctx context.Context, arg, name string, at span, answer func(at span, sum string) (int, string)) {
	p := s.resolve(arg)
	f, size, err := s.open(p, at.start)
	if err != nil {
		s.fail(arg, err)
		return
	}
	if at.start > size {
		f.Close()
		s.reply(501, short(arg)+": The range begins behind the end")
		return
	}
	at.end = at.start + at.length(size)
	k := task{label: name + " of " + names.Encode(p), event: Event{Path: p}}
	s.work(ctx, k, func(ctx context.Context, _ *transfer) (int, string) {
		defer f.Close()
		sum, err := s.sums.of(ctx, f, name, at)
		switch {
		case err == nil:
			return answer(at, sum)
		case ctx.Err() != nil:
			return 426, "Aborted."
		case errors.Is(err, errSlow):
			return 450, short(arg) + ": " + err.Error()
		case errors.Is(err, errLarge):
			return 550, short(arg) + ": " + err.Error()
		}
		s.log.Debug("no checksum", "path", p, "err", err)
		return 451, short(arg) + ": It could not be read to its end"
	})
}

// sums makes the checksums of all sessions, and keeps those of files that have not changed.
type sums struct {
	cores *semaphore.Weighted

	mu   sync.Mutex // guards the fields below
	kept map[sumKey]string
	old  []sumKey // the keys, oldest first
}

// sumKey identifies a part of a file as it was at one time.
type sumKey struct {
	device, inode  uint64
	size           int64
	modify, change time.Time
	name           string
	at             span
}

func newSums() *sums {
	return &sums{cores: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))), kept: make(map[sumKey]string)}
}

// key returns what identifies a part of a file. It reports false if the file may still change unseen: its time is too young
// to differ from that of the next change, or there is none.
func key(f fs.File, name string, at span) (sumKey, bool) {
	file, ok := f.(*os.File)
	if !ok {
		return sumKey{}, false
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return sumKey{}, false
	}
	var st unix.Stat_t
	if failed := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); failed != nil || err != nil {
		return sumKey{}, false
	}
	modify, change := time.Unix(st.Mtim.Unix()), time.Unix(st.Ctim.Unix())
	old := time.Since(modify) > 2*time.Second && time.Since(change) > 2*time.Second
	return sumKey{uint64(st.Dev), st.Ino, st.Size, modify, change, name, at}, old //nolint:unconvert // its type differs between systems
}

// of returns a checksum of a part of a file, which is open at its start.
func (c *sums) of(ctx context.Context, f fs.File, name string, at span) (string, error) {
	before, keep := key(f, name, at)
	c.mu.Lock()
	sum, ok := c.kept[before]
	c.mu.Unlock()
	if ok && keep {
		return sum, nil
	}
	if at.end-at.start > sumBytes {
		return "", errLarge
	}
	release, err := c.core(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	sum, err = digest(ctx, f, name, at.end-at.start)
	if after, still := key(f, name, at); err == nil && keep && still && after == before {
		c.keep(before, sum)
	}
	return sum, err
}

// core waits for a core, until release is called.
func (c *sums) core(ctx context.Context) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, sumQueue)
	defer cancel()
	if err := c.cores.Acquire(ctx, 1); err != nil {
		return nil, errSlow
	}
	return func() { c.cores.Release(1) }, nil
}

// keep remembers a checksum, and forgets the oldest if there are too many.
func (c *sums) keep(k sumKey, sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.kept[k]; ok {
		return
	}
	if len(c.old) >= keptSums {
		delete(c.kept, c.old[0])
		c.old = c.old[1:]
	}
	c.kept[k] = sum
	c.old = append(c.old, k)
}

// digest reads n bytes and returns their checksum.
func digest(ctx context.Context, r io.Reader, name string, n int64) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, sumTime, errSlow)
	defer cancel()
	var h hash.Hash
	for _, a := range algorithms() {
		if a.name == name {
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
