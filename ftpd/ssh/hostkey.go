package ssh

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
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
// others. A key that is not there is made, so that only the owner can read it.
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

func readKey(file string) (ssh.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKey(text)
}

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

// Fingerprints returns the fingerprints of keys as OpenSSH prints them, behind the kind of each, such as ssh-ed25519.
func Fingerprints(keys []ssh.Signer) (all []string) {
	for _, k := range keys {
		all = append(all, k.PublicKey().Type()+" "+ssh.FingerprintSHA256(k.PublicKey()))
	}
	return all
}
