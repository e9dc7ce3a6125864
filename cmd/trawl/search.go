package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/index"
	"trawl/search"
	"trawl/web/wire"
)

// searchOptions are the flags of search.
type searchOptions struct {
	limit   int
	few     bool // the limit is the default
	sort    string
	reverse bool
	json    bool
	urls    bool
	count   bool
	places  int
	budget  time.Duration
	records recordFlags
}

// peoplesPlaces is the number of places of a result that are printed for people.
const peoplesPlaces = 3

func newSearch(a *app) *cobra.Command {
	var opts searchOptions
	cmd := &cobra.Command{
		Use:   "search QUERY...",
		Short: "Find files",
		Long: `Search prints the files that match, the best first, each with its places.

Each word must be in the path, and one of them in the name; case and accents do
not count. "two words" belong together, -word and NOT exclude, OR and | choose,
* and ? match whole names, /regex/ is RE2. Filters: name: path: dir: host: ext:
type: kind: size: time: places: case: text:. trawl help query has the language.

Into a pipe it prints a line for each place: size in bytes, time and URL, with tabs
between; --format prints other fields (trawl help output). Notes go to stderr.

The exit code is 0 if something was found, 1 if nothing, 2 for a bad query.`,
		Example: `  trawl search debian netinst
  trawl search 'type:video size:>700MB time:2024'
  trawl search 'lib*amd64*.deb' --sort time -n 50
  trawl search kernel -src --json
  trawl search ext:iso -n 0 | sort -n | tail -1
  trawl search ext:iso --format '%{host}\t%{name}'
  trawl search 'time:<7d' --count
  trawl search readme kind:file --urls -0 --places 1 | xargs -0 -r -n 1 curl -sO`,
		Args: atLeastOne("the query"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.settle(cmd.Flags().Changed, opts.records.plain(a.out))
			if err := opts.check(); err != nil {
				return err
			}
			asked := opts.request(strings.Join(args, " "))
			err := a.use(cmd.Context(), func(ctx context.Context, e engine) error { return pages(ctx, e, a, asked, opts) })
			if errors.Is(err, exitCode(exitSome)) {
				a.unquoted(args)
			}
			return a.mistake(asked, err)
		},
		ValidArgsFunction: a.completing(func(ctx context.Context, e engine, prefix string) ([]string, error) {
			return e.Complete(ctx, prefix, 20)
		}),
	}
	flags := cmd.Flags()
	flags.IntVarP(&opts.limit, "limit", "n", index.DefaultLimit, "most results to print; 0 is all")
	flags.StringVar(&opts.sort, "sort", string(index.ByRelevance), "`order`: "+search.SortNames("or"))
	flags.BoolVar(&opts.reverse, "reverse", false, "reverse the order")
	flags.BoolVar(&opts.json, "json", false, "print a JSON object for each result")
	flags.BoolVar(&opts.urls, "urls", false, "print one URL on each line")
	flags.BoolVar(&opts.count, "count", false, "print the number of results alone")
	flags.IntVar(&opts.places, "places", peoplesPlaces, "most places to print for a result; 0 is all, the default of pipes, --json and --urls")
	settings.DurationVar(flags, &opts.budget, "budget", index.DefaultBudget, "time after which counting stops; 0 is no limit, the default of -n 0 and --count")
	opts.records.bind(cmd, searchFields())
	opts.records.bindPretty(cmd)
	completeFrom(cmd, "sort", sorts()...)
	return cmd
}

// settle derives the flags that were not set from the others. Records, URLs and objects are for
// programs, which want all places. A search for all results, or for their number, has no budget.
func (o *searchOptions) settle(set func(flag string) bool, plain bool) {
	if !set("places") && (o.urls || o.json || plain) {
		o.places = 0
	}
	o.few = !set("limit")
	if !set("budget") && (o.limit == 0 || o.count) {
		o.budget = 0
	}
}

// sorts returns the values of --sort.
func sorts() []string {
	var names []string
	for _, by := range search.Sorts() {
		names = append(names, string(by))
	}
	return names
}

