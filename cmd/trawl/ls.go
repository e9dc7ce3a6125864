package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/index"
	"trawl/web/wire"
)

// lsOptions are the flags of ls.
type lsOptions struct {
	long, recursive, json, human, reverse bool
	sort                                  string
	records                               recordFlags
}

func newLs(a *app) *cobra.Command {
	var opts lsOptions
	cmd := &cobra.Command{
		Use:   "ls [HOST/PATH...]",
		Short: "List directories of the catalogue",
		Long: `Ls lists directories and files as the catalogue knows them, without asking the
hosts. Without a path it lists the hosts, and with -R all that is on them.

Into a pipe it prints a name on each line, and with -l size in bytes, time and URL,
with tabs between; --format prints other fields (trawl help output).

The exit code is 0; 1 if a directory is not known as it is now (its listing is
stale, cut or was denied, which the standard error says); 2 if there is none.`,
		Example: `  trawl ls ftp.example.org/pub
  trawl ls -lh --sort time ftp.example.org/pub/linux
  trawl ls -R --format '%{url}' ftp.example.org/pub
  trawl ls -R --json ftp.example.org/pub | jq -r .url`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(checkOrder(opts.sort), opts.records.check(entryFields(), opts.json)); err != nil {
				return fmt.Errorf("ls: %w", err)
			}
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				return (&lister{app: a, engine: e, lsOptions: opts, headed: opts.recursive || len(args) > 1}).all(ctx, args)
			})
		},
		ValidArgsFunction: a.completingSpots(),
	}
	flags := cmd.Flags()
	flags.BoolVarP(&opts.long, "long", "l", false, "print kind, size, time in UTC and the target of a link, too")
	flags.BoolVarP(&opts.recursive, "recursive", "R", false, "list all directories below, too")
	flags.BoolVarP(&opts.human, "human-readable", "h", false, "with -l print sizes such as 1.5 MiB")
	flags.StringVar(&opts.sort, "sort", string(index.ByName), "`order`: name, size or time; directories come first")
	flags.BoolVarP(&opts.reverse, "reverse", "r", false, "reverse the order")
	flags.BoolVar(&opts.json, "json", false, "print a JSON object for each entry")
	opts.records.bind(cmd, entryFields())
	flags.Bool("help", false, "help for ls")
	completeFrom(cmd, "sort", "name", "size", "time")
	return cmd
}

// checkOrder refuses an order that a directory does not have.
func checkOrder(order string) error {
	switch index.Sort(order) {
	case index.ByName, index.BySize, index.ByTime:
		return nil
	}
	return fmt.Errorf("--sort %q is no order; it is name, size or time", order)
}

// lister prints directories.
type lister struct {
	app    *app
	engine engine
	lsOptions

	headed  bool // directories have headings
	printed bool // something was
	poor    int  // directories below the named ones that are not known as they are now
}

// all lists what the arguments name.
func (l *lister) all(ctx context.Context, args []string) error {
	if len(args) == 0 && !l.recursive {
		return l.hosts(ctx)
	}
	if len(args) == 0 {
		var err error
		if args, err = l.roots(ctx); err != nil {
			return err
		}
	}
	failed := 0
	for _, arg := range args {
		err := l.one(ctx, arg)
		var some exitCode
		switch {
		case err == nil:
		case ctx.Err() != nil, len(args) == 1 && !errors.As(err, &some):
			return fmt.Errorf("ls %w", err)
		default:
			if failed++; !errors.As(err, &some) {
				l.app.complain(fmt.Errorf("ls %w", err))
			}
		}
	}
	if l.poor > 0 {
		fmt.Fprintf(l.app.err, "%s below could not be listed as they are now\n", count(int64(l.poor), "directory", "directories"))
		failed++
	}
	if failed > 0 {
		return exitCode(exitSome)
	}
	return nil
}

// hosts lists the hosts.
func (l *lister) hosts(ctx context.Context) error {
	if l.json || l.long {
		return l.app.listHosts(ctx, l.engine, hostsOptions{json: l.json})
	}
	hosts, err := l.engine.Hosts(ctx)
	for i := range hosts {
		fmt.Fprintln(l.app.out, hosts[i].ID)
	}
	return err
}

// roots returns the URLs of all hosts that have a listing.
func (l *lister) roots(ctx context.Context) (urls []string, err error) {
	hosts, err := l.engine.Hosts(ctx)
	for i := range hosts {
		id := hosts[i].ID
		known, failed := spot{host: id, path: id.Root()}.known(ctx, l.engine)
		if failed != nil {
			return nil, failed
		}
		if known {
			urls = append(urls, string(id))
		}
	}
	return urls, err
}

// one lists what one argument names.
func (l *lister) one(ctx context.Context, arg string) error {
	at, err := locate(ctx, l.engine, arg)
	if err != nil {
		return err
	}
	page, err := l.engine.Page(ctx, at.host, at.path, l.view())
	switch {
	case errors.Is(err, index.ErrNotFound):
		return l.entry(ctx, at)
	case err != nil:
		return err
	}
	if err := l.directory(ctx, at, &page); err != nil {
		return err
	}
	if page.State == index.Complete {
		return nil
	}
	why := page.State.String()
	if page.Why != "" {
		why += ": " + page.Why
	}
	fmt.Fprintf(l.app.err, "%s: %s\n", at.url(page.Shown), index.Visible(why))
	return exitCode(exitSome)
}

