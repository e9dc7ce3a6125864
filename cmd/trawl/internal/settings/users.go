package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
	"trawl/index"
)

// checkUsers checks what the users have, and gives guests the one name that sessions have of them.
func (f *File) checkUsers() error {
	seen := map[string]bool{}
	for i := range f.Users {
		u, at := &f.Users[i], fmt.Sprintf("user[%d]", i)
		if u.guest() {
			u.Name = account.Anonymous
		}
		switch err := CheckName(u.Name); {
		case u.Name == "":
			return f.wrong(at, errors.New("this user has no name"))
		case err != nil:
			return f.wrong(at+".name", err)
		case seen[u.Name]:
			return f.wrong(at+".name", fmt.Errorf("there are two users %q", u.Name))
		case u.Password.Set && u.PasswordFile != "":
			return f.wrong(at+".password_file", errors.New("a password is a password or a password_file, not both; take one out"))
		case u.guest() && (u.Password.Set || u.PasswordFile != ""):
			return f.wrong(at+".password", errors.New("guests have no password; take it out"))
		case u.guest() && f.FTP.Anonymous != nil && !*f.FTP.Anonymous:
			return f.wrong(at, errors.New("anonymous = false turns guests off, so that they need no [[user]]"))
		}
		if err := tree.CheckFolder(cmp.Or(u.Home, "/")); err != nil {
			return f.wrong(at+".home", err)
		}
		for _, folder := range slices.Sorted(maps.Keys(u.Rights)) {
			if err := tree.CheckFolder(folder); err != nil {
				return f.wrong(at+".rights."+folder, err)
			}
		}
		seen[u.Name] = true
	}
	return nil
}

// CheckName refuses names that no user may have.
func CheckName(name string) error {
	if len(name) > 255 || index.Visible(name) != name {
		return fmt.Errorf("%q is no name for a user", name)
	}
	return nil
}

func (u *User) guest() bool { return account.IsAnonymous(u.Name) }

// Accounts returns what guests may do, nil if there are none, and the users. The function store opens the root of a user; "" is
// that of guests who get the catalogue alone.
func (f *File) Accounts(store func(user, root string) (*tree.Store, error)) (guest *account.Login, users []account.User, err error) {
	listed := f.Users
	if (f.FTP.Root != "" || f.CatalogueAlone()) && (f.FTP.Anonymous == nil || *f.FTP.Anonymous) && !f.guested() {
		listed = append([]User{{Name: account.Anonymous}}, listed...)
	}
	for i := range listed {
		u := &listed[i]
		root := cmp.Or(u.Root, f.FTP.Root)
		if root == "" && !f.CatalogueAlone() {
			return nil, nil, f.wrong("user["+strconv.Itoa(i)+"]", fmt.Errorf("user %q has no root; name one here, or for all in [ftp]", u.Name))
		}
		if root != "" {
			root = f.Resolve(root)
		}
		s, err := store(u.Name, root)
		if err != nil {
			return nil, nil, fmt.Errorf("root of user %q: %w", u.Name, err)
		}
		login := u.login(s, f.List.Hide)
		login.Secure = login.Secure || f.FTP.TLS == "required" || !u.guest() && f.TLS() == "users"
		if u.guest() {
			guest = &login
			continue
		}
		keys, err := f.keys(u)
		if err != nil {
			return nil, nil, err
		}
		users = append(users, account.User{Login: login, Hash: u.Password.V, Keys: keys})
	}
	return guest, users, nil
}

// guested reports whether the settings say what guests may do.
func (f *File) guested() bool {
	for i := range f.Users {
		if f.Users[i].guest() {
			return true
		}
	}
	return false
}

// login returns what the user may do in a store.
func (u *User) login(s *tree.Store, hide []string) account.Login {
	rules := tree.Rules{}
	for folder, rights := range u.Rights {
		rules[folder] = rights.V
	}
	if len(rules) == 0 {
		rules["/"] = tree.ReadOnly
	}
	options := tree.Options{
		User: u.Name, Rules: rules, Keep: u.Overwrite != nil && !*u.Overwrite, Hide: slices.Concat(hide, u.Hide),
	}
	if u.Quota.Bytes.V > 0 || u.Quota.Files.V > 0 {
		options.Quota = &tree.Quota{Bytes: max(0, u.Quota.Bytes.V), Files: int64(max(0, u.Quota.Files.V))}
	}
	l := u.Limits
	return account.Login{
		User: u.Name, View: s.View(options), Home: cmp.Or(u.Home, "/"), Secure: u.Secure, Deny: upper(u.Deny),
		Limits: guard.Limits{
			Sessions: l.Sessions.V, Rate: l.Rate.V, RateUp: l.RateUp.V,
			SessionRate: l.SessionRate.V, SessionRateUp: l.SessionRateUp.V, Idle: l.Idle.V,
		},
	}
}
