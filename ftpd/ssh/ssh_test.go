package ssh_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	sftpclient "github.com/pkg/sftp"
	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"
	gossh "golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a server with a user ann, whose password is "secret" and who may do all in a folder.
type host struct {
	addr, dir string
	store     *tree.Store
	key       gossh.Signer // of ann
	file      string       // of that key
	known     gossh.PublicKey
	live      *ftpd.Sessions

	events ftpdtest.Events
}

// serve serves until the test ends. Some changes may be made to the server and to what ann may do.
func serve(t testing.TB, change ...func(*ssh.Server, *tree.Options)) *host {
	t.Helper()
	h := &host{dir: t.TempDir(), live: new(ftpd.Sessions)}
	root, err := os.OpenRoot(h.dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	h.store = tree.Folder(root)
	h.makeKey(t)
	srv := &ssh.Server{Keys: []gossh.Signer{signer(t)}, Sessions: h.live, Observe: []func(ftpd.Event){h.events.Observe}}
	h.known = srv.Keys[0].PublicKey()
	options := tree.Options{User: "ann", Rules: tree.Rules{"/": tree.All}}
	for _, f := range change {
		f(srv, &options)
	}
	if srv.Accounts == nil {
		hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
		must(t, err)
		password, err := account.ParseHash(string(hash))
		must(t, err)
		guest := &account.Login{View: h.store.View(tree.Options{User: account.Anonymous, Rules: tree.Rules{"/": tree.ReadOnly}}), Home: "/"}
		srv.Accounts, err = account.New(guest, []account.User{{
			Login: account.Login{User: "ann", View: h.store.View(options), Home: "/"}, Hash: password, Keys: []account.Key{account.KeyOf(h.key.PublicKey())},
		}})
		must(t, err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.addr = ln.Addr().String()
	ftpdtest.Run(t, func(ctx context.Context) error { return srv.Serve(ctx, ln) })
	return h
}

// must ends a test whose own work fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signer(t testing.TB) gossh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	s, err := gossh.NewSignerFromKey(key)
	must(t, err)
	return s
}

// makeKey makes the key of ann, as a file too.
func (h *host) makeKey(t testing.TB) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	h.key, err = gossh.NewSignerFromKey(key)
	must(t, err)
	block, err := gossh.MarshalPrivateKey(key, "ann")
	must(t, err)
	h.file = filepath.Join(t.TempDir(), "id_ed25519")
	must(t, os.WriteFile(h.file, pem.EncodeToMemory(block), 0o600))
}

// connect logs ann in by her key, unless other ways are given.
func (h *host) connect(t testing.TB, auth ...gossh.AuthMethod) *gossh.Client {
	t.Helper()
	if auth == nil {
		auth = []gossh.AuthMethod{gossh.PublicKeys(h.key)}
	}
	c, err := h.dial("ann", auth...)
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (h *host) dial(user string, auth ...gossh.AuthMethod) (*gossh.Client, error) {
	return gossh.Dial("tcp", h.addr, &gossh.ClientConfig{
		User: user, Auth: auth, HostKeyCallback: gossh.FixedHostKey(h.known), Timeout: 30 * time.Second,
	})
}

// sftp opens SFTP for ann.
func (h *host) sftp(t testing.TB) *sftpclient.Client {
	t.Helper()
	c, err := sftpclient.NewClient(h.connect(t))
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ruled lets every name in, with the rights of some rules.
type ruled struct {
	store *tree.Store
	rules tree.Rules
}

func (r ruled) Login(_ context.Context, name, _ string) (account.Login, error) {
	return account.Login{User: name, View: r.store.View(tree.Options{User: name, Rules: r.rules}), Home: "/"}, nil
}

func (ruled) Key(string, account.Key) (account.Login, error) {
	return account.Login{}, account.ErrLogin
}
