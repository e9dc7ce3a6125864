package faults

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"trawl/index/indextest/needs"
)

// Patience is how long a command may take. One that takes longer hangs.
const Patience = 10 * time.Second

// Outcome is how a command ended.
type Outcome struct {
	Code   int    // the exit code, -1 if a signal ended it
	Stdout string //
	Stderr string // with the stacks of all goroutines if it hung or crashed
	Hung   bool   // it did not end in Patience
	Ops    []Op   // if the plan has a journal
}

// Fault returns the first operation that the plan made fail.
func (o Outcome) Fault() (op Op, found bool) {
	for _, op := range o.Ops {
		if op.Fault {
			return op, true
		}
	}
	return Op{}, false
}

// Process is a command that runs under a plan.
type Process struct {
	cmd            *exec.Cmd
	plan           Plan
	stdout, stderr lockedBuffer
}

// Start starts the command trawl that Build made, under a plan.
func Start(ctx context.Context, exe string, plan Plan, args ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, exe), plan: plan}
	p.cmd.Args = append([]string{"trawl", "--data", plan.Dir}, args...)
	p.cmd.Env = append(os.Environ(), "TRAWL_FAULTS="+plan.String(), "GOTRACEBACK=all")
	p.cmd.SysProcAttr = needs.Tied()
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p, p.cmd.Start()
}

// Stdout returns what the command has printed.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what the command has said.
func (p *Process) Stderr() string { return p.stderr.String() }

// PID returns the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the command to stop.
func (p *Process) Stop() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// Wait waits for the end of the command, for Patience at most.
func (p *Process) Wait() (Outcome, error) {
	var o Outcome
	hung := time.AfterFunc(Patience, func() {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // it prints where it hangs; it may have ended
	})
	kill := time.AfterFunc(Patience+2*time.Second, func() { _ = p.cmd.Process.Kill() })
	err := p.cmd.Wait()
	if !hung.Stop() {
		o.Hung = true
	}
	kill.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return o, err
	}
	o.Code, o.Stdout, o.Stderr = p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()
	if p.plan.Journal != "" {
		if o.Ops, err = ReadJournal(p.plan.Journal); err != nil {
			return o, err
		}
	}
	return o, nil
}

// Run runs the command trawl that Build made, under a plan, to its end.
func Run(ctx context.Context, exe string, plan Plan, args ...string) (Outcome, error) {
	p, err := Start(ctx, exe, plan, args...)
	if err != nil {
		return Outcome{}, err
	}
	return p.Wait()
}

// Crashed returns the first line of a crash on the standard error, "" if there is none.
func (o Outcome) Crashed() string {
	for line := range strings.Lines(o.Stderr) {
		for _, sign := range []string{"panic:", "fatal error:", "goroutine ", "internal error:", "unexpected fault address", "SIGSEGV", "SIGBUS"} {
			if strings.Contains(line, sign) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// lockedBuffer is a buffer that one goroutine may read while another writes.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
