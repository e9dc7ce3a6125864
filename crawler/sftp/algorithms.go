package sftp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"trawl/index"
)

// algorithms returns those of SSH that are offered, the best first: all that the library
// thinks safe, and the two SHA-1 algorithms that it offers by itself, which old servers need.
// Weak ones, too, are for hosts whose owner allows them.
func algorithms(weak bool) ssh.Config {
	safe, unsafe := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	config := ssh.Config{
		KeyExchanges: append(safe.KeyExchanges, ssh.InsecureKeyExchangeDH14SHA1),
		Ciphers:      safe.Ciphers,
		MACs:         append(safe.MACs, ssh.InsecureHMACSHA196),
	}
	if weak {
		config.KeyExchanges = append(config.KeyExchanges, ssh.InsecureKeyExchangeDHGEXSHA1, ssh.InsecureKeyExchangeDH1SHA1)
		config.Ciphers = append(config.Ciphers, unsafe.Ciphers...)
	}
	return config
}

// keyAlgorithms returns the algorithms of host keys that are asked for, always in the same
// order, so that a host shows the same key each time.
func keyAlgorithms(weak bool) []string {
	all := []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
	if weak {
		all = append(all, ssh.KeyAlgoRSA, ssh.InsecureKeyAlgoDSA) //nolint:staticcheck // old servers have no other
	}
	return all
}

// mismatch returns the error of a handshake that found no common algorithm, in one line, or
// nil if err is another error.
func mismatch(err error, weak bool) error {
	none, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err)
	if !ok {
		return nil
	}
	offers := slices.DeleteFunc(slices.Clone(none.RequestedAlgorithms), func(a string) bool {
		return strings.HasPrefix(a, "kex-strict-") || strings.HasPrefix(a, "ext-info-") // which are signals
	})
	offered := strings.Join(offers, ", ")
	line := fmt.Sprintf("no common algorithm for the %s: the server offers %s alone", none.What,
		index.Visible(offered[:min(len(offered), mostWords)]))
	unsafe := ssh.InsecureAlgorithms()
	known := slices.Concat(unsafe.KeyExchanges, unsafe.Ciphers, unsafe.MACs, unsafe.HostKeys)
	if !weak && slices.ContainsFunc(none.RequestedAlgorithms, func(a string) bool { return slices.Contains(known, a) }) {
		line += ", which is weak: trawl add URL --weak allows it"
	}
	return errors.New(line)
}
