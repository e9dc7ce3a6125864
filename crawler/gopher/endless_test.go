package gopher_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"trawl/crawler"
	"trawl/crawler/gopher"
	"trawl/index"
	"trawl/index/indextest"
)

// TestEndlessMenus crawls a server that has ten new menus in each menu: the crawl ends
// by itself when it has no memory for more, keeps what it has seen, and gives the memory
// back.
func TestEndlessMenus(t *testing.T) {
	t.Parallel()
	var asked, named atomic.Int64
	addr := serve(t, func(conn *net.TCPConn) {
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			return
		}
		asked.Add(1)
		selector := strings.TrimSpace(line)
		host, port, _ := net.SplitHostPort(conn.LocalAddr().String())
		for range 10 {
			n := named.Add(1)
			fmt.Fprintf(conn, "1menu %d\t/%d\t%s\t%s\r\n", n, n, host, port)
		}
		fmt.Fprintf(conn, "0about %s\t/about%s.txt\t%s\t%s\r\n.\r\n", selector, selector, host, port)
	})
	id := index.HostID("gopher://" + addr + "/")
	cat := indextest.NewBrute()
	if err := cat.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	c := crawler.New(crawler.Config{
		Catalogue: cat, Contact: "a@b.c", Sources: []crawler.Source{&gopher.Source{}},
		Limits: crawler.Limits{Memory: 1 << 20},
	})
	for range 2 { // as much the second time: what the first one took was given back
		before := asked.Load()
		report, err := c.Crawl(t.Context(), id, crawler.Options{Full: true})
		if report.Complete {
			t.Error("a server without end is complete")
		}
		if n := asked.Load() - before; n < 100 || n > 20_000 {
			t.Errorf("asked for %d menus: %+v, %v", n, report, err)
		}
	}
}
