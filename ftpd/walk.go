package ftpd

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// fail answers a command whose path cannot be used. Its words do not reveal the
// server's own paths.
func (s *session) fail(arg string, err error) {
	code, reason := verdict(err)
	s.log.Debug("failed", "path", arg, "err", err)
	s.reply(code, short(arg)+": "+reason)
}

// failNew answers a command that would give a file a name. It has a code of its own for a name that cannot be.
func (s *session) failNew(arg string, err error) {
	if errors.Is(err, tree.ErrName) {
		s.reply(553, short(arg)+": File name not allowed")
		return
	}
	s.fail(arg, err)
}

// verdicts are the replies to errors of a tree (RFC 959 section 4.2), in the words that clients know from the errors of Unix.
var verdicts = []struct { //nolint:gochecknoglobals // a table
	err    error
	code   int
	reason string
}{
	{errLong, 552, errLong.Error()},
	{tree.ErrQuota, 552, "Disk quota exceeded"},
	{tree.ErrFull, 452, "No space left on device"},
	{tree.ErrBusy, 450, "Someone else is at it, try again later"},
	{tree.ErrName, 550, "File name not allowed"},
	{tree.ErrParts, 550, "Up to 256 parts can be joined, each once, and none is the target"},
	{tree.ErrLarge, 552, "More than 64 GiB are not joined"},
	{tree.ErrOffset, 554, "Invalid REST parameter: position > file size"},
	{tree.ErrNoDir, 550, "Not a directory"},
	{tree.ErrNoFile, 550, "Not a regular file, not retrievable"},
	{tree.ErrNotEmpty, 550, "Directory not empty"},
	{fs.ErrNotExist, 550, "No such file or directory"},
	{fs.ErrPermission, 550, "Permission denied"},
	{fs.ErrExist, 550, "File exists"},
}

// unknownFault is the reason of an error that is not of a tree.
const unknownFault = "Not available"

// verdict returns the reply to an error of a tree.
func verdict(err error) (code int, reason string) {
	said := tree.Sentence(err)
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return v.code, cmp.Or(said, v.reason)
		}
	}
	if said != "" {
		return 450, said
	}
	return 550, unknownFault
}

func cmdPwd(_ context.Context, s *session, _ string) {
	s.reply(257, quoted(s.cwd)+" is the current directory.")
}

// quoted returns a path as replies with 257 have it: in quotes, its own doubled (RFC 959 section 5.4, appendix II).
func quoted(p string) string {
	return `"` + strings.ReplaceAll(names.Encode(p), `"`, `""`) + `"`
}

// cmdCwd answers CWD. Without an argument it leads home, as cd does, and so does "~" where nothing has that name.
func cmdCwd(_ context.Context, s *session, arg string) {
	to := cmp.Or(arg, s.login.Home)
	if rest, ok := strings.CutPrefix(arg, "~"); ok && (rest == "" || rest[0] == '/') {
		if _, err := s.login.View.Lstat(s.resolve(arg)); errors.Is(err, fs.ErrNotExist) {
			to = path.Join(s.login.Home, rest)
		}
	}
	s.enterDir(arg, to, "CWD")
}

func cmdCdup(_ context.Context, s *session, _ string) { s.enterDir("..", "..", "CDUP") }

// cmdSmnt answers SMNT (RFC 959 section 4.1.1). There is nothing to mount: a user has one tree, all of which is there. So 202, which
// the RFC has for a command that is superfluous, where CWD would enter the folder, and else the answer of CWD.
func cmdSmnt(_ context.Context, s *session, arg string) {
	if err := s.login.View.Enter(s.resolve(arg)); err != nil {
		s.fail(arg, err)
		return
	}
	s.reply(202, "All that you may use is mounted: CWD leads there")
}

func (s *session) enterDir(arg, to, verb string) {
	p := s.resolve(to)
	if err := s.login.View.Enter(p); err != nil {
		s.fail(arg, err)
		return
	}
	s.cwd = p
	s.reply(250, verb+" command successful")
}
