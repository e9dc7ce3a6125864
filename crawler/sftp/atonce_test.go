package sftp_test

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/sftp"
)

// far relays connections to addr with a round-trip time and returns where.
func far(t testing.TB, addr string, rtt time.Duration) string {
	return peer(t, func(near net.Conn) {
		defer near.Close()
		there, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer there.Close()
		var wg sync.WaitGroup
		wg.Go(func() {
			carry(there, near, rtt/2)
			there.Close()
		})
		carry(near, there, rtt/2)
		there.Close()
		wg.Wait()
	})
}

// carry copies what it reads, each piece so much later.
func carry(to io.Writer, from io.Reader, delay time.Duration) {
	type piece struct {
		due  time.Time
		data []byte
	}
	pieces := make(chan piece, 1<<12)
	var wg sync.WaitGroup
	wg.Go(func() {
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				continue // to drain what follows
			}
		}
	})
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			pieces <- piece{time.Now().Add(delay), append([]byte(nil), buf[:n]...)}
		}
		if err != nil {
			break
		}
	}
	close(pieces)
	wg.Wait()
}

// BenchmarkAtOnce lists 300 directories of OpenSSH's server over a round-trip time
// of 50 ms, one at a time and 64 at once.
func BenchmarkAtOnce(b *testing.B) {
	tree := b.TempDir()
	for i := range 300 {
		write(b, filepath.Join(tree, fmt.Sprint(i%17), fmt.Sprint(i), "file"), "x")
	}
	daemon := startSSHD(b)
	addr := far(b, daemon.addr, 50*time.Millisecond)
	for _, atOnce := range []int{1, 64} {
		b.Run(fmt.Sprint(atOnce), func(b *testing.B) {
			host := daemon.host(tree)
			id, _, _, _ := crawler.Schemes(&sftp.Source{}).Parse("sftp://" + addr + tree)
			host.ID = id
			srv := connect(b, &sftp.Source{Limits: sftp.Limits{Directories: atOnce}}, host)
			for b.Loop() {
				if found := walk(b, srv, host.ID.Root()); len(found) != 617 {
					b.Fatalf("%d entries", len(found))
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/0.05/318, "round-trips/dir")
		})
	}
}
