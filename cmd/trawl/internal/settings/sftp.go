package settings

import (
	"fmt"
	"os"
	"slices"

	"trawl/ftpd/account"
	"trawl/ftpd/ssh"
)

// Served reports whether files are served over any protocol.
func (f *File) Served() bool {
	return f.FTP.Listen != "" || f.FTP.Implicit != "" || f.SFTP.Listen != "" || f.HTTP.Listen != "" || f.HTTP.TLSListen != "" || f.Gopher.Listen != ""
}

// NobodyBySFTP reports whether files are served over SFTP, and nothing lets anybody in.
func (f *File) NobodyBySFTP() bool {
	guests := f.SFTP.Anonymous && (f.FTP.Anonymous == nil || *f.FTP.Anonymous)
	named := slices.ContainsFunc(f.Users, func(u User) bool { return !u.guest() && u.CanLogIn() })
	return f.SFTP.Listen != "" && !guests && !named
}

// checkSFTP checks the table [sftp] and the keys of users.
func (f *File) checkSFTP() error {
	if _, err := f.SFTP.algorithms(); err != nil {
		return f.wrong("sftp.old", err)
	}
	for i := range f.Users {
		for n, text := range f.Users[i].Keys {
			if _, err := account.ParseKey(text); err != nil {
				return f.wrong(fmt.Sprintf("user[%d].keys[%d]", i, n), err)
			}
		}
		if f.Users[i].guest() && f.Users[i].keyed() {
			return f.wrong(fmt.Sprintf("user[%d]", i), fmt.Errorf("guests have no keys; take them out"))
		}
	}
	return nil
}

// Algorithms returns the old algorithms that are allowed.
func (s *SFTP) Algorithms() []string {
	all, err := s.algorithms()
	if err != nil {
		return nil // check has refused it
	}
	return all
}

func (s *SFTP) algorithms() (all []string, err error) {
	switch old := s.Old.(type) {
	case nil:
		return nil, nil
	case bool:
		if old {
			all = ssh.AllOld()
		}
		return all, nil
	case []any:
		for _, o := range old {
			name, ok := o.(string)
			if !ok {
				return nil, fmt.Errorf("old takes no %v; it is true or a list of names such as \"ssh-rsa\"", o)
			}
			if err := ssh.CheckOld(name); err != nil {
				return nil, err
			}
			all = append(all, name)
		}
		return all, nil
	}
	return nil, fmt.Errorf("old takes no %v; it is true or a list of names such as \"ssh-rsa\"", s.Old)
}

// keyed reports whether a user has public keys.
func (u *User) keyed() bool { return len(u.Keys) > 0 || u.KeyFile != "" }

// CanLogIn reports whether anything lets a user in.
func (u *User) CanLogIn() bool {
	return u.guest() || u.Password.Set || u.PasswordFile != "" || u.keyed()
}

// keys returns the public keys of a user.
func (f *File) keys(u *User) (keys []account.Key, err error) {
	for _, text := range u.Keys {
		k, err := account.ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("keys of user %q: %w", u.Name, err)
		}
		keys = append(keys, k)
	}
	if u.KeyFile == "" {
		return keys, nil
	}
	path := f.Resolve(u.KeyFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("authorized_keys of user %q: %w", u.Name, err)
	}
	more, line, err := account.ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, line, err)
	}
	return append(keys, more...), nil
}
