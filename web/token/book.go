package token

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The errors that callers branch on.
var (
	ErrNone    = errors.New("there are no tokens")
	ErrUnknown = errors.New("no such token")
	ErrExpired = errors.New("the token has expired")
	ErrExists  = errors.New("there is a token of that name")
)

// Book is a folder of tokens. Processes and goroutines may use it at once: a token comes and goes as a file does, whole, and counts from
// then on.
type Book struct{ dir string }

// At returns the Book of a folder, which the first token makes.
func At(dir string) *Book { return &Book{dir} }

// Add keeps a new token with a name, and returns it: this is the only time that it is to be seen. It is ErrExists if there is one of the
// name.
func (b *Book) Add(t Token) (string, error) {
	if err := CheckName(t.Name); err != nil {
		return "", err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of tokens: %w", err)
	}
	whole := secret()
	t.Hash = hash(whole)
	data, err := encode(&t)
	if err != nil {
		return "", err
	}
	switch err := create(b.path(t.Name), data); {
	case errors.Is(err, fs.ErrExist):
		return "", fmt.Errorf("add the token %s: %w; trawl token remove %[1]s removes it", t.Name, ErrExists)
	case err != nil:
		return "", fmt.Errorf("add the token %s: %w", t.Name, err)
	}
	return whole, nil
}

// create makes a file that is there whole or not at all, and that its owner alone may read. It is fs.ErrExist if there is one.
func create(path string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".new-*") // its mode is 0600
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) //nolint:errcheck // it has another name, too
	_, err = part.Write(data)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Link(part.Name(), path)
}

// Remove forgets a token, which counts no more when it returns. It is ErrUnknown if there is none of the name.
func (b *Book) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	err := os.Remove(b.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the token %s: %w; trawl token list shows them", name, ErrUnknown)
	}
	return err
}

// List returns all tokens by name, and the error of those whose files cannot be read.
func (b *Book) List() (all []Token, err error) {
	files, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the tokens: %w", err)
	}
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), suffix)
		if !is || CheckName(name) != nil {
			continue
		}
		data, wrong := os.ReadFile(filepath.Join(b.dir, f.Name()))
		if errors.Is(wrong, fs.ErrNotExist) {
			continue // it was removed a moment ago
		}
		var t Token
		if wrong == nil {
			t, wrong = decode(name, data)
		}
		if wrong != nil {
			err = errors.Join(err, wrong)
			continue
		}
		all = append(all, t)
	}
	return all, err
}

// Find returns the token that was shown, as the folder has it now. The error is ErrNone if there are no tokens at all,
// ErrUnknown or ErrExpired. How long it takes says nothing about any token.
func (b *Book) Find(shown string, now time.Time) (Token, error) {
	all, err := b.List()
	if len(all) == 0 {
		return Token{}, errors.Join(ErrNone, err)
	}
	sum, found := hash(shown), -1
	for i := range all {
		if subtle.ConstantTimeCompare(sum[:], all[i].Hash[:]) == 1 {
			found = i
		}
	}
	switch {
	case found < 0:
		return Token{}, errors.Join(ErrUnknown, err)
	case all[found].Expired(now):
		return all[found], ErrExpired
	}
	return all[found], nil
}

func (b *Book) path(name string) string { return filepath.Join(b.dir, name+suffix) }