func (l *lister) view() index.View {
	return index.View{Sort: index.Sort(l.sort), Reverse: l.reverse}
}

// entry prints a spot that is no directory with a listing.
func (l *lister) entry(ctx context.Context, at spot) error {
	found, err := l.engine.Entry(ctx, at.host, at.path)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return at.missing(ctx, l.engine)
	case err != nil:
		return err
	case found.Entry.Kind == index.Dir:
		return fmt.Errorf("%s: no crawl has listed it; trawl crawl %s tries again", at.url(found.Shown), at.host)
	}
	shown := index.Path(found.Shown).Dir()
	return l.print(at.at(at.path.Dir()), string(shown), []index.Entry{found.Entry})
}

// directory prints a directory, and with -R those below it.
func (l *lister) directory(ctx context.Context, at spot, page *index.Page) error {
	if l.headed && !l.json && !l.recorded() {
		if l.printed {
			fmt.Fprintln(l.app.out)
		}
		fmt.Fprintf(l.app.out, "%s:\n", at.url(page.Shown))
	}
	l.printed = true
	if err := l.print(at, page.Display(), page.Entries); err != nil || !l.recursive {
		return err
	}
	for i := range page.Entries {
		e := &page.Entries[i]
		if e.Kind != index.Dir {
			continue
		}
		below := at.at(at.path.Join(e.Wire()))
		next, err := l.engine.Page(ctx, below.host, below.path, l.view())
		if errors.Is(err, index.ErrNotFound) {
			l.poor++
			continue
		}
		if err != nil {
			return err
		}
		if next.State != index.Complete {
			l.poor++
		}
		if err := l.directory(ctx, below, &next); err != nil {
			return err
		}
	}
	return nil
}

// print prints entries of a directory, which people read as shown.
func (l *lister) print(at spot, shown string, entries []index.Entry) error {
	switch {
	case l.json:
		return l.printJSON(at, shown, entries)
	case l.recorded():
		return l.printRecords(at, shown, entries)
	case l.long:
		return l.printLong(entries)
	}
	names := make([]string, len(entries))
	for i := range entries {
		names[i] = entryName(&entries[i])
	}
	if l.app.out.width > 0 {
		return printGrid(l.app.out, names)
	}
	for _, name := range names {
		if _, err := fmt.Fprintln(l.app.out, name); err != nil {
			return err
		}
	}
	return nil
}

// entryName returns a name as ls prints it: that of a directory has a slash.
func entryName(e *index.Entry) string {
	if e.Kind == index.Dir {
		return index.Visible(e.Name) + "/"
	}
	return index.Visible(e.Name)
}

func (l *lister) printJSON(at spot, shown string, entries []index.Entry) error {
	for i := range entries {
		e := &entries[i]
		err := l.app.out.json(wire.NewEntry(at.host, shown, e, at.at(at.path.Join(e.Wire())).links(e.Kind)))
		if err != nil {
			return err
		}
	}
	return nil
}

// printLong prints a line an entry, as ls -l does, with what a catalogue knows:
//
//	d          -  2024-02-10 11:30  pub/
//	-     725946  2024-02-10        hello.tar.gz
//	l          -  -                 latest -> hello.tar.gz
func (l *lister) printLong(entries []index.Entry) error {
	sizes, widest := make([]string, len(entries)), 1
	for i := range entries {
		sizes[i] = l.size(entries[i].Size)
		widest = max(widest, len(sizes[i]))
	}
	for i := range entries {
		e := &entries[i]
		name := entryName(e)
		if e.Target != "" {
			name += " -> " + index.Visible(e.Target)
		}
		kind := [...]string{"-", "d", "l"}[min(e.Kind, index.Link)]
		if _, err := fmt.Fprintf(l.app.out, "%s %*s  %-16s  %s\n", kind, widest, sizes[i], date(e.Time(), e.Precision), name); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) size(n int64) string { return sizeText(n, l.human) }

// sizeText returns a size in bytes, or rounded for people; "-" if unknown.
func sizeText(n int64, human bool) string {
	switch {
	case n < 0:
		return "-"
	case human:
		return humanize.IBytes(uint64(n))
	}
	return strconv.FormatInt(n, 10)
}

// printGrid prints names in as many columns as fit, each read downwards.
func printGrid(t *terminal, names []string) error {
	rows, widths := gridOf(names, t.width)
	for row := range rows {
		var line strings.Builder
		for column, wide := range widths {
			if i := column*rows + row; i < len(names) {
				line.WriteString(names[i] + strings.Repeat(" ", max(0, wide-columns(names[i]))+2))
			}
		}
		if _, err := fmt.Fprintln(t, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// gridOf returns how many rows and columns of which widths names take on a terminal of a width.
func gridOf(names []string, width int) (rows int, widths []int) {
	each := make([]int, len(names))
	for i, name := range names {
		each[i] = columns(name)
	}
	for rows = 1; rows < len(names); rows += 1 + rows/32 { // in large steps where there are many
		widths = widths[:0]
		total := -2
		for some := range slices.Chunk(each, rows) {
			widths = append(widths, slices.Max(some))
			if total += widths[len(widths)-1] + 2; total > width {
				break
			}
		}
		if total <= width {
			return rows, widths
		}
	}
	return len(names), []int{0}
}
