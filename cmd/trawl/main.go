// Command trawl crawls FTP servers and tells which host holds a file.
//
// The files: root.go is the command line, order.go lets a query stand in it, app.go
// runs it and maps errors to exit codes, open.go opens the data directory, terminal.go
// and board.go print for people, roster.go remembers hosts; every command has a file of
// its own, named after it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

func main() { os.Exit(mainCode()) }

// mercy is how long an interrupt asks for a clean stop before another one kills.
const mercy = time.Second

// mainCode runs the command line and returns its exit code. The first interrupt
// asks the command to stop cleanly, a later one kills.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(mercy, stop) })
	debug.SetTraceback("none")
	a := &app{
		in:  os.Stdin,
		out: newTerminal(os.Stdout, os.Getenv),
		err: newTerminal(os.Stderr, os.Getenv),
		env: os.Getenv,
		now: time.Now,
	}
	return a.run(ctx, os.Args[1:])
}
