package listing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/index"
)

// benchNow is the clock of tests and benchmarks.
var benchNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// recursive returns ls -lR output with so many entries, eight a directory.
func recursive(entries int) []byte {
	var b bytes.Buffer
	b.WriteString(".:\ntotal 32\n")
	for i := range entries {
		if i > 0 && i%8 == 0 {
			fmt.Fprintf(&b, "\n./pool/main/%c/package-%d:\ntotal %d\n", 'a'+i/8%26, i/8, i%977)
		}
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "drwxr-xr-x   2 1176     1176         4096 Nov %2d 12:34 directory-%d\n", 1+i%20, i)
		case 1:
			fmt.Fprintf(&b, "lrwxrwxrwx   1 1176     1176           11 Feb %2d  2019 latest-%d -> ../latest-%d\n", 1+i%28, i, i)
		default:
			fmt.Fprintf(&b, "-rw-r--r--   1 1176     1176     %8d Jun %2d  2024 package_%d.%d-1_amd64.deb\n", i*7919%99999999, 1+i%28, i, i%13)
		}
	}
	return b.Bytes()
}

// lined returns n lines made by one.
func lined(n int, one func(i int) string) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(one(i))
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	const n = 200_000
	for name, text := range map[string][]byte{
		"ls-lR": recursive(n),
		"MLSD": lined(n, func(i int) string {
			return fmt.Sprintf("modify=20240%d%02d123456;perm=adfr;size=%d;type=file;unique=803U%X;UNIX.group=0;UNIX.mode=0644;UNIX.owner=0; package_%d_amd64.deb", 1+i%9, 1+i%28, i*7919%99999999, i, i)
		}),
		"DOS": lined(n, func(i int) string {
			return fmt.Sprintf("%02d-%02d-24  %02d:%02dPM %20d package_%d_amd64.deb", 1+i%12, 1+i%28, 1+i%12, i%60, i*7919%99999999, i)
		}),
		"find -ls": lined(n, func(i int) string {
			return fmt.Sprintf("%9d %6d -rw-r--r--   1 root     root     %8d Jun %2d  2024 ./pool/%c/package-%d/file-%d", i, i%99, i*7919%99999999, 1+i%28, 'a'+i/8000%26, i/8, i)
		}),
	} {
		b.Run(name, func(b *testing.B) {
			p, err := New(Options{Now: benchNow})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				count := 0
				err := p.Tree(bytes.NewReader(text), "/", "bench", func(l index.Listing) error {
					count += len(l.Entries)
					return nil
				})
				if err != nil || count < n {
					b.Fatalf("%d entries, %v", count, err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(float64(n)*float64(b.N)/(cpu(b)-before), "lines/cpu-s")
		})
	}
}

// cpu returns the seconds that all cores have worked for this process, which others
// on the machine do not disturb.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// repeat reads a text over and over, up to n bytes.
func repeat(text string, n int) io.Reader {
	return io.LimitReader(strings.NewReader(strings.Repeat(text, n/len(text)+1)), int64(n))
}

// Four times the input takes about four times as long, whatever the input; it would
// be sixteen times if time were quadratic.
func TestLinear(t *testing.T) {
	line := "-rw-r--r--   1 ftp      ftp           528 Nov 01  2007 "
	deep := strings.Repeat("a/", 200)
	for name, text := range map[string]string{
		"the same name":       line + "README\n",
		"no line feed":        "x",
		"only line feeds":     "\n",
		"spaces":              " ",
		"slashes":             "/",
		"headers":             "./a:\n",
		"deep headers":        "./" + deep + ":\n" + line + "x\n",
		"deep paths":          deep + "x\n" + "b/" + deep + "y\n",
		"arrows":              "lrwxrwxrwx 1 a b 5 Nov 01  2007 " + strings.Repeat("a -> b ", 900) + "\n",
		"not UTF-8":           line + "\xcf\xf0\xe8\xe2\xe5\xf2\xff\n",
		"bare line feeds":     line + "x\r\n" + line + "y\nz\n",
		"wrapped":             "NAME.TXT;1\n",
		"troubles":            "ls: ./x: Permission denied\n",
		"facts":               strings.Repeat("size=1;", 9000) + " x\n",
		"many words":          strings.Repeat("1 ", 30000) + "\n",
		"months without days": strings.Repeat("Nov ", 10000) + "\n",
	} {
		took := func(n int) time.Duration {
			best := time.Hour
			for range 2 {
				p, err := New(Options{Now: benchNow})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				if err := p.Tree(repeat(text, n), "/", "test", func(index.Listing) error { return nil }); err != nil && !errors.Is(err, ErrRepeats) {
					t.Fatal(err)
				}
				best = min(best, time.Since(start))
			}
			return best
		}
		small, large := took(1<<18), took(1<<20)
		slow := func() bool { return large > 10*small+50*time.Millisecond }
		for range 4 { // a machine that is busy may hold up both tries
			if slow() {
				small, large = min(small, took(1<<18)), min(large, took(1<<20))
			}
		}
		if slow() {
			t.Errorf("%s: %v for 256 KiB, %v for 1 MiB", name, small, large)
		}
	}
}
