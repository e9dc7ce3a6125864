package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// load is one way in which clients ask the portal.
type load struct {
	name string
	path func(query string) string                 // where it asks
	warm bool                                      // each query is asked once before
	next func(r *rand.Rand, n int64) (text string) // the n-th query
}

// The clients of load, and how long each load lasts.
const (
	loadClients = 32
	loadLasting = 10 * time.Second
)

// measureLoad asks `trawl serve` the mix over loopback, from many connections at
// once, each of which asks again as soon as it has its answer: the same queries
// again and again, as people do, the k-th of them 1/k^1.1 as often as the first;
// then queries none of which was asked before. Clients and portal share the cores.
func (b *bench) measureLoad(ctx context.Context) error {
	queries := readQueries(queryFile)
	often := rand.New(rand.NewPCG(1, 1)).Perm(len(queries)) // popular ones are not those at the top of the file
	popular := func(r *rand.Rand, _ int64) string {
		return queries[often[rand.NewZipf(r, 1.1, 1, uint64(len(queries)-1)).Uint64()]].text
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d clients ask the portal, %v each", loadClients, loadLasting),
		"", "requests/s", "median", "99th percentile", "for a CPU second of it", "503", "failed", "heap", "with mapped files")
	for _, l := range []load{
		{"API, the same 200 again and again: kept answers", apiPath, true, popular},
		{"API, each new: the 200 in turn, less a word made up", apiPath, false, func(r *rand.Rand, n int64) string {
			return fmt.Sprintf("%s -zq%dx%d", queries[n%int64(len(queries))].text, r.Uint32(), n)
		}},
		{"portal's pages, the same 200 again and again: kept answers", pagePath, true, popular},
	} {
		if err := b.load(ctx, t, l, queries); err != nil {
			return err
		}
	}
	return t.close()
}

// load puts one load on a fresh portal.
func (b *bench) load(ctx context.Context, t *table, l load, queries []asked) error {
	p, err := b.openPortal(ctx, loadClients)
	if err != nil {
		return err
	}
	defer p.close()
	if l.warm {
		for _, q := range queries {
			if _, err := p.get(ctx, l.path(q.text)); err != nil {
				return err
			}
		}
	}
	before := cpuOf(p.cmd.Process.Pid)
	took, busy, failed := ask(ctx, p, l)
	cpu := cpuOf(p.cmd.Process.Pid) - before
	mem := memoryOf(p.cmd.Process.Pid)
	t.row(l.name, rate(len(took), loadLasting), ms(median(took)), ms(percentile(took, 99)), rate(len(took), cpu),
		fmt.Sprint(busy), fmt.Sprint(failed), mib(mem.anon), mib(mem.all))
	return nil
}

// ask lets all clients ask, and returns the times of the answers.
func ask(ctx context.Context, p *portal, l load) (all []time.Duration, busy, failed int64) {
	ctx, stop := context.WithTimeout(ctx, loadLasting)
	defer stop()
	var n, refused, broken atomic.Int64
	took := make([][]time.Duration, loadClients)
	var wg sync.WaitGroup
	for i := range loadClients {
		r := rand.New(rand.NewPCG(2, uint64(i)))
		wg.Go(func() {
			for ctx.Err() == nil {
				d, err := p.get(ctx, l.path(l.next(r, n.Add(1))))
				switch {
				case err == nil:
					took[i] = append(took[i], d)
				case errors.Is(err, errCrowded):
					refused.Add(1)
				case ctx.Err() == nil:
					broken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	for _, t := range took {
		all = append(all, t...)
	}
	return all, refused.Load(), broken.Load()
}
