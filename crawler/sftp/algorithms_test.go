package sftp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"trawl/crawler/sftp"
	"trawl/index"
)

// TestAlgorithms reaches servers that have few algorithms; a mismatch is named, in one line.
func TestAlgorithms(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	old, err := ssh.NewSignerWithAlgorithms(key.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	if err != nil {
		t.Fatal(err)
	}
	kex := func(one string) ssh.Config { return ssh.Config{KeyExchanges: []string{one}} }
	cipher := func(one string) ssh.Config { return ssh.Config{Ciphers: []string{one}} }
	tests := []struct {
		config ssh.Config
		key    ssh.Signer
		weak   bool
		want   string // of the error
	}{
		{kex(ssh.KeyExchangeDHGEXSHA256), key, false, ""},
		{kex(ssh.KeyExchangeDH16SHA512), key, false, ""},
		{kex(ssh.InsecureKeyExchangeDH14SHA1), key, false, ""},
		{kex(ssh.InsecureKeyExchangeDH1SHA1), key, false, "key exchange: the server offers diffie-hellman-group1-sha1 alone, which is weak: trawl add URL --weak allows it"},
		{kex(ssh.InsecureKeyExchangeDH1SHA1), key, true, ""},
		{cipher(ssh.CipherAES192CTR), key, false, ""},
		{cipher(ssh.InsecureCipherAES128CBC), key, false, "server offers aes128-cbc alone"},
		{cipher(ssh.InsecureCipherTripleDESCBC), key, true, ""},
		{ssh.Config{Ciphers: []string{ssh.CipherAES128CTR}, MACs: []string{ssh.InsecureHMACSHA196}}, key, false, ""},
		{ssh.Config{}, old, false, "host key: the server offers ssh-rsa alone"},
		{ssh.Config{}, old, true, ""},
	}
	for _, test := range tests {
		addr := shellWith(t, &ssh.ServerConfig{Config: test.config}, test.key, "me", "pw", (&sparse{}).serve)
		host := index.Host{ID: index.HostID("sftp://" + addr + "/"), Settings: index.Settings{User: "me", Password: "pw", Weak: test.weak}}
		srv, err := (&sftp.Source{}).Connect(t.Context(), host, nil)
		if err == nil {
			_ = srv.Close()
		}
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%+v: %v", test.config, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), "no common algorithm for the ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%+v: got %v, want %s", test.config, err, test.want)
		}
	}
}
