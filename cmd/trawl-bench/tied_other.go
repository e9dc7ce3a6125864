//go:build !linux

package main

import "syscall"

// tied returns no attributes: only Linux ends a process with the one that has started it.
func tied(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
