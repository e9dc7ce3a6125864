package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// duringLines is how many paths the listing has that during imports.
const duringLines = 1_000_000

// measureDuring asks every tenth query of the mix, one after the other, before,
// during and after the import of another million paths into the index that
// answers; each time less a word made up, so that nothing comes from answers that
// are kept. The index ends with the same content.
func (b *bench) measureDuring(ctx context.Context) (err error) {
	listing, err := b.anotherListing(ctx)
	if err != nil {
		return err
	}
	p, err := b.openPortal(ctx, 1)
	if err != nil {
		return err
	}
	defer p.close()
	imports := 0
	defer func() {
		for i := range imports {
			err = errors.Join(err, b.run(ctx, "remove", another(i)))
		}
	}()
	before, during, after := newSeries(p), newSeries(p), newSeries(p)
	if err := before.ask(ctx, b.runs, nil); err != nil {
		return err
	}
	for ; during.rounds() < b.runs; imports++ {
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx, "import", listing, "--host", another(imports)) }()
		if err := during.ask(ctx, 0, ended); err != nil {
			return err
		}
	}
	if err := after.ask(ctx, b.runs, nil); err != nil {
		return err
	}
	t := newTable(os.Stdout, fmt.Sprintf("%d queries of the mix, one at a time, and an import of a million paths, %d times", len(during.queries), imports),
		"", "median", "95th percentile", "ratio of the medians by query: median", "worst")
	for _, s := range []struct {
		name string
		of   *series
	}{{"before an import", before}, {"during it", during}, {"after it", after}} {
		ratios := s.of.over(before)
		t.row(s.name, ms(median(s.of.all())), ms(percentile(s.of.all(), 95)), fmt.Sprintf("%.2fx", ratios[len(ratios)/2]), fmt.Sprintf("%.2fx", ratios[len(ratios)-1]))
	}
	return t.close()
}

// another returns the host of the i-th import of during.
func another(i int) string { return fmt.Sprintf("ftp://another%d.example/", i) }

// anotherListing returns the listing that during imports, made of the corpus
// unless one was named.
func (b *bench) anotherListing(ctx context.Context) (string, error) {
	if b.listing != "" {
		return b.listing, nil
	}
	name := filepath.Join(b.work, "ls-lR-during")
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	paths, err := b.corpus(ctx)
	if err != nil {
		return "", err
	}
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := writeListing(f, paths[:min(duringLines, len(paths))]); err != nil {
		return "", err
	}
	return name, f.Close()
}

// run runs a command of trawl on the index under test.
func (b *bench) run(ctx context.Context, args ...string) error {
	cmd := command(ctx, nil, append([]string{b.trawl, "--data", b.data()}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("trawl %s: %w: %s", args[0], err, out)
	}
	return nil
}

// series is the times of queries that were asked in turn.
type series struct {
	portal  *portal
	queries []asked
	took    [][]time.Duration // by query
	n       int               // how many were asked
}

func newSeries(p *portal) *series {
	s := &series{portal: p}
	for i, q := range readQueries(queryFile) {
		if i%10 == 0 {
			s.queries = append(s.queries, q)
		}
	}
	s.took = make([][]time.Duration, len(s.queries))
	return s
}

// rounds returns how often each query was asked.
func (s *series) rounds() int { return s.n / len(s.queries) }

// ask asks on, so many rounds or until something has ended, whose error it returns.
func (s *series) ask(ctx context.Context, rounds int, ended <-chan error) error {
	for end := s.n + rounds*len(s.queries); ended != nil || s.n < end; s.n++ {
		select {
		case err := <-ended:
			return err
		default:
		}
		i := s.n % len(s.queries)
		d, err := s.portal.get(ctx, apiPath(fmt.Sprintf("%s -zq%d", s.queries[i].text, rand.Uint64())))
		if err != nil {
			return err
		}
		s.took[i] = append(s.took[i], d)
	}
	return nil
}

// all returns all times.
func (s *series) all() []time.Duration { return slices.Concat(s.took...) }

// over returns how many times as long as in another series each query took, the
// least first.
func (s *series) over(other *series) []float64 {
	var out []float64
	for i := range s.took {
		out = append(out, float64(median(s.took[i]))/float64(median(other.took[i])))
	}
	return slices.Sorted(slices.Values(out))
}
