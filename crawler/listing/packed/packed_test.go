package packed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"trawl/index/indextest/needs"
)

// packers are the programs of Debian that pack, by the name of the packing.
var packers = map[string]struct {
	packages string
	command  []string
}{
	"gzip":     {"gzip", []string{"gzip", "-c"}},
	"bzip2":    {"bzip2", []string{"bzip2", "-c"}},
	"xz":       {"xz-utils", []string{"xz", "-c"}},
	"zstd":     {"zstd", []string{"zstd", "-c", "-q"}},
	"compress": {"ncompress", []string{"compress", "-c", "-f"}},
}

// pack packs data with the real program.
func pack(t testing.TB, packing string, data []byte, flags ...string) []byte {
	t.Helper()
	p := packers[packing]
	program := needs.Program(t, p.command[0], p.packages)
	cmd := exec.CommandContext(t.Context(), program, append(p.command[1:len(p.command):len(p.command)], flags...)...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	// compress ends with 2 where the data did not shrink, and packs them all the same.
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		t.Fatal(err)
	}
	return out
}

// samples are contents that drive an unpacker into its corners.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var list strings.Builder
	for i := range 6_000 {
		fmt.Fprintf(&list, "-rw-r--r--   1 ftp      ftp      %9d Nov %2d  2025 file-%d.tar.gz\n", r.IntN(1e8), 1+i%28, i)
	}
	// Text whose kind changes makes compress clear its table.
	shift := append([]byte(list.String()[:300_000]), noise...)
	shift = append(shift, list.String()[:100_000]...)
	return map[string][]byte{
		"one byte": {'x'},
		"a run":    bytes.Repeat([]byte("a"), 100_000),
		"a list":   []byte(list.String()),
		"noise":    noise,
		"shift":    shift,
	}
}

func TestUnpack(t *testing.T) {
	for packing := range packers {
		for name, data := range samples() {
			t.Run(packing+"/"+name, func(t *testing.T) {
				file := pack(t, packing, data)
				p, err := NewReader(bytes.NewReader(file), Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = p.Close() }()
				got, err := io.ReadAll(p)
				if err != nil || !bytes.Equal(got, data) || p.packing != packing {
					t.Errorf("%s: %d bytes, want %d, %v", p.packing, len(got), len(data), err)
				}
			})
		}
	}
}

