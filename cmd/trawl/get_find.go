package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/search"
)

// mostListed is the number of results that are listed where a query finds several.
const mostListed = 10

// find returns the files that a query means: the only one that it finds, or those that the
// flags choose. If they choose none, it lists the first results.
func (g *getter) find(ctx context.Context, e engine, text string) ([]asked, error) {
	request := search.Request{Text: text, Limit: index.DefaultLimit, Places: 20}
	if g.opts.all {
		request.Limit = min(g.opts.limit+1, index.MaxLimit)
	}
	request.Limit = max(request.Limit, g.opts.pick)
	if e == nil {
		_, err := g.existing()
		return nil, g.mistake(request, err)
	}
	answer, err := search.Ask(ctx, e, request, g.now())
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	if answer.Note != "" {
		fmt.Fprintln(g.err, index.Visible(answer.Note))
	}
	if answer.Total == 0 || len(answer.Results) == 0 {
		return nil, g.found(&answer, nil)
	}
	return g.choose(&answer)
}

// found says why there is no file to be fetched.
func (g *getter) found(answer *search.Answer, why error) error {
	if why != nil {
		g.complain(fmt.Errorf("get: %w", why))
		return exitCode(exitSome)
	}
	return conclude(g.app, answer, 0, searchOptions{})
}

// choose returns the files among the results that the flags choose.
func (g *getter) choose(answer *search.Answer) ([]asked, error) {
	var files []asked
	for i := range answer.Results {
		if r := &answer.Results[i]; r.Kind != index.Dir {
			files = append(files, fileOf(r))
		}
	}
	all := answer.Next == "" && answer.Exact
	switch n := g.opts.pick; {
	case n > len(answer.Results):
		return nil, g.found(answer, fmt.Errorf("there is no result %d: the query finds %s", n, search.Results(answer.Total, answer.Exact)))
	case n > 0 && answer.Results[n-1].Kind == index.Dir:
		return nil, g.found(answer, fmt.Errorf("result %d: %w; trawl ls lists it", n, errDirectory))
	case n > 0:
		return []asked{fileOf(&answer.Results[n-1])}, nil
	case len(files) == 0 && all:
		g.list(answer)
		return nil, g.found(answer, errors.New("the query finds no file, only directories; trawl ls lists one"))
	case g.opts.first && len(files) > 0, len(files) == 1 && all:
		return files[:1], nil
	case g.opts.all && !all || len(files) > g.opts.limit && g.opts.all:
		return nil, g.found(answer, fmt.Errorf("the query finds %s, more than --limit %d; narrow it, or raise the limit",
			search.Results(answer.Total, answer.Exact), g.opts.limit))
	case g.opts.all:
		return files, nil
	}
	g.list(answer)
	return nil, g.found(answer, fmt.Errorf("the query finds %s: say which by trawl get URL or --pick N; --first takes the best, --all takes all",
		search.Results(answer.Total, answer.Exact)))
}

// fileOf returns the file of a result. A link has the size of what it leads to.
func fileOf(r *index.Result) asked {
	file := fetch.File{Name: r.Name, Size: r.Size, Places: r.Places}
	if r.Kind == index.Link {
		file.Size = index.UnknownSize
	}
	if file.Size == index.UnknownSize {
		file.Places = r.Places[:1] // others of the name may be other files
	}
	return asked{File: file}
}

// list prints the first results as search does, each with its number for people. In a pipe each has a line, that
// of its best place.
func (g *getter) list(answer *search.Answer) {
	schemes := schemes()
	if !g.shown.tty {
		g.listRecords(schemes, answer)
		return
	}
	for i := range answer.Results[:min(len(answer.Results), mostListed)] {
		var b strings.Builder
		to := *g.shown
		to.Writer = &b
		r := answer.Results[i]
		r.Places = r.Places[:min(len(r.Places), peoplesPlaces)]
		_ = printForPeople(&to, schemes, &r) // to memory
		lead := fmt.Sprintf("%3d ", i+1)
		for line := range strings.Lines(b.String()) {
			fmt.Fprint(g.shown, lead+line)
			lead = "    "
		}
	}
}

// listRecords prints a record of each of the first results.
func (g *getter) listRecords(schemes index.Schemes, answer *search.Answer) {
	records, err := new(recordFlags).printer(g.shown, searchRecord, searchFields())
	if err != nil {
		panic(err) // the template is part of the program
	}
	for i := range answer.Results[:min(len(answer.Results), mostListed)] {
		r := answer.Results[i]
		r.Places = r.Places[:min(len(r.Places), 1)]
		records.addResult(schemes, &r, i+1, false)
	}
	_ = records.flush() // the error that follows counts
}
