package httpd_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"trawl/ftpd/account"
	"trawl/ftpd/httpd"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// ruled takes everyone for a guest with the rights of some rules.
type ruled struct{ view *tree.View }

func (r ruled) Login(context.Context, string, string) (account.Login, error) { return r.login(), nil }

func (r ruled) Guest() (account.Login, bool) { return r.login(), true }

func (r ruled) login() account.Login {
	return account.Login{User: account.Anonymous, Anonymous: true, View: r.view, Home: "/"}
}

// byHTTP does operations by HTTP and WebDAV.
type byHTTP struct {
	*host
	t testing.TB
}

// TestTable asks every operation on every spelling of a path over HTTP: the verdicts are those of the tree.
func TestTable(t *testing.T) {
	treetest.Run(t, func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
		root, err := os.OpenRoot(dir)
		must(t, err)
		t.Cleanup(func() { root.Close() })
		h := serve(t, func(_ *host, s *httpd.Server) {
			s.Accounts = ruled{tree.Folder(root).View(tree.Options{Rules: rules})}
		})
		return byHTTP{h, t}
	}, 0, tree.ReadOnly, tree.List, tree.Read, tree.Write|tree.Mkdir, tree.All)
}

func (b byHTTP) Do(op treetest.Op, p string) (treetest.Verdict, string) {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	at := strings.Join(parts, "/")
	if len(at) > 4096 {
		return treetest.Unasked, "" // longer than an address may be
	}
	switch op {
	case treetest.Stat:
		v, read := b.verdict(asked{method: "PROPFIND", path: at, header: map[string]string{"Depth": "0"}})
		if strings.Contains(read, "neither a file") {
			return treetest.Unasked, read // a pipe has no properties here
		}
		return v, read
	case treetest.List:
		return b.list(at)
	case treetest.Read:
		v, read := b.verdict(asked{path: at})
		if v == treetest.Done && strings.HasPrefix(read, "<!doctype html>") {
			return treetest.Other, read // a folder
		}
		return v, read
	case treetest.Enter:
		return treetest.Unasked, ""
	}
	if strings.HasPrefix(p, "/race") {
		return treetest.Unasked, "" // nothing is written here that could be raced
	}
	method := map[treetest.Op]string{
		treetest.Put: "PUT", treetest.Add: "PATCH", treetest.Unique: "POST", treetest.Mkdir: "MKCOL", treetest.Rmdir: "DELETE", treetest.Remove: "DELETE",
		treetest.RenameFrom: "MOVE", treetest.RenameTo: "COPY", treetest.SetTime: "PROPPATCH", treetest.Chmod: "LOCK",
	}[op]
	status, _, _ := b.ask(b.t, asked{
		method: method, path: at, body: treetest.Content, header: map[string]string{"Destination": "http://" + b.addr + treetest.Target},
	})
	if status != http.StatusMethodNotAllowed {
		b.t.Errorf("%s %q: %d", method, p, status)
	}
	return treetest.Unasked, ""
}

// list lists a folder in both ways, which have to agree.
func (b byHTTP) list(at string) (treetest.Verdict, string) {
	v, read := b.verdict(asked{path: at, header: map[string]string{"Accept": "application/json"}})
	dav, also := b.verdict(asked{method: "PROPFIND", path: at, header: map[string]string{"Depth": "1"}})
	var names []struct{ Name string }
	if v == treetest.Done && json.Unmarshal([]byte(read), &names) != nil {
		return treetest.Other, read + also // a file
	}
	if v == treetest.Done && dav != treetest.Done && at != "/race" {
		b.t.Errorf("%s: JSON is sent, and PROPFIND is %s", at, dav)
	}
	return v, read + also
}

// verdict asks, follows what leads to the right spelling, and returns what came of it.
func (b byHTTP) verdict(a asked) (treetest.Verdict, string) {
	for range 3 {
		status, header, body := b.ask(b.t, a)
		switch {
		case status == http.StatusMovedPermanently:
			a.path = header.Get("Location")
			continue
		case status < 300:
			return treetest.Done, body
		case status == http.StatusNotFound:
			return treetest.Missing, body
		case status == http.StatusForbidden && !strings.Contains(body, "neither a file"):
			return treetest.Denied, body
		}
		return treetest.Other, body
	}
	b.t.Errorf("%s: it is redirected for ever", a.path)
	return treetest.Other, ""
}