func TestCompressWidths(t *testing.T) {
	// Neither uncompress nor gzip unpacks the files of compress -b 9.
	for width := 10; width <= 16; width++ {
		for name, data := range samples() {
			file := pack(t, "compress", data, "-b", fmt.Sprint(width))
			p, err := NewReader(iotest.OneByteReader(bytes.NewReader(file)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(p); err != nil || !bytes.Equal(got, data) {
				t.Errorf("width %d, %s: %d bytes, want %d, %v", width, name, len(got), len(data), err)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for _, data := range []string{"", "B", "BZ", "total 0\n", "\x1f", "-rw-r--r-- 1 a b 1 Nov 1 2007 x\n"} {
		p, err := NewReader(strings.NewReader(data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || string(got) != data || p.packing != "plain" {
			t.Errorf("%q: got %q from %s, %v", data, got, p.packing, err)
		}
	}
}

// Several files one after another are one, as their own programs have it.
func TestConcatenated(t *testing.T) {
	for _, packing := range []string{"gzip", "bzip2", "xz", "zstd"} {
		file := append(pack(t, packing, []byte("one\n")), pack(t, packing, []byte("two\n"))...)
		p, err := NewReader(bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || string(got) != "one\ntwo\n" {
			t.Errorf("%s: %q, %v", packing, got, err)
		}
		_ = p.Close()
	}
}

func TestLimit(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789\n"), 1000)
	for packing := range packers {
		file := pack(t, packing, data)
		for _, tt := range []struct {
			limit int
			want  error
		}{{len(data), nil}, {len(data) - 1, ErrTooLarge}, {1, ErrTooLarge}} {
			p, err := NewReader(bytes.NewReader(file), Options{Limit: int64(tt.limit)})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(p)
			if !errors.Is(err, tt.want) || len(got) != tt.limit {
				t.Errorf("%s, limit %d: %d bytes, %v, want %v", packing, tt.limit, len(got), err, tt.want)
			}
			_ = p.Close()
		}
	}
}

func TestCorrupt(t *testing.T) {
	data := samples()["a list"]
	for packing := range packers {
		file := pack(t, packing, data)
		cut, err := NewReader(bytes.NewReader(file[:len(file)/2]), Options{})
		if err == nil {
			_, err = io.ReadAll(cut)
			_ = cut.Close()
		}
		// compress has no end mark: a file that is cut off looks whole.
		if err == nil && packing != "compress" {
			t.Errorf("%s: half a file is read without an error", packing)
		}
	}
	for _, bad := range []string{"\x1f\x9d", "\x1f\x9d\x08xx", "\x1f\x9d\x91xx", "\x1f\x8b", "\xfd7zXZ\x00", "BZh9xxxxxxxx", "\x1f\x9d\x90\xff\xff\xff\xff"} {
		p, err := NewReader(strings.NewReader(bad), Options{})
		if err == nil {
			_, err = io.ReadAll(p)
		}
		if err == nil {
			t.Errorf("%q is read without an error", bad)
		}
	}
}

// A dictionary of 1 GiB is refused before its memory is taken.
func TestXZDictionary(t *testing.T) {
	file := pack(t, "xz", []byte("x"), "--lzma2=dict=1GiB")
	if _, err := NewReader(bytes.NewReader(file), Options{}); err == nil || !strings.Contains(err.Error(), "dictionary") {
		t.Errorf("got %v", err)
	}
}

// A file whose first stream is empty, or asks for less than a later one, is read within
// the memory that is common; more is refused before it is taken.
func TestXZGrowingDictionary(t *testing.T) {
	small, empty := pack(t, "xz", []byte("one\n"), "-0"), pack(t, "xz", nil)
	for _, tt := range []struct {
		first []byte
		dict  string
		got   string
		err   error
	}{
		{small, "dict=8MiB", "one\ntwo\n", nil},
		{small, "dict=16MiB", "one\n", ErrTooLarge},
		{empty, "dict=64MiB", "two\n", nil},
		{empty, "dict=1GiB", "", ErrTooLarge},
	} {
		file := slices.Concat(tt.first, pack(t, "xz", []byte("two\n"), "--lzma2="+tt.dict))
		p, err := NewReader(bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); string(got) != tt.got || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.dict, got, err, tt.got, tt.err)
		}
		_ = p.Close()
	}
}

// TestXZClaims reads a claim of up to 4 GiB from the header of a block before it takes memory.
func TestXZClaims(t *testing.T) {
	file := pack(t, "xz", []byte("x"))
	for props, want := range map[byte]uint64{0: 4 << 10, 1: 6 << 10, 22: 8 << 20, 28: 64 << 20, 30: 128 << 20, 40: 4 << 30, 255: 4 << 30} {
		claim := bytes.Clone(file)
		claim[16] = props // behind the header of the stream, the size, the flags, and 0x21 0x01
		if got := xzDictionary(claim); got != want {
			t.Errorf("properties %d: %d bytes, want %d", props, got, want)
		}
		header := claim[12 : 12+4*(int(claim[12])+1)]
		binary.LittleEndian.PutUint32(header[len(header)-4:], crc32.ChecksumIEEE(header[:len(header)-4]))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := NewReader(bytes.NewReader(claim), Options{})
		if err == nil {
			_, err = io.Copy(io.Discard, p)
			_ = p.Close()
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > min(want, window)+1<<20 || want > window && !errors.Is(err, ErrTooLarge) {
			t.Errorf("properties %d: %d bytes of memory, %v", props, took, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	data := samples()["a list"][:2000]
	for packing := range packers {
		f.Add(pack(f, packing, data))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := NewReader(bytes.NewReader(file), Options{Limit: 1 << 20})
		if err != nil {
			return
		}
		defer func() { _ = p.Close() }()
		n, err := io.Copy(io.Discard, p)
		if n > 1<<20 || err == nil && n == 1<<20+1 {
			t.Fatalf("%d bytes came out", n)
		}
	})
}

// Streams of many blocks, with each kind of check, one after the other and padded,
// are read whole; what is changed in them is found.
func TestXZ(t *testing.T) {
	data := samples()["a list"]
	for _, check := range []string{"none", "crc32", "crc64", "sha256"} {
		one := pack(t, "xz", data, "--check="+check, "--block-size=10000")
		file := slices.Concat(one, make([]byte, 8), one)
		p, err := NewReader(bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(p)
		if err != nil || !bytes.Equal(got, slices.Concat(data, data)) {
			t.Errorf("%s: %d bytes, %v; want %d", check, len(got), err, 2*len(data))
		}
		_ = p.Close()
		if check == "none" {
			continue
		}
		file[len(one)/2] ^= 1
		if p, err = NewReader(bytes.NewReader(file), Options{}); err == nil {
			_, err = io.Copy(io.Discard, p)
		}
		if err == nil {
			t.Errorf("%s: a changed bit is not found", check)
		}
	}
}

// budget is a Memory with so many bytes.
type budget struct{ left int64 }

func (b *budget) Spend(n int64) bool { b.left -= n; return b.left >= 0 }
func (b *budget) Restore(n int64)    { b.left += n }

// Dictionaries are taken from the memory that is given, and given back.
func TestMemory(t *testing.T) {
	for packing, err := range map[string]error{"xz": ErrMemory, "zstd": ErrMemory, "gzip": nil} {
		file := pack(t, packing, samples()["a list"])
		if _, got := NewReader(bytes.NewReader(file), Options{Memory: &budget{1000}}); !errors.Is(got, err) {
			t.Errorf("%s with no memory: %v, want %v", packing, got, err)
		}
		enough := &budget{64 << 20}
		p, err := NewReader(bytes.NewReader(file), Options{Memory: enough})
		if err == nil {
			_, err = io.Copy(io.Discard, p)
		}
		if err != nil {
			t.Errorf("%s: %v", packing, err)
			continue
		}
		if _ = p.Close(); enough.left != 64<<20 {
			t.Errorf("%s: %d bytes are left", packing, enough.left)
		}
	}
}
