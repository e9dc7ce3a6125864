package sftp

import (
	"strings"
	"sync"
)

// hello keeps what a server says before it speaks SSH (RFC 4253 section 4.2), and before it
// lets a user in (RFC 4252 section 5.4, RFC 4256 section 3.2). These are its last words where
// it does neither.
type hello struct {
	mu    sync.Mutex // guards the following
	first []byte     // bytes of the connection
	login string     // a banner, or the instruction of a question
}

// hear keeps the first bytes of the connection.
func (h *hello) hear(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room := mostWords - len(h.first); room > 0 {
		h.first = append(h.first, b[:min(len(b), room)]...)
	}
}

// banner keeps a text for the user.
func (h *hello) banner(text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if strings.TrimSpace(text) != "" {
		h.login = text
	}
	return nil
}

// beforeSSH returns the end of an error with what came before the version of SSH.
func (h *hello) beforeSSH() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var said []string
	for line := range strings.Lines(string(h.first)) {
		if strings.HasPrefix(line, "SSH-") {
			break
		}
		said = append(said, line)
	}
	return saying(strings.Join(said, " "))
}

// beforeLogin returns the end of an error with what came before the login.
func (h *hello) beforeLogin() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return saying(h.login)
}

// old reports whether the server speaks SSH version 1 alone (RFC 4253 section 5.1).
func (h *hello) old() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for line := range strings.Lines(string(h.first)) {
		if strings.HasPrefix(line, "SSH-1.") {
			return !strings.HasPrefix(line, "SSH-1.99-")
		}
	}
	return false
}
