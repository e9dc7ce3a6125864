package token_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/web/token"
)

// TestBook holds a token to counting from the moment that it is added until it is removed or has expired, in each Book of the folder, and
// to leaving nothing of itself on the disk.
func TestBook(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tokens")
	book, other, now := token.At(dir), token.At(dir), time.Now()
	if _, err := other.Find("trawl_x", now); !errors.Is(err, token.ErrNone) {
		t.Errorf("without tokens: %v", err)
	}
	secret, err := book.Add(token.Token{Name: "ann", Rights: []token.Right{token.Crawl}, Added: now, Expires: now.Add(time.Hour)})
	if err != nil || !strings.HasPrefix(secret, token.Prefix) || len(secret) != len(token.Prefix)+43 {
		t.Fatalf("added %q, %v", secret, err)
	}
	if _, err := book.Add(token.Token{Name: "ann"}); !errors.Is(err, token.ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
	found, err := other.Find(secret, now)
	if err != nil || found.Name != "ann" || !found.May(token.Crawl) || found.May(token.Remove) {
		t.Errorf("found %+v, %v", found, err)
	}
	for _, wrong := range []string{"", "trawl_", secret[:len(secret)-1], secret + "x", strings.ToUpper(secret), strings.Repeat("x", 1<<20)} {
		if _, err := other.Find(wrong, now); !errors.Is(err, token.ErrUnknown) {
			t.Errorf("%.50q: %v", wrong, err)
		}
	}
	if _, err := other.Find(secret, now.Add(time.Hour)); !errors.Is(err, token.ErrExpired) {
		t.Errorf("after it ended: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "ann.json"))
	if err != nil || strings.Contains(string(data), secret[len(token.Prefix):]) {
		t.Errorf("its file: %s, %v", data, err)
	}
	if at, err := os.Stat(filepath.Join(dir, "ann.json")); err != nil || at.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read its file: %v, %v", at.Mode(), err)
	}
	if err := book.Remove("ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Find(secret, now); !errors.Is(err, token.ErrNone) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := book.Remove("ann"); !errors.Is(err, token.ErrUnknown) {
		t.Errorf("removed again: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestBookDamaged holds damaged files to opening nothing, and to not hindering the others.
func TestBookDamaged(t *testing.T) {
	dir := t.TempDir()
	book := token.At(dir)
	secret, err := book.Add(token.Token{Name: "good", Rights: token.Rights(), Added: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty.json": "", "none.json": "{}", "short.json": `{"version":1,"sha256":"00"}`, "later.json": `{"version":2,"sha256":"` + strings.Repeat("0", 64) + `"}`,
		".new-1": "half", "..json": "{}", "not a name.json": "{}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := book.Find(secret, time.Now()); err != nil || found.Name != "good" {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := book.Find("", time.Now()); !errors.Is(err, token.ErrUnknown) {
		t.Errorf("nothing: %v", err)
	}
	if all, err := book.List(); len(all) != 1 || err == nil {
		t.Errorf("listed %v, %v", all, err)
	}
}

// TestNames holds names to being those of files in the folder.
func TestNames(t *testing.T) {
	book := token.At(t.TempDir())
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "a b", "a\x00", "\u202ea", strings.Repeat("a", 65), "-a"} {
		if _, err := book.Add(token.Token{Name: name}); err == nil {
			t.Errorf("%q is a name", name)
		}
		if err := book.Remove(name); err == nil {
			t.Errorf("%q is removed", name)
		}
	}
}

// TestAtOnce holds tokens that are added and removed at once to none being lost.
func TestAtOnce(t *testing.T) {
	book := token.At(t.TempDir())
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			keep, drop := fmt.Sprint("keep", i), fmt.Sprint("drop", i)
			for _, name := range []string{keep, drop} {
				secret, err := book.Add(token.Token{Name: name, Rights: token.Rights()})
				if err != nil {
					t.Error(err)
				}
				if found, err := book.Find(secret, time.Now()); err != nil || found.Name != name {
					t.Error(found.Name, err)
				}
			}
			if err := book.Remove(drop); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if all, err := book.List(); len(all) != 8 || err != nil {
		t.Errorf("%d are left, %v", len(all), err)
	}
}
