package sftp_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pkgsftp "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/crawler/sftp"
	"trawl/index"
)

// lie is what a server says of a file.
type lie struct {
	name string
	mode fs.FileMode
	size int64
	unix int64
}

func (l *lie) Name() string       { return l.name }
func (l *lie) Size() int64        { return l.size }
func (l *lie) Mode() fs.FileMode  { return l.mode }
func (l *lie) ModTime() time.Time { return time.Unix(l.unix, 0) }
func (l *lie) IsDir() bool        { return l.mode.IsDir() }
func (l *lie) Sys() any           { return nil }

// liar is a server that no real peer is: it lists what it likes.
type liar struct {
	user, password string
	key            ssh.PublicKey
	done           chan struct{} // closed when the test ends
}

// Filelist answers OPENDIR, STAT and READLINK.
func (l *liar) Filelist(r *pkgsftp.Request) (pkgsftp.ListerAt, error) {
	switch r.Filepath {
	case "/denied":
		return nil, os.ErrPermission
	case "/failure":
		return nil, errors.New("no disk\x1b[31m\nat all")
	case "/endless":
		return endless{}, nil
	case "/hangs":
		<-l.done
		return nil, io.EOF
	case "/breaks":
		return breaking{}, nil
	case "/large":
		all := make(slice, 25_000)
		for i := range all {
			all[i] = lie{name: fmt.Sprint(i)}
		}
		return all, nil
	case "/names":
		return slice{
			{name: ".."},
			{name: "."},
			{name: "nul\x00"},
			{name: "good", size: 5, unix: 1e9},
			{name: "good", size: 6},
			{name: "huge", size: -1},
			{name: "dev", mode: fs.ModeDevice, size: 7},
			{name: "latin\xe9"},
			{name: "esc\x1b[2J"},
		}, nil
	}
	return slice{}, nil
}

func (l *liar) Fileread(*pkgsftp.Request) (io.ReaderAt, error) { return nil, os.ErrPermission }

type slice []lie

func (s slice) ListAt(to []os.FileInfo, at int64) (int, error) {
	n := 0
	for ; n < len(to) && int(at)+n < len(s); n++ {
		to[n] = &s[int(at)+n]
	}
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}

type endless struct{}

func (endless) ListAt(to []os.FileInfo, at int64) (int, error) {
	for i := range to {
		to[i] = &lie{name: fmt.Sprintf("%0200d", int(at)+i)}
	}
	return len(to), nil
}

type breaking struct{}

func (breaking) ListAt(to []os.FileInfo, at int64) (int, error) {
	if at > 0 {
		return 0, errors.New("disk error")
	}
	to[0] = &lie{name: "first"}
	return 1, nil
}

// serve starts a liar and returns its address.
func (l *liar) serve(t *testing.T) string {
	t.Helper()
	l.done = make(chan struct{})
	addr, key := shell(t, l.user, l.password, func(channel ssh.Channel) {
		_ = pkgsftp.NewRequestServer(channel, pkgsftp.Handlers{FileGet: l, FileList: l}).Serve()
	})
	l.key = key
	t.Cleanup(func() { close(l.done) })
	return addr
}

// shell starts an SSH server that lets one user in and serves each session as
// serve does; it returns its address and key.
func shell(t *testing.T, user, password string, serve func(ssh.Channel)) (addr string, public ssh.PublicKey) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	newKey(t, key)
	pem, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	return shellWith(t, &ssh.ServerConfig{}, signer, user, password, serve), signer.PublicKey()
}

// shellWith does what shell does, by a configuration and with a key.
func shellWith(t *testing.T, config *ssh.ServerConfig, key ssh.Signer, user, password string, serve func(ssh.Channel)) string {
	t.Helper()
	config.PasswordCallback = func(c ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
		if c.User() != user || string(given) != password {
			return nil, errors.New("no")
		}
		return &ssh.Permissions{}, nil
	}
	config.AddHostKey(key)
	return peer(t, func(conn net.Conn) {
		_, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for c := range channels {
			channel, requests, err := c.Accept()
			if err != nil {
				return
			}
			go func() {
				for r := range requests {
					_ = r.Reply(string(r.Payload[min(4, len(r.Payload)):]) == "sftp", nil)
				}
			}()
			go func() {
				serve(channel)
				_ = channel.Close()
			}()
		}
	})
}

