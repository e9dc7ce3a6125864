package ssh

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// old returns the algorithms that are there and off by default, for clients of old.
func old() ssh.Algorithms { return ssh.InsecureAlgorithms() }

// AllOld returns the names of all algorithms that Server.Old may have.
func AllOld() []string {
	o := old()
	all := slices.Concat(o.KeyExchanges, o.Ciphers, o.MACs, []string{ssh.KeyAlgoRSA})
	slices.Sort(all)
	return slices.Compact(all)
}

// CheckOld refuses a name that Server.Old cannot have.
func CheckOld(name string) error {
	if all := AllOld(); !slices.Contains(all, name) {
		return fmt.Errorf("%q is no old algorithm; there are %s", name, strings.Join(all, ", "))
	}
	return nil
}

// newConfig returns the algorithms of a server with its host keys. The client's preference decides; old algorithms come last.
func newConfig(keys []ssh.Signer, allowed []string) (*ssh.ServerConfig, error) {
	modern, o := ssh.SupportedAlgorithms(), old()
	with := func(modern, old []string) []string {
		for _, name := range old {
			if slices.Contains(allowed, name) && !slices.Contains(modern, name) {
				modern = append(modern, name)
			}
		}
		return modern
	}
	c := &ssh.ServerConfig{
		Config: ssh.Config{
			KeyExchanges: with(modern.KeyExchanges, o.KeyExchanges),
			Ciphers:      with(modern.Ciphers, o.Ciphers),
			MACs:         with(modern.MACs, o.MACs),
		},
		PublicKeyAuthAlgorithms: with(modern.PublicKeyAuths, []string{ssh.KeyAlgoRSA}),
		ServerVersion:           "SSH-2.0-Trawl",
	}
	for _, k := range keys {
		if k.PublicKey().Type() == ssh.KeyAlgoRSA {
			signer, ok := k.(ssh.AlgorithmSigner)
			if !ok {
				return nil, fmt.Errorf("host key %s cannot sign by SHA-2", ssh.FingerprintSHA256(k.PublicKey()))
			}
			var err error
			k, err = ssh.NewSignerWithAlgorithms(signer, with([]string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, []string{ssh.KeyAlgoRSA}))
			if err != nil {
				return nil, fmt.Errorf("host key: %w", err)
			}
		}
		c.AddHostKey(k)
	}
	return c, nil
}
