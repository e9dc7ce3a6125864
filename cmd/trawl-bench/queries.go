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
	"time"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/search/query"
)

//go:embed queries.txt
var queryFile string

// asked is one query of the mix and what it took.
type asked struct {
	text        string
	plocate     []string // nil: it cannot ask this
	short       bool     // a word of one or two letters, which may use up the budget
	answer      index.Answer
	took, peers time.Duration
}

// measureQueries asks each query of the mix of the open index, the top 20 ranked
// and grouped, and each that plocate can express of `plocate -i -c`.
func (b *bench) measureQueries(ctx context.Context) error {
	queries := readQueries(queryFile)
	engine, err := embedded.Open(b.data(), embedded.Options{})
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
	var took, peers []time.Duration
	for range b.runs {
		if q.answer, err = engine.Search(ctx, index.Query{Tree: tree}); err != nil {
			return err
		}
		took = append(took, q.answer.Took)
		if q.plocate == nil {
			continue
		}
		start := time.Now()
		err := exec.CommandContext(ctx, "plocate", append([]string{"-d", b.plocateDB(), "-i", "-c"}, q.plocate...)...).Run()
		var none *exec.ExitError // exit 1 is nothing found
		if err != nil && (!errors.As(err, &none) || none.ExitCode() != 1) {
			return fmt.Errorf("plocate: %w: apt-get install plocate", err)
		}
		peers = append(peers, time.Since(start))
	}
	q.took, q.peers = median(took), median(peers)
	return nil
}

// printQueries prints the spread, the worst, and those that the peer won.
func (b *bench) printQueries(queries []asked) {
	var all, peers []time.Duration
	var slower []asked
	for _, q := range queries {
		if !q.short {
			all = append(all, q.took)
		}
		if q.plocate != nil {
			peers = append(peers, q.peers)
			if q.took > q.peers {
				slower = append(slower, q)
			}
		}
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d mixed queries", len(queries)), "", "median", "95th percentile", "worst")
	t.row("trawl: top 20, ranked, grouped, counted", ms(median(all)), ms(percentile(all, 95)), ms(percentile(all, 100)))
	t.row("plocate -i -c: counted", ms(median(peers)), ms(percentile(peers, 95)), ms(percentile(peers, 100)))
	t.close()
	slices.SortFunc(queries, func(x, y asked) int { return int(y.took - x.took) })
	printAsked(fmt.Sprintf("The slowest %d", b.worst), queries[:min(b.worst, len(queries))])
	printAsked(fmt.Sprintf("Slower than plocate: %d", len(slower)), slower)
}

func printAsked(title string, queries []asked) {
	t := newTable(os.Stdout, title, "query", "results", "trawl", "plocate", "ratio")
	for _, q := range queries {
		total := fmt.Sprint(q.answer.Total)
		if !q.answer.Exact {
			total = "at least " + total
		}
		if q.plocate == nil {
			t.row("`"+q.text+"`", total, ms(q.took), "-", "-")
			continue
		}
		t.row("`"+q.text+"`", total, ms(q.took), ms(q.peers), ratio(q.took, q.peers))
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
