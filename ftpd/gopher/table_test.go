package gopher_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"trawl/ftpd/gopher"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// byGopher does operations by Gopher.
type byGopher struct {
	testing.TB
	addr string
}

// TestTable asks what Gopher has on every spelling of a path: the verdicts are those of the tree.
func TestTable(t *testing.T) {
	treetest.Run(t, func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
		root, err := os.OpenRoot(dir)
		must(t, err)
		t.Cleanup(func() { root.Close() })
		h := serve(t, func(s *gopher.Server) { s.Accounts = ruled{tree.Folder(root), rules} })
		return byGopher{t, h.addr}
	})
}

func (g byGopher) Do(op treetest.Op, p string) (treetest.Verdict, string) {
	if len(p) > 8<<10 || op != treetest.List && op != treetest.Read && op != treetest.Stat {
		return treetest.Unasked, ""
	}
	if op == treetest.Stat {
		p += "\t!"
	}
	conn, err := net.Dial("tcp", g.addr)
	must(g, err)
	defer conn.Close()
	must(g, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, _ = io.WriteString(conn, p+"\r\n")
	b, err := io.ReadAll(conn)
	must(g, err)
	answer := string(b)
	menu := strings.HasSuffix(answer, "\r\n.\r\n") || answer == ".\r\n"
	switch {
	case op == treetest.Stat && strings.HasPrefix(answer, "3This is no plain file"): // no menu shows it
		return treetest.Unasked, ""
	case strings.HasPrefix(answer, "3No such"):
		return treetest.Missing, answer
	case strings.HasPrefix(answer, "3Permission"):
		return treetest.Denied, answer
	case menu && answer[0] == '3':
		return treetest.Other, answer
	case (op == treetest.Read) == menu: // the other of the two was sent
		return treetest.Other, answer
	}
	return treetest.Done, answer
}
