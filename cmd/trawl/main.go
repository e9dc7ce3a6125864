// Command trawl crawls FTP servers and finds the hosts that hold a file.
//
// The files: root.go is the command line, app.go runs it and maps errors to exit codes;
// each command has a file of its own, named after it. search_args.go lets a query stand
// on the command line; keys.go gives each flag its key and variable, settings_file.go finds
// the file of settings; sources.go has the sources and their
// schemes, open.go opens the data directory, host_set.go remembers hosts; terminal.go,
// table.go and progress.go print for people. hosting.go wires what serve hosts: its users
// (hosting_accounts.go), TLS (hosting_tls.go), catalogue (hosting_index.go), and the check
// of all that (hosting_check.go); interrupt.go is what SIGINT and SIGTERM do, ending.go how serve ends then, hangup.go what SIGHUP does.
package main

import (
	"context"
	"net"
	"os"
	"runtime/debug"
	"time"
)

func main() { os.Exit(mainCode(net.DefaultResolver.LookupHost)) }

// mainCode runs the command line and returns its exit code. The first interrupt asks the
// command to stop cleanly, a later one kills it.
func mainCode(names lookup) int {
	debug.SetTraceback("none")
	a := &app{
		in:      os.Stdin,
		out:     newTerminal(os.Stdout, os.Getenv),
		err:     newTerminal(os.Stderr, os.Getenv),
		env:     os.Getenv,
		environ: os.Environ(),
		now:     time.Now,
		resolve: names,
	}
	ctx, end := a.interrupts.listen(context.Background())
	defer end()
	ctx, done := a.hangup.listen(ctx)
	defer done()
	return a.run(ctx, os.Args[1:])
}
