//go:build unix

package hook

import (
	"os/exec"
	"syscall"
)

// endWithChildren makes what a program has started end with it when it is stopped.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
