package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"trawl/ftpd/certificate"
)

// These are the sizes of the files that are hosted, and of the contests.
const (
	hostBig      = 1 << 30 // bytes of the big file
	hostSmall    = 1000    // files that one session fetches
	hostSmallLen = 4000    // bytes of each
	hostListed   = 10_000  // files of the directory that is listed
	hostSessions = 1000    // at once
	hostLogins   = 4       // clients that log in and out
	hostLogging  = 2 * time.Second
)

// measureHost lets trawl and its peers host the same files on tmpfs over loopback, in turn, and prints what each contest
// took and how much of the processor the server used. The client discards what it fetches without copying it,
// and sends from the page cache, so that the server is what is measured; only TLS costs the client as much as the server.
func (b *bench) measureHost(ctx context.Context) error {
	b.suite = filepath.Join(b.work, "trawl-suite")
	if err := compile(ctx, b.suite, "trawl/cmd/trawl-suite"); err != nil {
		return err
	}
	tree, err := os.MkdirTemp("/dev/shm", "trawl-bench-host-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := plantHost(tree, hostSmall, hostListed); err != nil {
		return err
	}
	if b.cert, err = certificate.SelfSignedFile(b.work, []string{"bench"}); err != nil {
		return err
	}
	defer func() { b.cert = "" }()
	return b.contest(ctx, "Hosting on loopback", []server{trawlFTP, vsftpd, proftpd, pureFTPd}, tree, hostContests())
}

// contest runs each contest against each server in turn, and prints the medians.
func (b *bench) contest(ctx context.Context, title string, peers []server, tree string, contests []hostContest) error {
	contests = slices.DeleteFunc(contests, func(c hostContest) bool { return !strings.Contains(c.name, b.only) })
	got := make([][][]outcome, len(contests)) // by contest and peer
	for i := range got {
		got[i] = make([][]outcome, len(peers))
	}
	for round := range b.runs {
		for p, peer := range peers {
			if err := b.hostRound(ctx, peer, tree, round, contests, func(c int, o outcome) { got[c][p] = append(got[c][p], o) }); err != nil {
				return fmt.Errorf("%s: %w", peer, err)
			}
		}
	}
	return printHost(fmt.Sprintf("%s, medians of %d, over the first of the others", title, b.runs), peers, contests, got)
}

