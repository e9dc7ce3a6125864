package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"
)

// load is one way in which clients ask the portal.
type load struct {
	name string
	path func(query string) string                 // where it asks
	warm bool                                      // each query is asked twice before
	next func(r *rand.Rand, n int64) (text string) // the n-th query
	rate int                                       // questions a second; 0: each client asks again as soon as it has its answer
}

// The clients of load, and how long each load lasts. At a fixed rate there are more clients, so that
// questions wait for the portal and not for a client.
const (
	loadClients = 32
	rateClients = 256
	loadLasting = 10 * time.Second
)

// loads returns what is measured: the same queries again and again, as people ask, the k-th of them 1/k^1.1
// as often as the first; queries none of which was asked before; and both mixed.
func loads(queries []asked) []load {
	often := rand.New(rand.NewPCG(1, 1)).Perm(len(queries)) // popular ones are not those at the top of the file
	popular := func(r *rand.Rand, _ int64) string {
		return queries[often[rand.NewZipf(r, 1.1, 1, uint64(len(queries)-1)).Uint64()]].text
	}
	fresh := func(r *rand.Rand, n int64) string {
		return fmt.Sprintf("%s -zq%dx%d", queries[n%int64(len(queries))].text, r.Uint32(), n)
	}
	mixed := func(r *rand.Rand, n int64) string {
		if r.IntN(10) == 0 {
			return fresh(r, n)
		}
		return popular(r, n)
	}
	return []load{
		{"API, the same 200 again and again: kept answers", apiPath, true, popular, 0},
		{"API, each new: the 200 in turn, less a word made up", apiPath, false, fresh, 0},
		{"API, each new, 150 a second", apiPath, false, fresh, 150},
		{"portal's pages, the same 200 again and again: kept answers", pagePath, true, popular, 0},
		{"portal's pages, one in ten of them new", pagePath, true, mixed, 0},
		{"portal's pages, one in ten of them new, 500 a second", pagePath, true, mixed, 500},
	}
}

// measureLoad asks `trawl serve` over loopback, from many connections at once. Clients and portal share the
// cores.
func (b *bench) measureLoad(ctx context.Context) error {
	return b.putLoads(ctx, fmt.Sprintf("%d clients ask the portal, %v each", loadClients, loadLasting), false)
}

// measureLoadCrawling is measureLoad while the portal crawls, one new host after the other.
func (b *bench) measureLoadCrawling(ctx context.Context) error {
	tree, size, err := b.plant(ctx, "tree-near", 100_000, 32)
	if err != nil {
		return err
	}
	stop, err := b.serve(ctx, link{addr: everyAddr}, vsftpd, tree)
	if err != nil {
		return err
	}
	defer stop()
	return b.putLoads(ctx, fmt.Sprintf("%d clients ask the portal, %v each, while it crawls hosts of %s, one after the other", loadClients, loadLasting, size), true)
}

// putLoads puts each load on a fresh portal, which crawls meanwhile or does not.
func (b *bench) putLoads(ctx context.Context, title string, crawls bool) error {
	t := newTable(os.Stdout, title, "", "answers/s", "median", "99th percentile", "for a CPU second of it", "at least", "503", "failed",
		"heap", "with mapped files", "entries crawled/s")
	queries := readQueries(queryFile)
	for _, l := range loads(queries) {
		if !strings.Contains(l.name, b.only) {
			continue
		}
		work := &crawling{b: b}
		if crawls {
			if err := work.add(ctx); err != nil {
				return err
			}
		}
		if err := errors.Join(b.load(ctx, t, l, queries, work), work.remove(context.WithoutCancel(ctx))); err != nil {
			return err
		}
	}
	return t.close()
}