// check returns an error about flags that do not go together.
func (o *searchOptions) check() error {
	if err := o.records.check(searchFields(), o.json); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	switch {
	case o.json && o.urls:
		return errors.New("search: --json and --urls exclude each other")
	case o.urls && (o.records.template != "" || o.records.pretty):
		return errors.New("search: --urls excludes --format and --pretty")
	case o.count && (o.json || o.urls || o.records != recordFlags{}):
		return errors.New("search: --count stands alone: it prints a number")
	case o.limit < 0:
		return fmt.Errorf("search: -n %d is negative", o.limit)
	case o.places < 0:
		return fmt.Errorf("search: --places %d is negative", o.places)
	case o.budget < 0:
		return fmt.Errorf("search: --budget %s is negative", o.budget)
	}
	return nil
}

// request returns the search for text.
func (o *searchOptions) request(text string) search.Request {
	asked := search.Request{Text: text, Sort: index.Sort(o.sort), Reverse: o.reverse, Places: o.places, Budget: o.budget}
	if o.places == 0 {
		asked.Places = index.MaxLimit
	}
	if o.budget == 0 {
		asked.Budget = -1
	}
	return asked
}

// mistake returns why a search failed. Where there is no catalogue, a mistake in the query comes first: it would be there with one,
// too.
func (a *app) mistake(asked search.Request, err error) error {
	if !errors.Is(err, errNoCatalogue) {
		return err
	}
	if _, wrong := asked.Query(a.now()); wrong != nil {
		return fmt.Errorf("search: %w", wrong)
	}
	return err
}

// pages prints the results of a search. It asks for one page after the other, until as many results
// are printed as were asked for. All pages are of the reading of the first. In the end it says
// if any page was cut short.
func pages(ctx context.Context, searcher index.Searcher, a *app, asked search.Request, opts searchOptions) error {
	asked.Limit = opts.page(0)
	answer, err := search.Ask(ctx, searcher, asked, a.now())
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if answer.Note != "" {
		fmt.Fprintln(a.err, index.Visible(answer.Note))
	}
	if opts.count {
		return a.printCount(&answer, opts)
	}
	show, err := a.resultPrinter(opts)
	if err != nil {
		return err
	}
	printed, exact, q := 0, true, answer.Query
	for {
		if err := show(answer.Results, printed+1); err != nil {
			return fmt.Errorf("print results: %w", err)
		}
		printed += len(answer.Results)
		exact = exact && answer.Exact
		answer.Exact = exact
		q.Cursor = answer.Next
		if q.Cursor == "" || printed == opts.limit {
			return conclude(a, &answer, printed, opts)
		}
		q.Limit = opts.page(printed)
		if answer.Answer, err = searcher.Search(ctx, q); err != nil {
			return fmt.Errorf("search: %w", err)
		}
	}
}

// printCount prints how many results there are, and to the standard error that there may be more.
func (a *app) printCount(answer *search.Answer, opts searchOptions) error {
	if _, err := fmt.Fprintln(a.out, answer.Total); err != nil {
		return fmt.Errorf("print results: %w", err)
	}
	if answer.Total == 0 || !answer.Exact {
		return conclude(a, answer, answer.Total, opts)
	}
	return nil
}

// resultPrinter returns a printer of results, the first of which has a number.
func (a *app) resultPrinter(opts searchOptions) (func(results []index.Result, number int) error, error) {
	schemes := schemes()
	each := func(show func(r *index.Result) error) func([]index.Result, int) error {
		return func(results []index.Result, _ int) (err error) {
			for i := 0; i < len(results) && err == nil; i++ {
				err = show(&results[i])
			}
			return err
		}
	}
	switch {
	case opts.json:
		return each(func(r *index.Result) error { return a.out.json(wire.NewResult(r, schemes)) }), nil
	case !opts.urls && !opts.records.plain(a.out):
		t := opts.records.people(a.out)
		return each(func(r *index.Result) error { return printForPeople(t, schemes, r) }), nil
	}
	usual := searchRecord
	if opts.urls {
		usual = urlsRecord
	}
	records, err := opts.records.printer(a.out, usual, searchFields())
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return func(results []index.Result, number int) error {
		for i := range results {
			records.addResult(schemes, &results[i], number+i, opts.urls)
		}
		return records.flush()
	}, nil
}

