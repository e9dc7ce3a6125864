package ssh_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	sftpclient "github.com/pkg/sftp"
	gossh "golang.org/x/crypto/ssh"

	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// bySFTP does operations by SFTP.
type bySFTP struct {
	*sftpclient.Client
	bare *bare
}

// byName opens a folder of the table by SSH.
func byName(t testing.TB, dir string, rules tree.Rules) *gossh.Client {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	h := serve(t, func(s *ssh.Server, _ *tree.Options) { s.Accounts = ruled{tree.Folder(root), rules} })
	return h.connect(t, gossh.Password("x"))
}

// TestTableSFTP asks every operation on every spelling of a path with every right over SFTP: the verdicts are those of the tree,
// as they are over FTP.
func TestTableSFTP(t *testing.T) {
	t.Parallel()
	treetest.Run(t, func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
		conn := byName(t, dir, rules)
		c, err := sftpclient.NewClient(conn)
		must(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return bySFTP{c, open(t, conn)}
	})
}

func (s bySFTP) Do(op treetest.Op, p string) (treetest.Verdict, string) {
	if len(p) > 4096 {
		return treetest.Unasked, "" // a session refuses it before it looks
	}
	read, err := s.do(op, p)
	var status *sftpclient.StatusError
	switch {
	case err == nil:
		return treetest.Done, read
	case errors.Is(err, errors.ErrUnsupported):
		return treetest.Unasked, ""
	case errors.Is(err, fs.ErrNotExist):
		return treetest.Missing, read
	case errors.Is(err, fs.ErrPermission):
		return treetest.Denied, read
	case errors.As(err, &status):
		return treetest.Other, read
	}
	return treetest.Refused, err.Error()
}

func (s bySFTP) do(op treetest.Op, p string) (read string, err error) {
	switch op {
	case treetest.Stat:
		_, err = s.Stat(p)
	case treetest.List:
		var all []fs.FileInfo
		all, err = s.ReadDir(p)
		for _, i := range all {
			read += i.Name() + "\n"
		}
	case treetest.Read:
		read, err = s.read(p)
	case treetest.Put:
		err = s.write(p, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	case treetest.Add:
		err = s.write(p, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	case treetest.Mkdir:
		err = s.Mkdir(p)
	case treetest.Rmdir:
		err = s.RemoveDirectory(p)
	case treetest.Remove:
		err = s.bare.status(13, p) // the client would try rmdir, too
	case treetest.RenameFrom:
		err = s.PosixRename(p, treetest.Target)
	case treetest.RenameTo:
		err = s.PosixRename(treetest.Source, p)
	case treetest.SetTime:
		err = s.Chtimes(p, time.Unix(1e9, 0), time.Unix(1e9, 0))
	case treetest.Chmod:
		err = s.Chmod(p, 0o640)
	default: // Enter is not there, and no name is chosen
		err = errors.ErrUnsupported
	}
	return read, err
}

func (s bySFTP) read(p string) (string, error) {
	f, err := s.Open(p)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(f)
	return string(b), errors.Join(err, f.Close())
}

func (s bySFTP) write(p string, flags int) error {
	f, err := s.OpenFile(p, flags)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(treetest.Content))
	return errors.Join(err, f.Close())
}

// bySCP does operations by SCP.
type bySCP struct {
	t testing.TB
	*gossh.Client
}

// TestTableSCP asks what SCP has on every spelling of a path with every right.
func TestTableSCP(t *testing.T) {
	t.Parallel()
	treetest.Run(t, func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
		return bySCP{t, byName(t, dir, rules)}
	})
}

func (s bySCP) Do(op treetest.Op, p string) (treetest.Verdict, string) {
	if p == "" || len(p) > 4096 {
		return treetest.Unasked, ""
	}
	base := path.Base(p)
	if base == "." || base == ".." || base == "/" || strings.HasSuffix(p, "/") {
		return treetest.Unasked, ""
	}
	var replies, command string
	quoted := "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
	switch op {
	case treetest.Read:
		command, replies = "scp -f -- "+quoted, "\x00\x00\x00"
	case treetest.Put:
		command = "scp -d -t -- '" + path.Dir(p) + "'"
		replies = fmt.Sprintf("C0644 %d %s\n%s\x00", len(treetest.Content), base, treetest.Content)
	default:
		return treetest.Unasked, ""
	}
	out := s.run(command, replies)
	switch {
	case strings.Contains(out, "\x01scp: "):
		return treetest.Refused, out
	case op == treetest.Put && out == "\x00\x00\x00", op == treetest.Read && strings.HasPrefix(out, "C"):
		return treetest.Done, out
	}
	return treetest.Refused, out
}

// run runs a command, says all at once, and returns the answers.
func (s bySCP) run(command, input string) string {
	s.t.Helper()
	session, err := s.NewSession()
	must(s.t, err)
	defer func() { _ = session.Close() }()
	session.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	session.Stdout = &out
	if err := session.Start(command); err != nil {
		return "refused: " + err.Error()
	}
	_ = session.Wait()
	return out.String()
}
