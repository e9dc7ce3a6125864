package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"trawl/index"
	"trawl/web/wire"
)

// duOptions are the flags of du.
type duOptions struct {
	depth       int
	human, json bool
	records     recordFlags
}

func newDu(a *app) *cobra.Command {
	var opts duOptions
	cmd := &cobra.Command{
		Use:   "du [HOST/PATH...]",
		Short: "Add up the sizes of directories of the catalogue",
		Long: `Du prints how many bytes the files in a directory and below it have together, as
the catalogue knows them, without asking the hosts: first of the directories in it,
then of itself. Without a path it adds up each host. Unknown sizes count as nothing.
A line is bytes and URL, with a tab between; --format prints other fields (trawl help
output).`,
		Example: `  trawl du -h ftp.example.org/pub
  trawl du -d 0 ftp.example.org mirror.example.org
  trawl du --json -d -1 ftp.example.org/pub`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.records.check(sumFields(), opts.json); err != nil {
				return fmt.Errorf("du: %w", err)
			}
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				return (&adder{app: a, engine: e, duOptions: opts}).all(ctx, args)
			})
		},
		ValidArgsFunction: a.completingSpots(),
	}
	flags := cmd.Flags()
	flags.IntVarP(&opts.depth, "max-depth", "d", 1, "how deep directories are printed below the path; -1 is all")
	flags.BoolVarP(&opts.human, "human-readable", "h", false, "print sizes such as 1.5 MiB")
	flags.BoolVar(&opts.json, "json", false, "print a JSON object for each directory")
	opts.records.bind(cmd, sumFields())
	flags.Bool("help", false, "help for du")
	return cmd
}

// adder prints sums of directories.
type adder struct {
	app    *app
	engine engine
	duOptions

	cut bool // a sum was cut short
}

// all adds up what the arguments name, or each host.
func (d *adder) all(ctx context.Context, args []string) error {
	if len(args) == 0 {
		hosts, err := d.engine.Hosts(ctx)
		if err != nil {
			return fmt.Errorf("du: list hosts: %w", err)
		}
		d.depth = 0
		for i := range hosts {
			args = append(args, string(hosts[i].ID))
		}
	}
	failed := false
	for _, arg := range args {
		switch err := d.one(ctx, arg); {
		case err == nil:
		case len(args) == 1, ctx.Err() != nil:
			return fmt.Errorf("du %w", err)
		default:
			failed = true
			d.app.complain(fmt.Errorf("du %w", err))
		}
	}
	if d.cut {
		fmt.Fprintln(d.app.err, "there was no time to add up all: the sums are at least so large")
	}
	if failed || d.cut {
		return exitCode(exitSome)
	}
	return nil
}

// one adds up what one argument names.
func (d *adder) one(ctx context.Context, arg string) error {
	at, err := locate(ctx, d.engine, arg)
	if err != nil {
		return err
	}
	err = d.directory(ctx, at, 0)
	if !errors.Is(err, index.ErrNotFound) {
		return err
	}
	found, err := d.engine.Entry(ctx, at.host, at.path)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return at.missing(ctx, d.engine)
	case err != nil:
		return err
	case found.Entry.Kind == index.Dir:
		return fmt.Errorf("%s: no crawl has listed it; trawl crawl %s tries again", at.url(found.Shown), at.host)
	}
	return d.print(at, found.Shown, found.Entry.Kind, index.Sum{Files: 1, Bytes: index.Counted(found.Entry.Size)}, true)
}

// duPage is how many entries du asks for at once. It needs the directories alone, which come first.
const duPage = 10_000

// directory prints the directories in one, then itself.
func (d *adder) directory(ctx context.Context, at spot, depth int) error {
	view := index.View{Limit: duPage}
	if d.depth >= 0 && depth >= d.depth {
		view.Limit = 1
	}
	page, err := d.engine.Page(ctx, at.host, at.path, view)
	if err != nil {
		return err
	}
	for part := page; view.Limit == duPage; {
		for i := range part.Entries {
			if part.Entries[i].Kind != index.Dir {
				part.More = false
				break
			}
			err := d.directory(ctx, at.at(at.path.Join(part.Entries[i].Wire())), depth+1)
			if err != nil && !errors.Is(err, index.ErrNotFound) { // one that no crawl has listed has no sum
				return err
			}
		}
		if !part.More {
			break
		}
		view.Offset += duPage
		if part, err = d.engine.Page(ctx, at.host, at.path, view); err != nil {
			return err
		}
	}
	d.cut = d.cut || !page.Exact
	return d.print(at, page.Display(), index.Dir, page.Below, page.Exact)
}

// print prints a sum.
func (d *adder) print(at spot, shown string, kind index.Kind, sum index.Sum, exact bool) error {
	if d.json {
		links := at.links(kind)
		return d.app.out.json(wire.Sum{URL: links[0], Host: string(at.host), Path: shown, Counts: wire.Counts(sum), Exact: exact, URLs: links})
	}
	if !d.records.plain(d.app.out) {
		_, err := fmt.Fprintf(d.app.out, "%s\t%s\n", sizeText(sum.Bytes, d.human), at.url(shown))
		return err
	}
	records, err := d.records.printer(d.app.out, sumRecord, sumFields())
	if err != nil {
		return fmt.Errorf("du: %w", err)
	}
	records.add(func(field string) string { return d.field(at, shown, kind, sum, exact, field) })
	return records.flush()
}
