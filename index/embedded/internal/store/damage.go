package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged tells that the file does not hold what it should.
var ErrDamaged = errors.New("the file is damaged: restore it from a backup, or remove it and crawl anew")

// RecoverDamage turns what bbolt does with a damaged file, to panic or to read
// where there is no file any more, into an error. Other panics go on. It is to be
// deferred, by itself.
func RecoverDamage(err *error) {
	r := recover()
	if r == nil {
		return
	}
	if _, fault := r.(interface{ Addr() uintptr }); !fault && !inBolt() {
		panic(r)
	}
	*err = fmt.Errorf("%w (%v)", ErrDamaged, r)
}

// inBolt reports whether bbolt, rather than what it calls, is panicking. It is
// to be called while what is deferred runs.
func inBolt() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // from who called recoverDamage
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "go.etcd.io/bbolt"):
			return true
		case strings.HasPrefix(frame.Function, "trawl/"), !more:
			return false
		}
	}
}

// isFull reports whether there was no room. bbolt does not wrap all errors.
func isFull(err error) bool {
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, no) || err != nil && strings.HasSuffix(err.Error(), no.Error()) {
			return true
		}
	}
	return false
}

// Explain makes an error of bbolt one line that says what to do.
func Explain(err error) error {
	switch {
	case isFull(err):
		return fmt.Errorf("the disk is full, nothing was lost: make room and try again (%w)", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("no permission: run as its owner or name another directory (%w)", err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return err
}
