package ftpd

import (
	"context"
	"io/fs"

	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// Accounts says who may log in. Login returns [account.ErrLogin] if the name or the password is wrong, and takes
// as long for a name that does not exist. It may be called by many sessions at once.
type Accounts interface {
	Login(ctx context.Context, name, password string) (account.Login, error)
}

// Anonymous lets everyone read a tree by the names "anonymous" and "ftp", with any password.
func Anonymous(fsys fs.FS) Accounts {
	view := tree.FS(fsys).View(tree.Options{User: account.Anonymous, Rules: tree.Rules{"/": tree.ReadOnly}})
	book, err := account.New(&account.Login{View: view, Home: "/"}, nil)
	if err != nil {
		panic(err) // there is no user who could be wrong
	}
	return book
}
