package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"trawl/index/embedded/internal/pages"
)

// ErrDamaged says that the file is damaged.
var ErrDamaged = errors.New("the file is damaged: restore it from a backup, or remove the whole catalogue and crawl anew")

// Guarded guards the reading of a store by a function whose error is err: damaged pages, and
// pages that the disk cannot read, become ErrDamaged. It is deferred as defer Guarded(&err)().
func Guarded(err *error) (done func()) {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			*err = damageOf(r)
		}
	}
}

// RecoverDamage does what Guarded does, in a goroutine for which debug.SetPanicOnFault holds. It
// must be deferred directly.
func RecoverDamage(err *error) {
	if r := recover(); r != nil {
		*err = damageOf(r)
	}
}

// damageOf makes an error of a panic of bbolt or of the package pages on a damaged file, or of a
// fault on reading a mapped file. Other panics continue. A deferred function must call it
// directly.
func damageOf(r any) error {
	failure, _ := r.(error)
	if _, fault := r.(interface{ Addr() uintptr }); !fault && !errors.Is(failure, pages.ErrDamaged) && !inBolt() {
		panic(r)
	}
	return fmt.Errorf("%w (%v)", ErrDamaged, r)
}

// inBolt reports whether the panic comes from bbolt, rather than from our code that it
// calls. damageOf must call it directly.
func inBolt() bool {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers)]) // from the caller of the deferred function
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

// IsFull reports whether the disk was full. bbolt does not wrap all errors.
func IsFull(err error) bool {
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
	case IsFull(err):
		return fmt.Errorf("the disk is full, nothing was lost: make room and try again (%w)", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("no permission: run as its owner or name another directory (%w)", err)
	case errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, pages.ErrDamaged), errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return err
}
