package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/index/indextest/faults"
	"trawl/search"
)

// proof is what a catalogue holds, as seen right after it was opened.
type proof struct {
	Found    map[string][]string // places by query, in order
	AtLeast  []string            // queries with answers that may lack places
	Problems []string            // found by check
	Changed  []string            // queries with other answers after check than before
	Log      string
}

// proofQueries are answered by all parts of the engine: blocks, postings, dictionary and texts.
func proofQueries() []string {
	return []string{
		"kind:file,dir,link", "kernel", "oto", "shared-0*", "/v[0-9]+7/", "size:>5000 photo", "dir:/pub/deep zz", "text:penguin",
		"text:walrus", "unique-beta", "nothing-is-so-called",
	}
}

// prove is a command: it opens the catalogue in a directory and prints a proof in JSON.
func prove() {
	p, err := proveDir(context.Background(), os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func proveDir(ctx context.Context, dir string) (p proof, err error) {
	var log strings.Builder
	e, err := embedded.Open(dir, embedded.Options{Addr: schemes().Addr, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if p.Found, p.AtLeast, err = ask(ctx, e); err != nil {
		return p, err
	}
	err = e.Check(ctx, func(problem string) { p.Problems = append(p.Problems, problem) })
	if err != nil {
		return p, err
	}
	again, atLeast, err := ask(ctx, e)
	for query, found := range p.Found {
		if !slices.Equal(found, again[query]) || slices.Contains(p.AtLeast, query) != slices.Contains(atLeast, query) {
			p.Changed = append(p.Changed, query)
		}
	}
	p.Log = log.String()
	return p, err
}

// ask returns the places that all queries find, and the queries with answers that are not exact.
func ask(ctx context.Context, e index.Searcher) (found map[string][]string, atLeast []string, err error) {
	found = map[string][]string{}
	for _, text := range proofQueries() {
		q, err := search.Request{Text: text, Sort: index.ByName, Limit: index.MaxLimit, Places: index.MaxLimit, Budget: -1}.Query(time.Now())
		if err != nil {
			return nil, nil, err
		}
		found[text] = []string{}
		for {
			a, err := e.Search(ctx, q)
			if err != nil {
				return nil, nil, err
			}
			if !a.Exact {
				atLeast = append(atLeast, text)
			}
			for _, r := range a.Results {
				for _, place := range r.Places {
					found[text] = append(found[text], fmt.Sprintf("%s %s %s %d", place.Host, place.Path, r.Kind, r.Size))
				}
			}
			if q.Cursor = a.Next; q.Cursor == "" {
				break
			}
		}
		slices.Sort(found[text])
	}
	return found, atLeast, nil
}

// proofOf proves the catalogue in a directory in a process of its own, since damage may end it.
func proofOf(t testing.TB, exe, dir string) (p proof, wrong string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*faults.Patience)
	defer cancel()
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"prove", dir}
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p, "it hangs"
	case err != nil:
		return p, fmt.Sprintf("%v: %.500s", err, errs.String())
	}
	if err := json.Unmarshal([]byte(out.String()), &p); err != nil {
		return p, fmt.Sprintf("%v: %.500s", err, out.String())
	}
	return p, ""
}

// misses reports what is wrong with the catalogue of a proof: a place is missing that both before
// and after have, or there is one that neither has. One that was stale may be either.
func (p proof) misses(before, after proof) string {
	switch {
	case len(p.Problems) > 0:
		return "check: " + strings.Join(p.Problems, "; ")
	case len(p.AtLeast) > 0:
		return fmt.Sprintf("the answers to %q are not exact", p.AtLeast)
	case len(p.Changed) > 0:
		return fmt.Sprintf("the answers to %q are others after check", p.Changed)
	}
	for query, found := range p.Found {
		for _, place := range before.Found[query] {
			if _, both := slices.BinarySearch(after.Found[query], place); !both {
				continue
			}
			if _, is := slices.BinarySearch(found, place); !is {
				return fmt.Sprintf("%q does not find %s (%d places, before %d, after %d)", query, place, len(found), len(before.Found[query]), len(after.Found[query]))
			}
		}
		for _, place := range found {
			_, was := slices.BinarySearch(before.Found[query], place)
			if _, will := slices.BinarySearch(after.Found[query], place); !was && !will {
				return fmt.Sprintf("%q finds %s, which is not there", query, place)
			}
		}
	}
	return ""
}
