// Package account knows who may log in: named users with hashed passwords or public keys, and anonymous.
//
// The files: account.go has the users and their logins. hash.go makes and checks hashes of passwords. key.go reads public
// keys.
package account

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
)

// Login is what one who logged in may do.
type Login struct {
	User      string // as the settings spell it; "anonymous" for all guests
	Anonymous bool
	View      *tree.View   // the files
	Home      string       // clean path of the directory where a session starts
	Secure    bool         // only over TLS
	Limits    guard.Limits // of the user's own
	Deny      []string     // commands of FTP that the user may not use, in upper case
}

// User is a Login with the password and the keys that it takes.
type User struct {
	Login Login
	Hash  Hash // the zero Hash matches no password
	Keys  []Key
}

// ErrLogin says that there is no such user, or that the password is another. It does not say which.
var ErrLogin = errors.New("wrong name or password")

// Anonymous is the name of all guests. Ftp is another name for it. Letters of either case do.
const Anonymous = "anonymous"

// IsAnonymous reports whether a name is that of guests.
func IsAnonymous(name string) bool {
	return strings.EqualFold(name, Anonymous) || strings.EqualFold(name, "ftp")
}

// Book holds all users. Its methods may be called from many goroutines. The zero Book knows nobody; New makes one.
type Book struct {
	page atomic.Pointer[page]
	// work bounds the hashes that are made at once: each takes a core and, if argon2id, its memory. One core is left
	// to transfers.
	work *semaphore.Weighted
	seed maphash.Seed
}

// page is what a Book holds at one time.
type page struct {
	guest  *Login
	users  map[string]User
	decoys []kind // a hash for each that users have; an unknown user gets one of them, always the same
}

// New returns a Book of users; guest is what guests may do, nil if there are none.
func New(guest *Login, users []User) (*Book, error) {
	b := &Book{work: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)-1))), seed: maphash.MakeSeed()}
	return b, b.Set(guest, users)
}

// Set replaces all users. Sessions that are logged in keep what they have.
func (b *Book) Set(guest *Login, users []User) error {
	p := &page{users: make(map[string]User, len(users))}
	if guest != nil {
		g := *guest
		g.User, g.Anonymous = Anonymous, true
		p.guest = &g
	}
	for _, u := range users {
		name := u.Login.User
		if _, twice := p.users[name]; twice || name == "" || IsAnonymous(name) {
			return fmt.Errorf("add user %q: the name is taken or not free to use", name)
		}
		p.users[name] = u
	}
	for _, name := range slices.Sorted(maps.Keys(p.users)) {
		if k := p.users[name].Hash.kind; k != nil {
			p.decoys = append(p.decoys, k.decoy())
		}
	}
	b.page.Store(p)
	return nil
}

// Login returns what one who has the password of the user may do. Any name and password that do not fit give ErrLogin,
// after the work that the right ones take. Guests give any password. It waits until ctx ends for a core.
func (b *Book) Login(ctx context.Context, name, password string) (Login, error) {
	p := b.page.Load()
	if IsAnonymous(name) && p.guest != nil {
		return *p.guest, nil
	}
	user, known := p.users[name]
	k := user.Hash.kind
	if k == nil {
		if len(p.decoys) == 0 {
			return Login{}, ErrLogin
		}
		known = false
		k = p.decoys[maphash.String(b.seed, name)%uint64(len(p.decoys))]
	}
	if err := b.work.Acquire(ctx, 1); err != nil {
		return Login{}, fmt.Errorf("check a password: %w", err)
	}
	defer b.work.Release(1)
	if !k.matches([]byte(password)) || !known {
		return Login{}, ErrLogin
	}
	return user.Login, nil
}

// Guest returns what guests may do. It reports false if there are none.
func (b *Book) Guest() (Login, bool) {
	if guest := b.page.Load().guest; guest != nil {
		return *guest, true
	}
	return Login{}, false
}

// Key returns what one who has proved to have a key may do: ErrLogin if it is none of the user.
func (b *Book) Key(name string, key Key) (Login, error) {
	user := b.page.Load().users[name]
	if !slices.Contains(user.Keys, key) {
		return Login{}, ErrLogin
	}
	return user.Login, nil
}

// Users returns what all may do who can log in, guests first.
func (b *Book) Users() (all []Login) {
	p := b.page.Load()
	if p.guest != nil {
		all = append(all, *p.guest)
	}
	for _, name := range slices.Sorted(maps.Keys(p.users)) {
		all = append(all, p.users[name].Login)
	}
	return all
}
