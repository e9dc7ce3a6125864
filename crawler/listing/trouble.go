package listing

import (
	"bytes"

	"trawl/index"
)

// trouble is an error that a server writes among the lines of a listing.
type trouble struct {
	path []byte // of the directory that could not be listed, as the server names it; may be empty
	why  string
}

// readTrouble reads such errors:
//
//	ls: cannot open directory './private': Permission denied
//	ftpd: .: Permission denied
func readTrouble(line []byte) (trouble, bool) {
	i := troubleAt(line)
	if i < 0 {
		return trouble{}, false
	}
	t := trouble{why: string(bytes.TrimLeft(line[i:], ": "))}
	path := bytes.TrimRight(line[:i], ": ")
	if j := bytes.Index(path, []byte(": ")); j >= 0 {
		path = path[j+2:]
	}
	for _, verb := range []string{"cannot open directory ", "cannot access ", "reading directory ", "can't open directory ", "can not access directory "} {
		path = bytes.TrimPrefix(path, []byte(verb))
	}
	t.path = bytes.Trim(path, "'`\"\xe2\x80\x98\x99")
	return t, true
}

func isTrouble(line []byte) bool { return troubleAt(line) >= 0 }

// troubleAt returns where the reason of an error begins, or -1.
func troubleAt(line []byte) int {
	for _, reason := range []string{
		": Permission denied", ": No such file or directory", ": Operation not permitted",
		": Input/output error", ": Stale file handle", ": Not a directory", ": Too many levels of symbolic links",
		" unreadable", ": Access is denied.", ": Keine Berechtigung", ": Permiso denegado", ": Permission non accord\xc3\xa9e",
		": Permesso negato", ": Отказано в доступе", ": Value too large for defined data type",
		": 許可がありません", ": 权限不够", ": Brak dostępu", ": Permissão negada",
	} {
		if bytes.HasSuffix(line, []byte(reason)) {
			return len(line) - len(reason)
		}
	}
	return -1
}

// trouble marks the directory that an error names, or the open one, as denied.
func (s *scan) trouble(t trouble) error {
	own := len(t.path) == 0 || string(t.path) == "." || string(t.path) == "./" || string(t.path) == string(s.dir)
	if s.tree == nil {
		if own {
			s.deny(t.why)
		}
		s.excuse = t.why
		return nil
	}
	dir, ok := s.tree.resolve(t.path)
	if own || ok && dir == s.dir {
		s.deny(t.why)
		return nil
	}
	if !ok {
		return nil
	}
	if again, err := s.tree.again(dir); again || err != nil {
		return err
	}
	return s.pass(index.Listing{Dir: dir, Taken: s.taken, Way: s.way, State: index.Denied, Why: t.why}, true)
}