// plantHost makes the files: big.bin, small/, listed/ and in/, to which everyone may write.
func plantHost(tree string, small, listed int) error {
	defer syscall.Umask(syscall.Umask(0o022))
	if err := os.Chmod(tree, 0o755); err != nil {
		return err
	}
	for _, dir := range []string{"small", "listed", "in"} {
		if err := os.Mkdir(filepath.Join(tree, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(tree, "in"), 0o777); err != nil {
		return err
	}
	body := make([]byte, 1<<20)
	for i := range body {
		body[i] = byte(i * 7)
	}
	big, err := os.Create(filepath.Join(tree, "big.bin"))
	if err != nil {
		return err
	}
	defer big.Close()
	for range hostBig / len(body) {
		if _, err := big.Write(body); err != nil {
			return err
		}
	}
	for i := range small {
		if err := os.WriteFile(filepath.Join(tree, "small", strconv.Itoa(i)), body[:hostSmallLen], 0o644); err != nil {
			return err
		}
	}
	for i := range listed {
		if err := os.WriteFile(filepath.Join(tree, "listed", fmt.Sprintf("a-package-of-middling-length_%d.tar.gz", i)), nil, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what one contest gave once.
type outcome struct {
	took   time.Duration
	cpu    time.Duration // of the server
	memory int64         // of the server, where the contest weighs it
	lost   int           // sessions
	err    error         // the server cannot do it
}

// hostContest is one thing that is asked of every server.
type hostContest struct {
	name  string
	bytes int64 // that it moves; 0: the time counts
	times int   // that it does one thing: the rate is printed
	run   func(h *hosted) outcome
}

func hostContests() []hostContest {
	return []hostContest{
		{name: "RETR 1 GiB", bytes: hostBig, run: (*hosted).retrieve},
		{name: "1,000 files of 4,000 bytes in one session", times: hostSmall, run: (*hosted).retrieveSmall},
		{name: "LIST of 10,000", times: 1, run: func(h *hosted) outcome { return h.list("LIST") }},
		{name: "MLSD of 10,000", times: 1, run: func(h *hosted) outcome { return h.list("MLSD") }},
		{name: "STOR 1 GiB", bytes: hostBig, run: (*hosted).store},
		{name: "RETR 1 GiB, TLS 1.3", bytes: hostBig, run: (*hosted).retrieveSecurely},
		{name: "logins and logouts, 4 clients", run: (*hosted).logins},
		{name: "1,000 sessions at once", run: (*hosted).crowd},
	}
}

// hosted is a server that is asked.
type hosted struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one round
	addr  string
	pid   int
	tree  string
	round int
}

// hostRound starts a server, runs each contest once and stops it.
func (b *bench) hostRound(ctx context.Context, peer server, tree string, round int, contests []hostContest, hand func(contest int, o outcome)) error {
	l := link{addr: "127.0.0.1"}
	pid, stop, err := b.start(ctx, l, peer, tree)
	if err != nil {
		return err
	}
	defer stop()
	h := &hosted{ctx: ctx, addr: l.addr + ":" + port, pid: pid, tree: tree, round: round}
	for i, c := range contests {
		within, done := context.WithTimeout(ctx, 3*time.Minute)
		h.ctx = within
		hand(i, c.run(h))
		done()
		if len(below(pid)) == 1 {
			return fmt.Errorf("the server has ended during %q", c.name)
		}
	}
	return ctx.Err()
}

// printHost prints a row for each contest: of each server the rate, and trawl's over the best of the others.
func printHost(title string, peers []server, contests []hostContest, got [][][]outcome) error {
	columns := []string{""}
	for _, p := range peers {
		columns = append(columns, string(p), "CPU")
	}
	t := newTable(os.Stdout, title, append(columns, "trawl over the best")...)
	for i, c := range contests {
		row := []string{c.name}
		speeds := make([]float64, len(peers))
		for p := range peers {
			m := middle(got[i][p])
			speeds[p] = m.speed()
			row = append(row, c.cell(m), m.cpuCell())
		}
		t.row(append(row, over(speeds))...)
	}
	return t.close()
}

// middle returns the medians of what was measured, or the failure of the last.
func middle(all []outcome) outcome {
	var took, cpu []time.Duration
	for _, o := range all {
		if o.err == nil {
			took, cpu = append(took, o.took), append(cpu, o.cpu)
		}
	}
	if len(took) == 0 {
		return all[len(all)-1]
	}
	last := slices.MaxFunc(all, func(a, b outcome) int { return a.lost - b.lost })
	return outcome{took: median(took), cpu: median(cpu), memory: last.memory, lost: last.lost}
}

// speed is what is compared: more is better.
func (o outcome) speed() float64 {
	if o.err != nil || o.took == 0 {
		return 0
	}
	return 1 / o.took.Seconds()
}

func (c hostContest) cell(o outcome) string {
	switch {
	case o.err != nil:
		return "no: " + strings.Join(strings.Fields(o.err.Error()), " ")
	case o.memory > 0:
		return fmt.Sprintf("%s, %d lost, %s", seconds(o.took), o.lost, mib(o.memory))
	case c.bytes > 0:
		return fmt.Sprintf("%.0f MiB/s", float64(c.bytes)/(1<<20)/o.took.Seconds())
	case c.times == 1:
		return ms(o.took)
	case c.times > 1:
		return fmt.Sprintf("%.0f/s", float64(c.times)/o.took.Seconds())
	}
	return fmt.Sprintf("%.0f/s", 1/o.took.Seconds())
}

func (o outcome) cpuCell() string {
	if o.err != nil {
		return "-"
	}
	return seconds(o.cpu)
}

// over returns how much faster the first is than the best of the others.
func over(speeds []float64) string {
	best := slices.Max(speeds[1:])
	if best == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2fx", speeds[0]/best)
}
