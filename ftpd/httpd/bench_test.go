package httpd_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/httpd"
)

// BenchmarkSmall gets a small file over one connection, with a log line each.
func BenchmarkSmall(b *testing.B) {
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	must(b, err)
	defer log.Close()
	h := serve(b, func(_ *host, s *httpd.Server) {
		s.Observe = []func(ftpd.Event){ftpd.LogTo(slog.New(slog.NewTextHandler(log, nil)))}
	})
	h.write(b, map[string]string{"small/1": strings.Repeat("x", 4000)})
	conn, err := net.Dial("tcp", h.addr)
	must(b, err)
	defer conn.Close()
	r := bufio.NewReader(conn)
	for b.Loop() {
		_, err := io.WriteString(conn, "GET /small/1 HTTP/1.1\r\nHost: x\r\n\r\n")
		must(b, err)
		res, err := http.ReadResponse(r, nil)
		must(b, err)
		_, err = io.Copy(io.Discard, res.Body)
		must(b, err)
		res.Body.Close()
	}
}
