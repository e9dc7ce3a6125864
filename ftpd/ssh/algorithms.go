package ssh

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/cpu"
)

// slow is a cipher that x/crypto computes without the help of most processors. Clients prefer it to ciphers that have that help.
const slow = "chacha20-poly1305@openssh.com"

// old returns the algorithms that are there and off by default, for old clients.
func old() ssh.Algorithms {
	o := ssh.InsecureAlgorithms()
	o.Ciphers = append(o.Ciphers, slow)
	return o
}

// ciphers returns the ciphers that are on by default. Where the processor has instructions for AES, the slow one is not among
// them: with it, OpenSSH's client gets two thirds of the bytes a second. Every client of today has AES.
func ciphers() []string {
	all := ssh.SupportedAlgorithms().Ciphers
	if cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ || cpu.ARM64.HasAES && cpu.ARM64.HasPMULL {
		all = slices.DeleteFunc(all, func(name string) bool { return name == slow })
	}
	return all
}

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
			Ciphers:      with(ciphers(), o.Ciphers),
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
