package certificate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookAgain is how often at most files are looked at.
const lookAgain = time.Second

// Files is a certificate and its key in files of PEM. They are read again when they change, as they do when certbot renews
// them; sessions that are under way keep what they have. While the files do not fit each other, what was read before
// holds. It is safe for concurrent use.
type Files struct {
	chain, key string
	log        *slog.Logger

	mu     sync.Mutex // guards what follows
	cert   *tls.Certificate
	state  [2]state  // of what was read
	failed [2]state  // of what could not be read
	next   time.Time // when to look again
}

// state is what says that a file has not changed.
type state struct {
	size int64
	time time.Time
	info fs.FileInfo // for os.SameFile
}

// NewFiles reads a certificate with its chain, and its key. log may be nil; it gets a line for each change.
func NewFiles(chain, key string, log *slog.Logger) (*Files, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	f := &Files{chain: chain, key: key, log: log, next: time.Now().Add(lookAgain)}
	var err error
	if f.state, err = f.stat(); err == nil {
		f.cert, err = load(chain, key)
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return f, nil
}

// Get returns the certificate. It is a [Get].
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.After(f.next) {
		f.next = now.Add(lookAgain)
		f.refresh()
	}
	return f.cert, nil
}

// refresh reads the files if they have changed.
func (f *Files) refresh() {
	now, err := f.stat()
	if err == nil && (same(now, f.state) || same(now, f.failed)) {
		return
	}
	var cert *tls.Certificate
	if err == nil {
		cert, err = load(f.chain, f.key)
	}
	if err != nil {
		if !same(now, f.failed) {
			f.log.Warn("the certificate has changed and cannot be read, the one before holds", "file", f.chain, "err", err)
		}
		f.failed = now
		return
	}
	f.cert, f.state, f.failed = cert, now, [2]state{}
	f.log.Info("the certificate has changed", "file", f.chain, "sha256", Fingerprint(cert), "until", cert.Leaf.NotAfter)
}

// stat describes both files.
func (f *Files) stat() (s [2]state, err error) {
	for i, name := range []string{f.chain, f.key} {
		info, e := os.Stat(name)
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		s[i] = state{info.Size(), info.ModTime(), info}
	}
	return s, err
}

// same reports whether nothing has changed. Two states without files are the same.
func same(a, b [2]state) bool {
	for i := range a {
		switch {
		case (a[i].info == nil) != (b[i].info == nil):
			return false
		case a[i].info != nil && (a[i].size != b[i].size || !a[i].time.Equal(b[i].time) || !os.SameFile(a[i].info, b[i].info)):
			return false
		}
	}
	return a[0].info != nil || a[1].info != nil
}

// load reads a certificate and its key.
func load(chain, key string) (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	return &cert, nil
}
