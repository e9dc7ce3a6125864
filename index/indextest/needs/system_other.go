//go:build !linux

package needs

import (
	"errors"
	"syscall"
)

// The flags of Mount.
const (
	Bind    = 0
	Remount = 0
)

// Tied returns no attributes: only Linux ends a process with the one that has started it.
func Tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// Mount returns an error: tests mount on Linux alone.
func Mount(_, _, _ string, _ uintptr, _ string) error { return errors.ErrUnsupported }

// Unmount returns an error: tests mount on Linux alone.
func Unmount(string) error { return errors.ErrUnsupported }