// page returns how many results to ask for next.
func (o *searchOptions) page(printed int) int {
	if o.count {
		return 1
	}
	if o.limit > 0 {
		return min(o.limit-printed, index.MaxLimit)
	}
	return index.MaxLimit
}

// conclude writes to the standard error how complete the results are.
func conclude(a *app, answer *search.Answer, printed int, opts searchOptions) error {
	switch {
	case printed == 0 && answer.Exact:
		explain(a.err, answer)
	case printed == 0 && opts.budget == 0:
		fmt.Fprintln(a.err, "nothing found, but a part could not be counted or read")
	case printed == 0:
		fmt.Fprintln(a.err, "nothing found in time; --budget 0 searches to the end")
	case !answer.Exact:
		mend := "--budget 0 counts them all"
		if opts.budget == 0 {
			mend = "a part could not be counted or read"
		}
		if opts.count {
			fmt.Fprintf(a.err, "there are at least so many; %s\n", mend)
			break
		}
		fmt.Fprintf(a.err, "%s of %s; %s\n", humanize.Comma(int64(printed)), search.Results(max(printed, answer.Total), false), mend)
	case printed < answer.Total && opts.few:
		fmt.Fprintf(a.err, "%s of %s; -n 0 prints all\n", humanize.Comma(int64(printed)), search.Results(answer.Total, true))
	case a.out.tty && !opts.json && !opts.urls && !opts.records.plain(a.out):
		found := search.Results(answer.Total, true).String()
		if printed < answer.Total {
			found = humanize.Comma(int64(printed)) + " of " + found
		}
		fmt.Fprintf(a.err, "%s in %s\n", found, search.Took(answer.Took))
	}
	if printed == 0 {
		return exitCode(exitSome)
	}
	return nil
}

// printForPeople prints a result in a line, and each of its places in one below, or in one for each door:
//
//	663 MiB  2024-02-10  debian-12.5.0-amd64-netinst.iso
//	         ftp://ftp.example.org/debian/debian-12.5.0-amd64-netinst.iso
func printForPeople(t *terminal, schemes index.Schemes, r *index.Result) error {
	const column = 8 // of a size
	indent := strings.Repeat(" ", column+2)
	day := "-"
	if !r.Time.IsZero() {
		day = r.Time.UTC().Format(time.DateOnly)
	}
	name := t.mark(r.Name, r.Marks)
	if r.Kind == index.Dir {
		name += "/"
	}
	size := sizeText(r.Size, true)
	if r.Kind != index.File {
		size = r.Kind.String()
	}
	if _, err := fmt.Fprintf(t, "%*s  %-10s  %s\n", column, size, day, name); err != nil {
		return err
	}
	if r.About != "" {
		fmt.Fprintf(t, "%s%s\n", indent, index.Visible(r.About))
	}
	if r.Text != nil && r.Text.Line != "" {
		fmt.Fprintf(t, "%s%s\n", indent, t.mark(r.Text.Line, r.Text.Marks))
	}
	for i := range r.Places {
		for _, line := range place(t, schemes, r.Kind, &r.Places[i]) {
			fmt.Fprintf(t, "%s%s\n", indent, line)
		}
	}
	if more := r.Count - len(r.Places); more > 0 {
		fmt.Fprintf(t, "%sand %s; --places 0 shows all\n", indent, search.MorePlaces(more, !r.Cut))
	}
	return nil
}

// place returns the links to a file by all doors of its host, readable on a terminal, and what is unsure about it.
// A link stays as programs have it if people read another path than the wire has, or if
// it holds a selector.
func place(t *terminal, schemes index.Schemes, kind index.Kind, p *index.Place) []string {
	links := schemes.URLs(p, kind)
	for i, base := range p.Bases() {
		if t.tty && p.Shown == string(p.Path) && !schemes.Lookup(base.Scheme()).Selectors {
			links[i] = base.Scheme() + "://" + base.Name() + t.markAs(linkable, p.Shown, p.Marks)
			if kind == index.Dir && p.Path != "/" {
				links[i] += "/"
			}
		}
	}
	if doubt := search.Doubt(p); doubt != "" {
		links[0] += "  (" + doubt + ")"
	}
	return links
}
