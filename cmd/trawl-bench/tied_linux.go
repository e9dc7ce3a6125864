package main

import "syscall"

// tied returns the attributes of a process that is sent a signal when this one ends, however it ends.
func tied(end syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: end}
}
