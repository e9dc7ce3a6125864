package ssh_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"trawl/ftpd/guard"
	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
)

// The numbers of messages (RFC 4253 section 12).
const (
	msgIgnore  = 2
	msgKexInit = 20
	msgNewKeys = 21
)

// meddler changes the packets that a client sends before they are encrypted. It returns what goes on in place of one.
type meddler func(packet []byte) [][]byte

// TestStrict plays with the sequence of packets, as the Terrapin attack does (CVE-2023-48795): with a client that knows the
// strict key exchange, as all of today do, no packet can be slipped in, so that none can be taken away unseen.
func TestStrict(t *testing.T) {
	ciphers := []string{"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes128-ctr"}
	long := serve(t, func(s *ssh.Server, o *tree.Options) {
		quick(s, o)
		s.Old = ciphers[:1] // the one that the attack was on
	})
	brief := serve(t, func(s *ssh.Server, _ *tree.Options) {
		s.Old = ciphers[:1]
		s.Guard = guard.New(guard.Config{User: guard.Limits{LoginTime: 3 * time.Second}})
	})
	ignore := plainPacket(msgIgnore, 0, 0, 0, 0)
	slip := func(before byte) meddler {
		return func(p []byte) [][]byte {
			if p[5] == before {
				return [][]byte{ignore, p}
			}
			return [][]byte{p}
		}
	}
	for name, test := range map[string]struct {
		change meddler
		drop   bool // the first packet that is encrypted
		in     bool
	}{
		"as it is":                           {change: func(p []byte) [][]byte { return [][]byte{p} }, in: true},
		"one before the key exchange":        {change: slip(msgKexInit)},
		"one before the new keys":            {change: slip(msgNewKeys)},
		"one before the new keys, one taken": {change: slip(msgNewKeys), drop: true},
		"one taken":                          {change: func(p []byte) [][]byte { return [][]byte{p} }, drop: true},
		"the new keys twice": {change: func(p []byte) [][]byte {
			if p[5] == msgNewKeys {
				return [][]byte{p, p}
			}
			return [][]byte{p}
		}},
	} {
		h := brief
		if test.in {
			h = long
		}
		for _, cipher := range ciphers {
			if test.drop && cipher != ciphers[0] {
				continue // the server waits for the rest until the login has taken too long
			}
			t.Run(name+", "+cipher, func(t *testing.T) {
				t.Parallel()
				addr := meddle(t, h.addr, test.change, test.drop)
				config := &gossh.ClientConfig{
					User: "ann", Auth: []gossh.AuthMethod{gossh.PublicKeys(h.key)}, HostKeyCallback: gossh.FixedHostKey(h.known), Timeout: time.Minute,
				}
				config.Ciphers = []string{cipher}
				c, err := gossh.Dial("tcp", addr, config)
				if err == nil {
					_ = c.Close()
				}
				if (err == nil) != test.in {
					t.Error(err)
				}
			})
		}
	}
}

// plainPacket returns a packet that is not encrypted: length, length of the padding, content, padding.
func plainPacket(content ...byte) []byte {
	pad := 8 - (5+len(content))%8
	if pad < 4 {
		pad += 8
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(content)+pad))
	return append(append(append(b, byte(pad)), content...), make([]byte, pad)...)
}

// meddle listens where a client connects, and hands on what both send, changed.
func meddle(t *testing.T, to string, change meddler, drop bool) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	wg.Go(func() {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		var back sync.WaitGroup
		back.Go(func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		})
		handOn(server, client, change, drop)
		_ = server.Close()
		back.Wait()
	})
	return ln.Addr().String()
}

// handOn hands on what a client sends until one of both ends.
func handOn(server io.Writer, client io.Reader, change meddler, drop bool) {
	var b [1]byte
	for b[0] != '\n' { // the version
		if _, err := client.Read(b[:]); err != nil {
			return
		}
		_, _ = server.Write(b[:])
	}
	for plain := true; plain; {
		p := make([]byte, 4)
		if _, err := io.ReadFull(client, p); err != nil {
			return
		}
		p = append(p, make([]byte, binary.BigEndian.Uint32(p))...)
		if _, err := io.ReadFull(client, p[4:]); err != nil {
			return
		}
		plain = p[5] != msgNewKeys
		_, _ = server.Write(bytes.Join(change(p), nil))
	}
	if drop {
		some := make([]byte, 64<<10) // the first packet comes alone: the client waits for its answer
		if _, err := client.Read(some); err != nil {
			return
		}
	}
	_, _ = io.Copy(server, client)
}
