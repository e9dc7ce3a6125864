package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func user(name string, h Hash) User { return User{Login: Login{User: name}, Hash: h} }

// weak returns hashes that take little work, as the race detector makes much of it.
func weak(t *testing.T, password string) (byArgon, byBcrypt Hash) {
	t.Helper()
	a := argon{memory: 64, time: 1, threads: 1, salt: random(16)}
	a.key = a.derive([]byte(password), 32)
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return Hash{a}, Hash{crypted(h)}
}

func TestLogin(t *testing.T) {
	ann, _ := weak(t, "a secret")
	_, bob := weak(t, "another")
	b, err := New(&Login{Home: "/pub"}, []User{user("ann", ann), user("bob", bob), user("off", Hash{})})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, password string
		ok             bool
	}{
		{"ann", "a secret", true},
		{"ann", "another", false},
		{"ann", "", false},
		{"Ann", "a secret", false},
		{"bob", "another", true},
		{"bob", "a secret", false},
		{"off", "", false},
		{"off", "a secret", false},
		{"nobody", "a secret", false},
		{"", "", false},
		{"anonymous", "me@example.org", true},
		{"FTP", "", true},
	}
	for _, test := range tests {
		login, err := b.Login(t.Context(), test.name, test.password)
		if ok := err == nil; ok != test.ok || !ok && !errors.Is(err, ErrLogin) {
			t.Errorf("Login(%q, %q) = %v", test.name, test.password, err)
		}
		if err == nil && login.Anonymous != IsAnonymous(test.name) {
			t.Errorf("Login(%q) is %+v", test.name, login)
		}
	}
	if err := b.Set(nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "anonymous"} {
		if _, err := b.Login(t.Context(), name, "a secret"); !errors.Is(err, ErrLogin) {
			t.Errorf("after nobody is left, %s: %v", name, err)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, names := range [][]string{{""}, {"ann", "ann"}, {"Anonymous"}, {"ftp"}} {
		var users []User
		for _, n := range names {
			users = append(users, user(n, Hash{}))
		}
		if _, err := New(nil, users); err == nil {
			t.Errorf("users %q were accepted", names)
		}
	}
}

// TestLoginWaits shows that one who waits for a core gives up when its context ends.
func TestLoginWaits(t *testing.T) {
	ann, _ := weak(t, "x")
	b, err := New(nil, []User{user("ann", ann)})
	if err != nil {
		t.Fatal(err)
	}
	for b.work.TryAcquire(1) {
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Login(ctx, "ann", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("a login that waits ends with %v", err)
	}
}

// TestDecoys shows that an unknown user costs the work of a known one.
func TestDecoys(t *testing.T) {
	byArgon, byBcrypt := weak(t, "x")
	for _, h := range []Hash{byArgon, byBcrypt} {
		d := h.kind.decoy()
		if d.matches([]byte("x")) || d.text() == h.Text() {
			t.Errorf("a decoy is the hash itself: %s", d.text())
		}
		if got, err := ParseHash(d.text()); err != nil || got.Text() != d.text() {
			t.Errorf("a decoy is no hash: %v", err)
		}
		if got, want := d.text()[:20], h.Text()[:20]; got != want {
			t.Errorf("a decoy costs %s, the hash %s", got, want)
		}
	}
}

func TestParseHash(t *testing.T) {
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "2iAqN0hvBbxkGWzUOl2fmcQ2bI8iBKR0PP5jQh6FzPE"
	tests := []struct{ text, err string }{
		{"$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$" + key, ""},
		{"$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", ""},
		{"secret", "begins neither"},
		{"$argon2i$v=19$m=65536,t=3,p=4$" + salt + "$" + key, "begins neither"},
		{"$argon2id$v=16$m=65536,t=3,p=4$" + salt + "$" + key, "the form"},
		{"$argon2id$v=19$m=65536,t=3$" + salt + "$" + key, "of the form m="},
		{"$argon2id$v=19$m=65536,t=3,p=4x$" + salt + "$" + key, "of the form m="},
		{"$argon2id$v=19$m=4294967295,t=3,p=4$" + salt + "$" + key, "out of bounds"},
		{"$argon2id$v=19$m=65536,t=3,p=0$" + salt + "$" + key, "out of bounds"},
		{"$argon2id$v=19$m=65536,t=3,p=4$x$" + key, "salt"},
		{"$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$!", "key"},
		{"$2y$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "cost"},
		{"$2y$10$short", "60 letters"},
	}
	for _, test := range tests {
		h, err := ParseHash(test.text)
		switch {
		case test.err == "" && (err != nil || h.Text() != test.text):
			t.Errorf("ParseHash(%q) = %q, %v", test.text, h.Text(), err)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), test.text)):
			t.Errorf("ParseHash(%q) says %v, want %q", test.text, err, test.err)
		}
	}
}

// TestNewHashes shows the form of new hashes, and that they match.
func TestNewHashes(t *testing.T) {
	byBcrypt, err := Bcrypt("x")
	if err != nil {
		t.Fatal(err)
	}
	for want, h := range map[string]Hash{"$argon2id$v=19$m=19456,t=2,p=1$": Argon2id("x"), "$2a$11$": byBcrypt} {
		if !strings.HasPrefix(h.Text(), want) || !h.kind.matches([]byte("x")) || h.kind.matches([]byte("y")) {
			t.Errorf("a new hash is %s", h.Text())
		}
	}
	if _, err := Bcrypt(strings.Repeat("x", 73)); err == nil {
		t.Error("bcrypt takes what it would cut")
	}
}

// TestHashIsSecret shows that printing a user prints no hash.
func TestHashIsSecret(t *testing.T) {
	h, _ := weak(t, "x")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, h); strings.Contains(got, "argon2id") {
			t.Errorf("%s prints %s", verb, got)
		}
		if got := fmt.Sprintf(verb, user("ann", h)); strings.Contains(got, "argon2id") {
			t.Errorf("%s of a user prints %s", verb, got)
		}
	}
}
