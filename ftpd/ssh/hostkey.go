package ssh

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd/wholefile"
)

// rsaBits is the size of new RSA keys, as ssh-keygen makes them.
const rsaBits = 3072

// hostKeys are the files of host keys, in the form of OpenSSH, and what makes the keys.
func hostKeys() map[string]func() (crypto.PrivateKey, error) {
	return map[string]func() (crypto.PrivateKey, error){
		"ssh_host_ed25519_key": func() (crypto.PrivateKey, error) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			return key, err
		},
		"ssh_host_rsa_key": func() (crypto.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, rsaBits) },
	}
}

// HostKeys returns the host keys in dir: one of the kind ed25519, for all clients of today, and one of the kind RSA for the
// others. A key that is not there is made, so that only the owner can read it. A key that others may read is refused, as by
// OpenSSH.
func HostKeys(dir string) (keys []ssh.Signer, err error) {
	for _, name := range []string{"ssh_host_ed25519_key", "ssh_host_rsa_key"} {
		file := filepath.Join(dir, name)
		key, err := readKey(file)
		if errors.Is(err, fs.ErrNotExist) {
			if err = makeKey(file, hostKeys()[name]); err == nil {
				key, err = readKey(file)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("host key %s: %w", file, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// others are the permission bits of all but the owner.
const others = 0o077

func readKey(file string) (ssh.Signer, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&others != 0 {
		return nil, fmt.Errorf("others than its owner may read or write it (mode %04o): run chmod 600 on it, or take it away, and another one is made", mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKey))
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKey(text)
}

// maxKey is how long the file of a key may be.
const maxKey = 1 << 20

// makeKey makes a key and writes it to a file.
func makeKey(file string, generate func() (crypto.PrivateKey, error)) error {
	key, err := generate()
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "trawl")
	if err != nil {
		return err
	}
	return wholefile.Write(file, pem.EncodeToMemory(block))
}

// Fingerprints returns the fingerprints of keys as "ssh-keygen -l" prints them, without the comment:
//
//	256 SHA256:l8N3Yv1sIPvTZVsSVUGYJNZ0jEUUl3xpVfkBh5KHQn4 (ED25519)
func Fingerprints(keys []ssh.Signer) []string { return fingerprints(keys, ssh.FingerprintSHA256) }

// OldFingerprints returns those that clients of old show, as "ssh-keygen -l -E md5" prints them:
//
//	256 MD5:b8:73:fc:53:f1:83:bd:fd:ec:dd:2c:b6:69:63:6c:96 (ED25519)
func OldFingerprints(keys []ssh.Signer) []string {
	return fingerprints(keys, func(k ssh.PublicKey) string { return "MD5:" + ssh.FingerprintLegacyMD5(k) })
}

func fingerprints(keys []ssh.Signer, of func(ssh.PublicKey) string) (all []string) {
	for _, k := range keys {
		bits, kind := describeKey(k.PublicKey())
		all = append(all, fmt.Sprintf("%d %s (%s)", bits, of(k.PublicKey()), kind))
	}
	return all
}

// describeKey returns the bits and the kind of a key, as ssh-keygen names it.
func describeKey(k ssh.PublicKey) (bits int, kind string) {
	if c, ok := k.(ssh.CryptoPublicKey); ok {
		switch key := c.CryptoPublicKey().(type) {
		case ed25519.PublicKey:
			return 8 * len(key), "ED25519"
		case *rsa.PublicKey:
			return key.N.BitLen(), "RSA"
		case *ecdsa.PublicKey:
			return key.Curve.Params().BitSize, "ECDSA"
		}
	}
	return 0, k.Type()
}
