package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index/embedded"
	"trawl/web"
)

// measureLoad asks the portal's API the whole mix from many connections at once,
// over loopback, for ten seconds.
func (b *bench) measureLoad(ctx context.Context) error {
	const clients, lasting = 32, 10 * time.Second
	engine, err := embedded.Open(b.data(), embedded.Options{})
	if err != nil {
		return fmt.Errorf("%w: run trawl-bench import first", err)
	}
	defer engine.Close()
	portal, err := web.New(web.Options{Catalogue: engine})
	if err != nil {
		return err
	}
	server := httptest.NewServer(portal)
	defer server.Close()
	ctx, stop := context.WithTimeout(ctx, lasting)
	defer stop()
	queries := readQueries(queryFile)
	var next, failed atomic.Int64
	took := make([][]time.Duration, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for ctx.Err() == nil {
				q := queries[int(next.Add(1))%len(queries)]
				start := time.Now()
				if err := get(ctx, server.URL+"/api/v1/search?q="+url.QueryEscape(q.text)); err != nil {
					if ctx.Err() == nil {
						failed.Add(1)
					}
					continue
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	wg.Wait()
	var all []time.Duration
	for _, t := range took {
		all = append(all, t...)
	}
	mem := memoryOf(os.Getpid())
	t := newTable(os.Stdout, fmt.Sprintf("%d clients ask the portal's API the mix", clients),
		"requests/s", "median", "99th percentile", "failed", "heap", "with mapped files")
	t.row(rate(len(all), lasting), ms(median(all)), ms(percentile(all, 99)), fmt.Sprint(failed.Load()), mib(mem.anon), mib(mem.all))
	return t.close()
}

func get(ctx context.Context, link string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", link, resp.Status)
	}
	return nil
}
