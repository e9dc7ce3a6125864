package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// background is set in the environment of the process that serves.
const background = "TRAWL_SUITE_BACKGROUND"

// detach starts this program again in the background and returns when it serves.
func detach() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:noctx,gosec // it outlives this process
	cmd.Env = append(os.Environ(), background+"=1")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.Close()
	said, err := io.ReadAll(r)
	if err == nil && string(said) != "serving" {
		err = fmt.Errorf("the server did not start: %s", said)
	}
	return err
}

// serving says to the process that waits in detach how the start went.
func serving(err error) {
	w := os.NewFile(3, "waiting")
	text := "serving"
	if err != nil {
		text = err.Error()
	}
	_, _ = w.WriteString(text)
	w.Close()
}