// load puts one load on a portal, which goes on with its work if it has any.
func (b *bench) load(ctx context.Context, t *table, l load, queries []asked, work *crawling) error {
	p, err := b.openPortal(ctx, rateClients)
	if err != nil {
		return err
	}
	defer p.close()
	working, rest := context.WithCancel(ctx)
	defer rest()
	ended := make(chan error, 1)
	go func() {
		if work.n == 0 {
			ended <- nil
			return
		}
		ended <- work.goOn(working, p)
	}()
	if l.warm {
		if err := warm(ctx, p, l, queries); err != nil {
			return err
		}
	}
	before := cpuOf(p.cmd.Process.Pid)
	o := ask(ctx, p, l)
	cpu := cpuOf(p.cmd.Process.Pid) - before
	mem := memoryOf(p.cmd.Process.Pid)
	rest()
	if err := <-ended; err != nil {
		return err
	}
	t.row(l.name, rate(len(o.took), loadLasting), ms(median(o.took)), ms(percentile(o.took, 99)), rate(len(o.took), cpu),
		fmt.Sprint(o.cut), fmt.Sprint(o.refused), fmt.Sprint(o.failed), mib(mem.anon), mib(mem.all), work.rate())
	return nil
}

// warm asks each query twice: then its answer is kept, and its page.
func warm(ctx context.Context, p *portal, l load, queries []asked) error {
	for range 2 {
		for _, q := range queries {
			if _, err := p.get(ctx, l.path(q.text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers are what came of a load.
type answers struct {
	took                 []time.Duration // of the answers
	cut, refused, failed int64           // answers that say "at least"; of 503; others
}

// question is one question of a load, and when it is due.
type question struct {
	n   int64
	due time.Time
}

// ask lets all clients ask. The time of an answer counts from when its question was due, so that what waits
// for a client has waited, too.
func ask(ctx context.Context, p *portal, l load) (all answers) {
	ctx, stop := context.WithTimeout(ctx, loadLasting)
	defer stop()
	clients := loadClients
	if l.rate > 0 {
		clients = rateClients
	}
	questions := l.questions(ctx)
	var mu sync.Mutex // guards all
	var wg sync.WaitGroup
	for i := range clients {
		r := rand.New(rand.NewPCG(2, uint64(i)))
		wg.Go(func() {
			var mine answers
			for q := range questions {
				mine.ask(ctx, p, l.path(l.next(r, q.n)), q.due)
			}
			mu.Lock()
			defer mu.Unlock()
			all.took = append(all.took, mine.took...)
			all.cut, all.refused, all.failed = all.cut+mine.cut, all.refused+mine.refused, all.failed+mine.failed
		})
	}
	wg.Wait()
	return all
}

// questions returns the questions of a load until ctx ends: at its rate, with the irregular pauses of people who
// know nothing of each other, or else each when somebody takes it.
func (l *load) questions(ctx context.Context) <-chan question {
	if l.rate == 0 {
		out := make(chan question)
		go func() {
			defer close(out)
			for n := int64(1); ; n++ {
				select {
				case out <- question{n, time.Time{}}:
				case <-ctx.Done():
					return
				}
			}
		}()
		return out
	}
	out := make(chan question, l.rate*int(loadLasting/time.Second)*2)
	r := rand.New(rand.NewPCG(3, 3))
	go func() {
		defer close(out)
		due := time.Now()
		for n := int64(1); ; n++ {
			due = due.Add(time.Duration(r.ExpFloat64() / float64(l.rate) * float64(time.Second)))
			select {
			case <-time.After(time.Until(due)):
				out <- question{n, due}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// cutMarks are what answers hold that are cut: that of the API, and the page.
func cutMarks() [][]byte { return [][]byte{[]byte(`"exact":false`), []byte("<h1>At least")} }

// ask asks one question. A question under way at the end counts for nothing.
func (o *answers) ask(ctx context.Context, p *portal, path string, due time.Time) {
	if due.IsZero() {
		due = time.Now()
	}
	body, err := p.read(ctx, path)
	switch {
	case err == nil:
		o.took = append(o.took, time.Since(due))
		for _, mark := range cutMarks() {
			if bytes.Contains(body, mark) {
				o.cut++
				break
			}
		}
	case errors.Is(err, errCrowded):
		o.refused++
	case ctx.Err() == nil:
		o.failed++
	}
}
