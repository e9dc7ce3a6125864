package dtp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"trawl/ftpd/internal/dtp"
)

// codings are those with records or blocks, by name.
func codings() map[string]dtp.Coding {
	return map[string]dtp.Coding{
		"B":     {Block: true},
		"B A":   {Block: true, ASCII: true},
		"B R":   {Block: true, Records: true},
		"B R A": {Block: true, Records: true, ASCII: true},
		"R":     {Records: true},
		"R A":   {Records: true, ASCII: true},
		"Z R":   {Records: true, Deflate: true},
		"Z R A": {Records: true, Deflate: true, ASCII: true},
	}
}

func noMark(string) error { return nil }

// sent returns content in a coding, written in pieces of some length.
func sent(t testing.TB, k dtp.Coding, content string, piece int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := k.Writer(&b)
	for len(content) > 0 {
		n := min(piece, len(content))
		if _, err := io.WriteString(w, content[:n]); err != nil {
			t.Fatal(err)
		}
		content = content[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFrameRound sends content in each coding and reads it again, in pieces of all kinds.
func TestFrameRound(t *testing.T) {
	for _, content := range []string{
		"", "a", "\n", "a\nb\n", "a\nb", "\n\n\n", "\xff", "a\xff\xff\x01\xff\x02\n\xff", "\xff\n\xff\x03\n",
		strings.Repeat("x", 200_000), strings.Repeat("line\n", 20_000), strings.Repeat("\xff", 70_000) + "\n", "a\r\nb\r\n", "a\r", "\r\r\n",
	} {
		for name, k := range codings() {
			want := content
			if k.ASCII {
				want = strings.ReplaceAll(content, "\r\n", "\n")
			}
			for _, piece := range []int{1, 3, 32 << 10, 1 << 20} {
				if piece < 10 && len(content) > 1000 {
					continue
				}
				wire := sent(t, k, content, piece)
				for how, r := range map[string]io.Reader{
					"whole": bytes.NewReader(wire), "bytes": iotest.OneByteReader(bytes.NewReader(wire)), "halves": iotest.HalfReader(bytes.NewReader(wire)),
				} {
					got, err := io.ReadAll(k.Reader(r, noMark))
					if err != nil || string(got) != want {
						t.Fatalf("%s, %.20q by %d, read by %s: %.40q, %v", name, content, piece, how, got, err)
					}
				}
			}
		}
	}
}

// TestFrameWire pins the bytes of RFC 959 sections 3.4.1 and 3.4.2.
func TestFrameWire(t *testing.T) {
	for _, test := range []struct{ coding, content, wire string }{
		{"B", "abc", "\x00\x00\x03abc\x40\x00\x00"},
		{"B", "", "\x40\x00\x00"},
		{"B A", "a\n", "\x00\x00\x03a\r\n\x40\x00\x00"},
		{"B R", "ab\n\nc", "\x80\x00\x02ab\x80\x00\x00\x00\x00\x01c\x40\x00\x00"},
		{"R", "ab\n\xff\nc", "ab\xff\x01\xff\xff\xff\x01c\xff\x02"},
		{"R", "a\r\n", "a\r\xff\x01\xff\x02"},
		{"R A", "a\r\nb", "a\xff\x01b\xff\x02"},
	} {
		if got := sent(t, codings()[test.coding], test.content, 1<<20); string(got) != test.wire {
			t.Errorf("%s %q: %q, want %q", test.coding, test.content, got, test.wire)
		}
	}
	long := sent(t, dtp.Coding{Block: true, Records: true}, strings.Repeat("x", 70_000)+"\n", 1<<20)
	if got := fmt.Sprintf("% x, % x", long[:3], long[3+65535:][:3]); got != "00 ff ff, 80 11 71" {
		t.Errorf("a record of 70,000 bytes has blocks %s", got)
	}
}

// TestFrameAttacks reads what no sender should send. Nothing of it passes for whole.
func TestFrameAttacks(t *testing.T) {
	for _, test := range []struct {
		name, coding, wire string
		want               error // nil: a FormError
	}{
		{"nothing", "B", "", dtp.ErrNoEnd},
		{"half a header", "B", "\x40\x00", dtp.ErrNoEnd},
		{"no end of file", "B", "\x00\x00\x03abc", dtp.ErrNoEnd},
		{"a record and no end of file", "B R", "\x80\x00\x03abc", dtp.ErrNoEnd},
		{"a count that is too high", "B", "\x40\x00\x09abc", dtp.ErrNoEnd},
		{"a count that is too low", "B", "\x40\x00\x02abc", nil},
		{"the longest count and nothing", "B", "\x00\xff\xff", dtp.ErrNoEnd},
		{"something behind the end", "B", "\x40\x00\x01a\x40\x00\x00", nil},
		{"a suspect block", "B", "\x00\x00\x01a\x60\x00\x01b", nil},
		{"an unknown descriptor", "B", "\x01\x00\x01a\x40\x00\x00", nil},
		{"all bits", "B", "\xff\xff\xff", nil},
		{"a stream", "B", "GET / HTTP/1.0\r\n\r\n", nil},
		{"a record in STRU F", "B", "\x80\x00\x01a\x40\x00\x00", nil},
		{"a line end in a record", "B R", "\x80\x00\x03a\nb\x40\x00\x00", nil},
		{"blocks of nothing", "B", strings.Repeat("\x00\x00\x00", 2000), nil},
		{"markers alone", "B", strings.Repeat("\x10\x00\x01m", 2000), nil},
		{"an empty marker", "B", "\x10\x00\x00\x40\x00\x00", nil},
		{"a marker with a line end", "B", "\x10\x00\x03m\r\n\x40\x00\x00", nil},
		{"a marker that is not ASCII", "B", "\x10\x00\x02\xc3\xa9\x40\x00\x00", nil},
		{"a marker as long as a block", "B", "\x10\xff\xff" + strings.Repeat("m", 65535) + "\x40\x00\x00", nil},
		{"half a marker", "B", "\x10\x00\x09m", dtp.ErrNoEnd},
		{"a marker that ends the file", "B", "\x50\x00\x01m", nil},
		{"records: nothing", "R", "", dtp.ErrNoEnd},
		{"records: no end of file", "R", "abc\xff\x01", dtp.ErrNoEnd},
		{"records: half an end", "R", "abc\xff\x01\xff", dtp.ErrNoEnd},
		{"records: another code", "R", "abc\xff\x04", nil},
		{"records: a zero", "R", "abc\xff\x00", nil},
		{"records: something behind the end", "R", "abc\xff\x02x", nil},
		{"records: something behind both", "R", "abc\xff\x03\xff\x02", nil},
		{"records: a line end in one", "R A", "a\r\nb\xff\x03", nil},
		{"records: compressed, no end", "Z R", "", dtp.ErrNoEnd},
	} {
		k, ok := codings()[test.coding]
		if !ok {
			t.Fatal(test.coding)
		}
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(test.wire), "bytes": iotest.OneByteReader(strings.NewReader(test.wire))} {
			_, err := io.Copy(io.Discard, k.Reader(r, noMark))
			var bad dtp.FormError
			switch {
			case how == "bytes" && strings.Contains(test.name, "behind"), how == "bytes" && test.name == "a count that is too low": // Finish sees it
			case test.want == nil && !errors.As(err, &bad), test.want != nil && !errors.Is(err, test.want):
				t.Errorf("%s, by %s: %v", test.name, how, err)
			}
		}
	}
}

// TestFrameEscapeCut cuts the wire of records at each byte: only the whole is whole.
func TestFrameEscapeCut(t *testing.T) {
	for name, k := range codings() {
		wire := sent(t, k, "a\xff\n\nb\xff", 100)
		for n := range len(wire) {
			if _, err := io.Copy(io.Discard, k.Reader(bytes.NewReader(wire[:n]), noMark)); err == nil {
				t.Errorf("%s: %q passes for whole", name, wire[:n])
			}
		}
	}
}

// TestFrameMarkers gives each marker when all content before it was read.
func TestFrameMarkers(t *testing.T) {
	var got bytes.Buffer
	var marks []string
	r := dtp.Coding{Block: true}.Reader(strings.NewReader("\x10\x00\x01a\x00\x00\x03abc\x10\x00\x02m2\x00\x00\x01d\x40\x00\x00"), func(name string) error {
		marks = append(marks, fmt.Sprint(name, "=", got.Len()))
		return nil
	})
	if _, err := io.Copy(struct{ io.Writer }{&got}, r); err != nil || fmt.Sprint(marks) != "[a=0 m2=3]" || got.String() != "abcd" {
		t.Errorf("%v, %q, %v", marks, got.String(), err)
	}
}

// TestFrameMemory reads a record without end, and blocks without end: neither is held in memory.
func TestFrameMemory(t *testing.T) {
	const size = 256 << 20
	block := append([]byte{0, 0xff, 0xff}, bytes.Repeat([]byte("x"), 65535)...)
	for name, piece := range map[string][]byte{"R": bytes.Repeat([]byte("x"), 64<<10), "B": block, "B R": block, "B R A": block} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := io.Copy(io.Discard, codings()[name].Reader(&again{piece: piece, left: size}, noMark))
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; n < size/2 || !errors.Is(err, dtp.ErrNoEnd) || grown > 1<<20 {
			t.Errorf("%s: %d bytes, %v, %d bytes allocated", name, n, err, grown)
		}
	}
}

// again gives a piece again and again.
type again struct {
	piece []byte
	at    int
	left  int
}

func (a *again) Read(p []byte) (int, error) {
	if a.left <= 0 && a.at == 0 {
		return 0, io.EOF
	}
	n := copy(p, a.piece[a.at:])
	a.at = (a.at + n) % len(a.piece)
	a.left -= n
	return n, nil
}

// FuzzFrame reads any bytes in each coding. Bytes that pass for whole can be sent again and are the same then.
func FuzzFrame(f *testing.F) {
	for i, seed := range []string{
		"\x00\x00\x03abc\x40\x00\x00", "\x80\x00\x02ab\x80\x00\x00\x40\x00\x00", "\xc0\x00\x01a", "\x10\x00\x01m\x40\x00\x00", "\x20\x00\x01a", "\x40\xff\xff",
		"ab\xff\x01\xff\xff\xff\x01c\xff\x02", "\xff\x03", "\xff", "a\xff\x04", "a\r\xff\x01\n\xff\x02",
	} {
		f.Add([]byte(seed), uint8(i))
	}
	for name, k := range codings() {
		f.Add(sent(f, k, "a\r\nb\xff\n"+name, 100), uint8(1))
	}
	f.Fuzz(func(t *testing.T, wire []byte, piece uint8) {
		for name, k := range codings() {
			if k.Deflate {
				continue // any content, as the compressor of others is not this one
			}
			first, err := io.ReadAll(io.LimitReader(k.Reader(bytes.NewReader(wire), noMark), 1<<20))
			if err != nil {
				continue
			}
			second, err := io.ReadAll(k.Reader(iotest.HalfReader(bytes.NewReader(sent(t, k, string(first), int(piece)+1))), noMark))
			want := string(first)
			if k.ASCII {
				want = strings.ReplaceAll(want, "\r\n", "\n")
			}
			if err != nil || string(second) != want {
				t.Errorf("%s: %q became %q, %v", name, first, second, err)
			}
		}
	})
}
