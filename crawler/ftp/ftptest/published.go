package ftptest

import (
	"bytes"
	encoding "encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// published is the name of the list of files that a lie publishes, or "".
func published(lie Lie) string {
	switch lie {
	case Bomb, HalfList, ForeignRoots:
		return "ls-lR.gz"
	case BombXZ, WideXZ:
		return "ls-lR.xz"
	case BombZstd, WideZstd:
		return "ls-lR.zst"
	}
	return ""
}

// again lists one file many times.
func again(times int) []byte { return bytes.Repeat([]byte(lister{}.line("-", "again")), times) }

// tenMegabytes is how many lines of again are some 10 MB.
const tenMegabytes = 150_000

// prepared returns what is packed of the file that a lie is about. It takes seconds on a machine that is busy, in
// which a client would take a server that packs for one that is silent: a Liar packs before it listens.
func prepared(lie Lie) []byte {
	switch lie {
	case Bomb, BombZstd:
		return pack(lie, again(tenMegabytes))
	case BombXZ:
		return pack(lie, again(tenMegabytes/10)) // the packer is slow
	case WideXZ:
		return widen(pack(lie, again(1000)))
	case WideZstd:
		return pack(lie, again(1000))
	case HalfList:
		var list bytes.Buffer
		lister{}.list(&list, "/", true)
		half := pack(lie, list.Bytes())
		return half[:len(half)/2]
	}
	return nil
}

// retrieve writes the file that a lie is about, with what was prepared for it.
func retrieve(lie Lie, prepared []byte, w io.Writer) {
	switch lie {
	case Bomb, BombZstd:
		repeat(w, prepared, 1<<10)
	case BombXZ:
		repeat(w, prepared, 10<<10)
	case WideXZ, HalfList:
		_, _ = w.Write(prepared)
	case WideZstd:
		_, _ = w.Write(prepared)
		_, _ = w.Write([]byte("\x28\xb5\x2f\xfd\x00\xa0")) // a frame with a window of 1 GiB (RFC 8878 section 3.1.1.1.2)
		_, _ = w.Write(again(tenMegabytes))
	case ForeignRoots:
		z := gzip.NewWriter(w)
		for i := range 1_000_000 {
			if _, err := fmt.Fprintf(z, "/other/root%d:\n%s\n", i, lister{}.line("-", "x")); err != nil {
				return
			}
		}
		_, _ = fmt.Fprintf(z, "/../../etc:\n%s\n", lister{}.line("-", "passwd"))
		_ = z.Close()
	case EndlessRobots:
		endless(w, "User-agent: *\nDisallow: /*a*b\n")
	case EndlessText:
		repeat(w, again(tenMegabytes), 1<<10)
	default:
		_, _ = w.Write(again(tenMegabytes)[:LiarSize])
	}
}

// repeat writes data a thousand times, as long as somebody listens.
func repeat(w io.Writer, data []byte, times int) {
	for range times {
		if _, err := w.Write(data); err != nil {
			return
		}
	}
}

// pack packs data as the list that a lie publishes.
func pack(lie Lie, data []byte) []byte {
	var b bytes.Buffer
	var z io.WriteCloser
	switch published(lie) {
	case "ls-lR.xz":
		z, _ = xz.NewWriter(&b) // to memory nothing fails
	case "ls-lR.zst":
		z, _ = zstd.NewWriter(&b)
	default:
		z = gzip.NewWriter(&b)
	}
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// widen doubles the only block of an .xz stream and lets the second one ask for a
// dictionary of 1 GiB (the .xz file format 1.2.0, sections 2.1.2, 3.1 and 5.3.1).
func widen(stream []byte) []byte {
	const head, foot = 12, 12
	little := encoding.LittleEndian
	index := 4 * (1 + int(little.Uint32(stream[len(stream)-8:])))
	block := stream[head : len(stream)-foot-index]
	wide := bytes.Clone(block)
	size := 4 * (1 + int(wide[0]))
	filter := bytes.Index(wide[:size], []byte{0x21, 0x01})
	wide[filter+2] = 36
	little.PutUint32(wide[size-4:], crc32.ChecksumIEEE(wide[:size-4]))
	return append(stream[:head+len(block):head+len(block)], wide...)
}