// host returns the host that a liar at addr is, with the login that it lets in.
func (l *liar) host(addr string) index.Host {
	return index.Host{ID: index.HostID("sftp://" + addr + "/"), Settings: index.Settings{User: l.user, Password: l.password}}
}

// TestPassword logs in with a password, and as anonymous with the contact.
func TestPassword(t *testing.T) {
	tests := []struct {
		liar     liar
		settings index.Settings
		ok       bool
	}{
		{liar{user: "me", password: "pw"}, index.Settings{User: "me", Password: "pw"}, true},
		{liar{user: "me", password: "pw"}, index.Settings{User: "me", Password: "other"}, false},
		{liar{user: "anonymous", password: "us@example.org"}, index.Settings{}, true},
	}
	for _, test := range tests {
		host := index.Host{ID: index.HostID("sftp://" + test.liar.serve(t) + "/"), Settings: test.settings}
		srv, err := (&sftp.Source{Contact: "us@example.org"}).Connect(t.Context(), host, nil)
		if err == nil {
			_ = srv.Close()
		}
		if (err == nil) != test.ok || !test.ok && !errors.Is(err, crawler.ErrLogin) {
			t.Errorf("%+v => %v", test.settings, err)
		}
	}
}

// TestHostile lists what a real server would not.
func TestHostile(t *testing.T) {
	l := &liar{user: "me", password: "pw"}
	host := l.host(l.serve(t))
	src := &sftp.Source{Limits: sftp.Limits{Silence: time.Second, Listing: 1 << 20}}
	tests := []struct {
		dir    index.Path
		err    error
		state  index.State
		atMost int // entries
	}{
		{"/denied", crawler.ErrDenied, 0, 0},
		{"/failure", crawler.ErrDenied, 0, 0},
		{"/empty", nil, index.Complete, 0},
		{"/endless", nil, index.Truncated, 20_000},
		{"/breaks", nil, index.Truncated, 1},
		{"/hangs", crawler.ErrGone, 0, 0},
	}
	for _, test := range tests {
		t.Run(string(test.dir), func(t *testing.T) {
			got, err := list(t.Context(), connect(t, src, host), test.dir)
			if !errors.Is(err, test.err) || got.State != test.state || len(got.Entries) > test.atMost {
				t.Errorf("%s, %d entries, %v", got.State, len(got.Entries), err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("the error is not fit for a terminal: %q", err)
			}
		})
	}
}

// TestLarge lists a directory that comes in parts.
func TestLarge(t *testing.T) {
	l := &liar{user: "me", password: "pw"}
	parts := 0
	seen := map[string]bool{}
	err := onlyWay(connect(t, &sftp.Source{}, l.host(l.serve(t)))).List(t.Context(), "/large", func(l index.Listing) error {
		parts++
		for _, e := range l.Entries {
			seen[e.Name] = true
		}
		if l.More != (parts < 13) || l.State != index.Complete {
			t.Errorf("part %d: more %v, %s", parts, l.More, l.State)
		}
		return nil
	})
	if err != nil || parts != 13 || len(seen) != 25_000 {
		t.Errorf("%d entries in %d parts, %v", len(seen), parts, err)
	}
}

// TestNames shows what becomes of the names that a server may list.
func TestNames(t *testing.T) {
	l := &liar{user: "me", password: "pw"}
	host := l.host(l.serve(t))
	host.Settings.Charset = "latin1"
	got, err := list(t.Context(), connect(t, &sftp.Source{}, host), "/names")
	if err != nil {
		t.Fatal(err)
	}
	want := []index.Entry{
		{Name: "dev", Size: index.UnknownSize},
		{Name: "esc\x1b[2J", Size: 0},
		{Name: "good", Size: 5, Unix: 1e9, Precision: index.Second},
		{Name: "huge", Size: index.UnknownSize},
		{Name: "latin\u00e9", Raw: "latin\xe9", Size: 0},
	}
	for i := range want {
		if i >= len(got.Entries) || got.Entries[i] != want[i] {
			t.Errorf("entry %d: %+v, want %+v", i, got.Entries, want[i])
			break
		}
	}
	if got.State != index.Unparsed || got.Lost != 1 {
		t.Errorf("%s, lost %d: %q", got.State, got.Lost, got.Unparsed)
	}
}
