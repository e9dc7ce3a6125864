// Package token keeps the tokens by which programs of Trawl's owner change hosts over the API. A [Book] is a folder with a file for
// each. A token is seen once, by whoever adds it: the file has its hash.
//
// A token has 256 random bits, so that nobody finds it by trying, and one round of SHA-256 is enough. Slow hashes such as argon2 protect
// what people choose; here they would only make each request cost 50 ms and let anybody keep the machine busy.
//
// token.go is what a token is, book.go keeps them, and file.go is the form of a file.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Prefix begins all tokens, so that programs that look for leaked secrets know them.
const Prefix = "trawl_"

// Right is what a token allows.
type Right string

// The rights.
const (
	Read   Right = "read"   // the settings of hosts, and their last errors whole
	Change Right = "change" // add hosts, and change, pause and resume them
	Remove Right = "remove" // forget hosts
	Crawl  Right = "crawl"  // crawl hosts now
)

// Rights returns all rights.
func Rights() []Right { return []Right{Read, Change, Remove, Crawl} }

// ParseRights reads "read,change".
func ParseRights(names []string) ([]Right, error) {
	var out []Right
	for _, name := range names {
		right := Right(strings.TrimSpace(name))
		if !slices.Contains(Rights(), right) {
			return nil, fmt.Errorf("there is no right %q; the rights are read, change, remove and crawl", name)
		}
		if !slices.Contains(out, right) {
			out = append(out, right)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("a token without rights is of no use; the rights are read, change, remove and crawl")
	}
	return out, nil
}

// Token is what is known of a token: not the token itself.
type Token struct {
	Name    string
	Hash    [sha256.Size]byte
	Rights  []Right
	Added   time.Time
	Expires time.Time // zero: never
}

// May reports whether the token allows something.
func (t *Token) May(r Right) bool { return slices.Contains(t.Rights, r) }

// Expired reports whether the token has come to its end.
func (t *Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// CheckName refuses what is no name of a token: it becomes the name of a file.
func CheckName(name string) error {
	if !regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`).MatchString(name) {
		return fmt.Errorf("%q is no name for a token: it has at most 64 letters, digits, dots, - and _, and begins with a letter or a digit", name)
	}
	return nil
}

// secret returns a new token.
func secret() string {
	var b [32]byte
	rand.Read(b[:])
	return Prefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// hash returns the hash of a token.
func hash(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }
