package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"trawl/ftpd/account"
	"trawl/ftpd/wholefile"
)

// ErrNoUser says that a file has no such user.
var ErrNoUser = errors.New("there is no such user")

// fresh is the file that SetPassword makes if there is none.
const fresh = "# The settings of Trawl: see trawl help settings.\n"

// SetPassword gives a user of a file a password, and adds the user if there is none of the name. All else of the file
// stays as it is, with comments and order. The file is replaced as a whole, keeps its owner and its group, and only these may read it.
func (s *Schema) SetPassword(path, name string, hash account.Hash) (added bool, err error) {
	if err := CheckName(name); err != nil || name == "" || account.IsAnonymous(name) {
		return false, fmt.Errorf("set the password of %q: this is no name of a user", name)
	}
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = []byte(fresh), nil
	}
	if err != nil {
		return false, err
	}
	changed, added, err := s.setPassword(path, data, name, hash.Text())
	if err != nil {
		return false, err
	}
	return added, s.replace(path, changed)
}

// setPassword returns the text of a file with the password of a user.
func (s *Schema) setPassword(path string, data []byte, name, hash string) (changed []byte, added bool, err error) {
	users, err := s.blocks(path, data)
	if err != nil {
		return nil, false, err
	}
	line := "password = \"" + hash + "\"\n"
	for _, u := range users {
		switch {
		case u.name != name:
		case u.password.end > 0:
			return splice(data, u.password.start, u.password.end, strings.TrimSpace(strings.TrimPrefix(line, "password = "))), false, nil
		default:
			at := lineEnd(data, u.named.end)
			if data[at-1] != '\n' {
				line = "\n" + line
			}
			return splice(data, at, at, line), false, nil
		}
	}
	var b strings.Builder
	b.Write(data)
	if len(data) > 0 && data[len(data)-1] != '\n' {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n[[user]]\nname = %s\n%s", quoted(name), line)
	return []byte(b.String()), true, nil
}

// quoted returns a string of TOML. Names have no control characters; see CheckName.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// DeleteUser takes a user out of a file. ErrNoUser if there is none.
func (s *Schema) DeleteUser(path, name string) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	users, err := s.blocks(path, data)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.name == name {
			return s.replace(path, splice(data, u.start, u.end, ""))
		}
	}
	return fmt.Errorf("delete user %q of %s: %w", name, path, ErrNoUser)
}

// block is the text of a user.
type block struct {
	name            string
	start, end      int // of all lines: from that of [[user]] to the next table and its comments
	named, password setting
}

// blocks finds the users of a file.
func (s *Schema) blocks(path string, data []byte) (users []block, err error) {
	if _, err := s.parse(path, data); err != nil {
		return nil, err
	}
	inline := false
	err = walk(data, func(v setting) {
		last := len(users) - 1
		in := fmt.Sprintf("user[%d]", last)
		switch {
		case v.path == "user" && !v.table:
			inline = true
		case v.table && strings.HasPrefix(v.path, "user[") && !strings.Contains(v.path, "]."):
			if last >= 0 && users[last].end == 0 {
				users[last].end = v.start
			}
			users = append(users, block{start: v.start})
		case v.table && last >= 0 && users[last].end == 0 && !strings.HasPrefix(v.path, in+"."):
			users[last].end = v.start
		case last >= 0 && v.path == in+".name":
			users[last].name, users[last].named = v.text, v
		case last >= 0 && v.path == in+".password":
			users[last].password = v
		}
	})
	if inline {
		return nil, fmt.Errorf("%s: users stand in one line there; write each as a table of its own, [[user]]", path)
	}
	for i := range users {
		if users[i].end == 0 {
			users[i].end = len(data)
		} else {
			users[i].end = beforeComments(data, users[i].end)
		}
	}
	return users, err
}

// beforeComments returns where the comments begin that stand right above an offset.
func beforeComments(data []byte, at int) int {
	for at > 0 {
		start := lineStart(data, at-1)
		if !bytes.HasPrefix(bytes.TrimLeft(data[start:at], " \t"), []byte("#")) {
			break
		}
		at = start
	}
	return at
}

// lineEnd returns where the line after that of an offset begins.
func lineEnd(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

func splice(data []byte, start, end int, text string) []byte {
	return slices.Concat(data[:start], []byte(text), data[end:])
}

// replace writes a file beside the one that is there, and puts it in its place.
func (s *Schema) replace(path string, data []byte) error {
	f, err := s.parse(path, data)
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		return fmt.Errorf("the change would spoil the settings: %w", err)
	}
	before, missing := os.Stat(path)
	if err := wholefile.Write(path, data); err != nil || missing != nil {
		return err
	}
	if err := likeBefore(path, before); err != nil {
		return fmt.Errorf("give %s its owner: %w", path, err)
	}
	return nil
}
