package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Hash is the hash of a password in the modular form in which it is kept. It never prints itself.
//
//	$argon2id$v=19$m=19456,t=2,p=1$SALT$KEY   m is in KiB; salt and key are base64 without padding
//	$2b$12$SALT-AND-KEY                       bcrypt; also $2a and $2y, as htpasswd -B writes them
type Hash struct{ kind kind }

// kind is one way to hash.
type kind interface {
	matches(password []byte) bool
	text() string
	// decoy returns a hash that takes as much work and that no password matches.
	decoy() kind
}

// String says that there is a hash and keeps it secret.
func (h Hash) String() string {
	if h.kind == nil {
		return "no password"
	}
	return "a hashed password"
}

// GoString is String.
func (h Hash) GoString() string { return h.String() }

// Text returns the form that ParseHash reads. It is a secret.
func (h Hash) Text() string {
	if h.kind == nil {
		return ""
	}
	return h.kind.text()
}

// ParseHash reads a hash. Its errors do not hold the text.
func ParseHash(text string) (Hash, error) {
	var k kind
	var err error
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		k, err = parseArgon(text)
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		k, err = parseBcrypt(text)
	default:
		err = errors.New("it begins neither with $argon2id$ nor with $2b$")
	}
	if err != nil {
		return Hash{}, fmt.Errorf("not the hash of a password: %w; trawl passwd makes one", err)
	}
	return Hash{k}, nil
}

// argon is a hash by argon2id, RFC 9106.
type argon struct {
	memory, time uint32 // KiB, passes
	threads      uint8
	salt, key    []byte
}

// The work of new hashes is what OWASP asks for at least, so that many logins at once stay cheap. Hashes from elsewhere may
// take more, up to a bound.
const (
	argonMemory, argonTime, argonThreads = 19 << 10, 2, 1
	maxArgonMemory, maxArgonTime         = 256 << 10, 16
	maxArgonThreads                      = 16
)

// Argon2id returns a new hash of a password.
func Argon2id(password string) Hash {
	a := argon{memory: argonMemory, time: argonTime, threads: argonThreads, salt: random(16)}
	a.key = a.derive([]byte(password), 32)
	return Hash{a}
}

// random returns n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func (a argon) derive(password []byte, n int) []byte {
	return argon2.IDKey(password, a.salt, a.time, a.memory, a.threads, uint32(n))
}

func (a argon) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(a.derive(password, len(a.key)), a.key) == 1
}

func (a argon) text() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, a.time, a.threads, b64(a.salt), b64(a.key))
}

func (a argon) decoy() kind {
	a.salt, a.key = random(len(a.salt)), random(len(a.key))
	return a
}

func parseArgon(text string) (kind, error) {
	parts := strings.Split(text, "$") // "", argon2id, v=, m=, salt, key
	if len(parts) != 6 || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return nil, errors.New("argon2id has the form $argon2id$v=19$m=...,t=...,p=...$salt$key")
	}
	var a argon
	if n, err := fmt.Sscanf(parts[3]+"\n", "m=%d,t=%d,p=%d\n", &a.memory, &a.time, &a.threads); err != nil || n != 3 {
		return nil, errors.New("its work is not of the form m=19456,t=2,p=1")
	}
	if a.memory < 8*uint32(a.threads) || a.memory > maxArgonMemory || a.time < 1 || a.time > maxArgonTime || a.threads < 1 || a.threads > maxArgonThreads {
		return nil, fmt.Errorf("its work is out of bounds: m up to %d KiB, t up to %d, p up to %d", maxArgonMemory, maxArgonTime, maxArgonThreads)
	}
	var err error
	if a.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(a.salt) < 8 || len(a.salt) > 64 {
		return nil, errors.New("its salt is not base64 of 8 to 64 bytes")
	}
	if a.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(a.key) < 16 || len(a.key) > 128 {
		return nil, errors.New("its key is not base64 of 16 to 128 bytes")
	}
	return a, nil
}

// crypted is a hash by bcrypt.
type crypted string

const bcryptCost, maxBcryptCost = 11, 16

// Bcrypt returns a new hash of a password of at most 72 bytes.
func Bcrypt(password string) (Hash, error) {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcryptCost)
	if err != nil {
		return Hash{}, fmt.Errorf("hash the password: %w", err)
	}
	return Hash{crypted(h)}, nil
}

func (c crypted) matches(password []byte) bool {
	return bcrypt.CompareHashAndPassword([]byte(c), password) == nil
}

func (c crypted) text() string { return string(c) }

// decoy keeps the work and the salt; nobody finds a password for a key that is random.
func (c crypted) decoy() kind {
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := []byte(c)
	for i, r := range random(31) {
		b[len(b)-31+i] = alphabet[r%64]
	}
	return crypted(b)
}

func parseBcrypt(text string) (kind, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || len(text) != 60 {
		return nil, errors.New("a hash by bcrypt has 60 letters")
	}
	if cost > maxBcryptCost {
		return nil, fmt.Errorf("its cost is over %d", maxBcryptCost)
	}
	return crypted(text), nil
}
