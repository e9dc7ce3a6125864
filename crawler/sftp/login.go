package sftp

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/index"
)

// loginAs returns the configuration of the login: with the key file if there is one, and
// with the password, which is also the passphrase of the key. Without a user, the user is
// "anonymous" and the password is contact.
func loginAs(settings index.Settings, contact string) (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{User: cmp.Or(settings.User, "anonymous"), ClientVersion: "SSH-2.0-trawl"}
	password := settings.Password
	if settings.User == "" {
		password = contact
	}
	if settings.KeyFile != "" {
		signer, err := readKey(settings.KeyFile, settings.Password)
		if err != nil {
			return nil, fmt.Errorf("%w: read key file %s: %w", crawler.ErrLogin, settings.KeyFile, err)
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if password != "" {
		config.Auth = append(config.Auth, ssh.Password(password), ssh.KeyboardInteractive(
			func(_, _ string, questions []string, _ []bool) ([]string, error) {
				answers := make([]string, len(questions))
				for i := range answers {
					answers[i] = password
				}
				return answers, nil
			}))
	}
	return config, nil
}

// readKey reads a private key in OpenSSH's or PEM form.
func readKey(file, passphrase string) (ssh.Signer, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); !locked {
		return signer, err
	}
	if passphrase == "" {
		return nil, errors.New("it has a passphrase: set it as the password")
	}
	return ssh.ParsePrivateKeyWithPassphrase(pem, []byte(passphrase))
}
