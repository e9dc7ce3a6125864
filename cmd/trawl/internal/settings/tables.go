package settings

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Table is one of the tables of an array: [[host]].
type Table struct {
	Line   int
	Values []Value
}

// Tables returns the tables of an array in their order.
func (f *File) Tables(name string) (all []Table) {
	for i := 0; ; i++ {
		at := fmt.Sprintf("%s[%d]", name, i)
		t := Table{Line: f.where[at]}
		for _, v := range f.values {
			if strings.HasPrefix(v.Key, at+".") {
				t.Values = append(t.Values, v)
			}
		}
		if _, ok := f.where[at]; !ok && len(t.Values) == 0 {
			return all
		}
		if t.Line == 0 {
			t.Line = t.Values[0].Line
		}
		all = append(all, t)
	}
}

// Lines returns the lines of a text: without blanks around them, empty ones and comments, which begin with #.
func Lines(path string) (all []Value, err error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, Value{Line: n, Text: line})
		}
	}
	return all, nil
}

// credential begins the name of a secret that systemd hands over: "credential:ann".
const credential = "credential:" //nolint:gosec // it is a name, not a secret

// maxSecret is more than any password.
const maxSecret = 64 << 10

// Hashes reads the hashes of users that stand in files of their own, as Secret does. It returns the files that everybody may read. It is called
// after Check, which knows the hashes of the settings alone.
func (f *File) Hashes(credentials string) (loose []string, err error) {
	for i := range f.Users {
		u := &f.Users[i]
		if u.PasswordFile == "" {
			continue
		}
		at := fmt.Sprintf("user[%d].password_file", i)
		text, open, err := f.Secret(u.PasswordFile, credentials)
		if err != nil {
			return nil, f.wrong(at, fmt.Errorf("password_file: %w", err))
		}
		var p Password
		if err := setValue(reflect.ValueOf(&p).Elem(), text); err != nil {
			return nil, f.wrong(at, fmt.Errorf("password_file: %w", err))
		}
		if open != "" {
			loose = append(loose, open)
		}
		u.Password = p
	}
	return loose, nil
}

// Secret returns the secret in a file: its text without the end of the line. A relative path counts from the folder of the settings;
// "credential:NAME" is a file in the folder of credentials that systemd makes for the service ($CREDENTIALS_DIRECTORY). The path is returned as
// loose if everybody may read it.
func (f *File) Secret(name, credentials string) (secret, loose string, err error) {
	path := f.Resolve(name)
	if id, is := strings.CutPrefix(name, credential); is {
		if credentials == "" {
			return "", "", fmt.Errorf("there are no credentials of systemd here; the unit needs LoadCredential=%s:FILE", id)
		}
		if id == "" || id != filepath.Base(id) || id == ".." || id == "." {
			return "", "", fmt.Errorf("%q is no name of a credential", id)
		}
		path = filepath.Join(credentials, id)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return "", "", err
	case len(data) == 0:
		return "", "", fmt.Errorf("%s is empty", path)
	case len(data) > maxSecret || bytes.ContainsAny(data, "\n\r\x00"):
		return "", "", fmt.Errorf("%s is not one line", path)
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		loose = path
	}
	return string(data), loose, nil
}
