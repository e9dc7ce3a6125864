package account

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a public key by which a user may log in.
type Key struct{ wire string }

// KeyOf returns the key that one offers.
func KeyOf(k ssh.PublicKey) Key { return Key{string(k.Marshal())} }

// ParseKey reads a line of the form of authorized_keys (sshd(8)):
//
//	ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI... ann@laptop
//
// The option "restrict" is accepted, since what it forbids is not there. Any other one is refused: it would be ignored.
func ParseKey(line string) (Key, error) {
	k, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	switch {
	case err != nil:
		return Key{}, errors.New("this is no public key; it has the form of a line of id_ed25519.pub: ssh-ed25519 AAAA... name")
	case len(bytes.TrimSpace(rest)) > 0:
		return Key{}, errors.New("there is one public key a line")
	case strings.Contains(k.Type(), "-cert-"):
		return Key{}, errors.New("this is a certificate; take the public key itself")
	case k.Type() == ssh.InsecureKeyAlgoDSA: //nolint:staticcheck // it is refused
		return Key{}, errors.New("keys of the kind ssh-dss are too weak; ssh-keygen -t ed25519 makes a better one")
	}
	for _, o := range options {
		if o != "restrict" {
			name, _, _ := strings.Cut(o, "=")
			return Key{}, fmt.Errorf("the option %q of a key is not supported; take it out, or write restrict", name)
		}
	}
	return KeyOf(k), nil
}

// ParseKeys reads a file of the form of authorized_keys. line is where the error is.
func ParseKeys(text string) (keys []Key, line int, err error) {
	for l := range strings.SplitSeq(text, "\n") {
		line++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		k, err := ParseKey(l)
		if err != nil {
			return nil, line, err
		}
		keys = append(keys, k)
	}
	return keys, 0, nil
}
