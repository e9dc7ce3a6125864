package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/search/query"
)

//go:embed queries.txt
var queryFile string

// asked is one query of the mix with its times.
type asked struct {
	text        string
	plocate     []string // nil: it cannot ask this
	short       bool     // a word of one or two letters, which may use up the budget
	answer      index.Answer
	took, peers spent
}

// spent is the time that something took, and its processor time, which is the better
// measure on a machine that others use too.
type spent struct{ wall, cpu time.Duration }

// measureQueries asks each query of the mix of the open index, the top 20 ranked
// and grouped, and each that plocate can express of `plocate -i -c`.
func (b *bench) measureQueries(ctx context.Context) error {
	queries := readQueries(queryFile)
	engine, err := embedded.Open(b.data(), embedded.Options{Answers: -1})
	if err != nil {
		return fmt.Errorf("%w: run trawl-bench import first", err)
	}
	defer engine.Close()
	for i := range queries {
		if err := b.ask(ctx, engine, &queries[i]); err != nil {
			return fmt.Errorf("query %s: %w", queries[i].text, err)
		}
	}
	b.printQueries(queries)
	return nil
}

// ask measures one query and its peer, in turn, so that both see the same
// machine.
func (b *bench) ask(ctx context.Context, engine index.Searcher, q *asked) error {
	tree, err := query.Parse(q.text, time.Now())
	if err != nil {
		return err
	}
	var took, peers []spent
	for range b.runs {
		before := used()
		if q.answer, err = engine.Search(ctx, index.Query{Tree: tree, Budget: b.budget}); err != nil {
			return err
		}
		took = append(took, spent{q.answer.Took, used() - before})
		if q.plocate == nil {
			continue
		}
		peer, err := b.askPlocate(ctx, q.plocate)
		if err != nil {
			return err
		}
		peers = append(peers, peer)
	}
	q.took, q.peers = medians(took), medians(peers)
	return nil
}

// askPlocate measures plocate.
func (b *bench) askPlocate(ctx context.Context, args []string) (spent, error) {
	start := time.Now()
	cmd := exec.CommandContext(ctx, "plocate", append([]string{"-d", b.plocateDB(), "-i", "-c"}, args...)...)
	err := cmd.Run()
	var none *exec.ExitError // exit 1 is nothing found
	if err != nil && (!errors.As(err, &none) || none.ExitCode() != 1) {
		return spent{}, fmt.Errorf("plocate: %w: apt-get install plocate", err)
	}
	return spent{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// used returns the processor's time that this process has used.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// medians returns the median of either time.
func medians(of []spent) spent {
	var walls, cpus []time.Duration
	for _, s := range of {
		walls, cpus = append(walls, s.wall), append(cpus, s.cpu)
	}
	return spent{median(walls), median(cpus)}
}

// printQueries prints the spread, the worst, and those that the peer won.
func (b *bench) printQueries(queries []asked) {
	var all, cpu, peers, peersCPU []time.Duration
	var slower []asked
	for _, q := range queries {
		if !q.short {
			all, cpu = append(all, q.took.wall), append(cpu, q.took.cpu)
		}
		if q.plocate != nil {
			peers, peersCPU = append(peers, q.peers.wall), append(peersCPU, q.peers.cpu)
			if q.took.wall > q.peers.wall || q.took.cpu > q.peers.cpu {
				slower = append(slower, q)
			}
		}
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d mixed queries", len(queries)), "", "median", "95th percentile", "worst")
	spread := func(what string, of []time.Duration) {
		t.row(what, ms(median(of)), ms(percentile(of, 95)), ms(percentile(of, 100)))
	}
	spread("trawl: top 20, ranked, grouped, counted", all)
	spread("plocate -i -c: counted", peers)
	spread("trawl, processor", cpu)
	spread("plocate, processor", peersCPU)
	t.close()
	slices.SortFunc(queries, func(x, y asked) int { return int(y.took.cpu - x.took.cpu) })
	printAsked(fmt.Sprintf("The dearest %d", b.worst), queries[:min(b.worst, len(queries))])
	printAsked(fmt.Sprintf("Slower or dearer than plocate: %d", len(slower)), slower)
}

func printAsked(title string, queries []asked) {
	t := newTable(os.Stdout, title, "query", "results", "trawl", "plocate", "ratio", "trawl, processor", "plocate, processor", "ratio")
	for _, q := range queries {
		total := fmt.Sprint(q.answer.Total)
		if !q.answer.Exact {
			total = "at least " + total
		}
		if q.plocate == nil {
			t.row("`"+q.text+"`", total, ms(q.took.wall), "-", "-", ms(q.took.cpu), "-", "-")
			continue
		}
		t.row("`"+q.text+"`", total, ms(q.took.wall), ms(q.peers.wall), ratio(q.took.wall, q.peers.wall),
			ms(q.took.cpu), ms(q.peers.cpu), ratio(q.took.cpu, q.peers.cpu))
	}
	t.close()
}

// readQueries reads queries.txt.
func readQueries(text string) []asked {
	var out []asked
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		text, args, peer := strings.Cut(line, "\t")
		q := asked{text: text, short: len(text) < 3}
		if peer {
			q.plocate = splitArgs(args)
		}
		out = append(out, q)
	}
	return out
}

// splitArgs splits at spaces outside double quotes.
func splitArgs(s string) []string {
	var out []string
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}
