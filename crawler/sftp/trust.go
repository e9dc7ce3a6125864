package sftp

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"trawl/crawler"
	"trawl/index"
)

// trust decides whether a host is the right one. Its key must be the pinned one, or one in
// known_hosts, or the one that was seen first; Settings.Insecure accepts any key.
type trust struct {
	settings   index.Settings
	before     string              // the key first seen, or ""
	hosts      ssh.HostKeyCallback // of known_hosts, or nil
	algorithms []string            // that the host is asked for, so that it shows the same key each time
	seen       string              // the key that it has shown, "SHA256:..."
}

func newTrust(files []string, host index.Host) (*trust, error) {
	t := &trust{settings: host.Settings, before: host.Known.HostKey, algorithms: keyAlgorithms(host.Settings.Weak)}
	files = slices.DeleteFunc(slices.Clone(files), func(name string) bool {
		_, err := os.Stat(name)
		return errors.Is(err, fs.ErrNotExist)
	})
	if len(files) == 0 || t.settings.Pin != "" || t.settings.Insecure {
		return t, nil
	}
	hosts, err := knownhosts.New(files...)
	if err != nil {
		return nil, fmt.Errorf("read known hosts: %w", err)
	}
	t.hosts = hosts
	if known := t.kinds(address(host.ID)); len(known) > 0 {
		t.algorithms = known
	}
	return t, nil
}

// kinds returns the algorithms of the keys that known_hosts has of addr.
func (t *trust) kinds(addr string) []string {
	var mismatch *knownhosts.KeyError
	if !errors.As(t.hosts(addr, &net.TCPAddr{}, noKey{}), &mismatch) {
		return nil
	}
	var kinds []string
	for _, known := range mismatch.Want {
		switch kind := known.Key.Type(); kind {
		case ssh.KeyAlgoRSA:
			kinds = append(kinds, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
			if t.settings.Weak {
				kinds = append(kinds, kind)
			}
		default:
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// check accepts a host key, or returns a crawler.ErrTrust that says what the owner can do.
func (t *trust) check(addr string, remote net.Addr, key ssh.PublicKey) error {
	shown := ssh.FingerprintSHA256(key)
	t.seen = shown
	if pin := t.settings.Pin; pin != "" {
		if pin == shown {
			return nil
		}
		return fmt.Errorf("%w: the host key is %s, pinned is %s: if that is right, pin the new one", crawler.ErrTrust, shown, index.Visible(pin))
	}
	if t.settings.Insecure {
		return nil
	}
	if t.hosts != nil {
		err := t.hosts(addr, remote, key)
		var mismatch *knownhosts.KeyError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &mismatch):
			return fmt.Errorf("%w: %w", crawler.ErrTrust, err)
		case len(mismatch.Want) > 0:
			known := mismatch.Want[0]
			return fmt.Errorf("%w: the host key is %s, line %d of %s has another: correct that line if the new key is right", crawler.ErrTrust, shown, known.Line, known.Filename)
		}
	}
	if t.before != "" && t.before != shown {
		return fmt.Errorf("%w: the host key changed from %s to %s: if that is right, pin the new one", crawler.ErrTrust, t.before, shown)
	}
	return nil
}

// noKey is a key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }
