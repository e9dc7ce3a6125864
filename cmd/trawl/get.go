package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/download"
	"trawl/crawler/fetch"
)

// getOptions are the flags of get.
type getOptions struct {
	output      string // a file, or "-"
	dir         string
	connections int
	first, all  bool
	limit       int // of all
	pick        int
	force       bool
	resume      bool
	verify      bool
	contact     string
	patience    time.Duration
}

// mostConnections bounds -j.
const mostConnections = 16

func newGet(a *app) *cobra.Command {
	var opts getOptions
	cmd := &cobra.Command{
		Use:   "get QUERY... | URL...",
		Short: "Fetch files, each from the best place that has it",
		Long: `Get fetches files into this directory. A URL names one file: the catalogue adds the
other places that have it, and a file that it does not hold is fetched from there
alone. Words are a query, as search takes it: if it finds one file, that is fetched,
and if it finds several, they are listed.

A place that fails, before or in the middle, is followed by the next one. The bytes
go to NAME.part, which becomes NAME when the file is whole. The same command goes on
with a NAME.part that is there, whatever ended the one before. A NAME that is there is
kept unless --force is given.

The exit code is 0 if all files are here, 1 if some are, if none or several match
the query, or after Ctrl-C; 2 if no file could be fetched.`,
		Example: `  trawl get debian-12.5.0-amd64-netinst.iso
  trawl get ftp://ftp.example.org/pub/README ftp://ftp.example.org/pub/INDEX
  trawl get 'linux-6.1.12.tar.xz' --first --verify
  trawl get 'dir:/pub/doc ext:pdf' --all -d doc
  trawl get ftp://ftp.example.org/pub/big.iso -j 4 -o disk.iso
  trawl get ftp://ftp.example.org/pub/README -o - | less`,
		Args: atLeastOne("the query or the URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opts.check(cmd, args); err != nil {
				return err
			}
			return a.shareIfAny(cmd.Context(), func(ctx context.Context, e engine) error {
				return a.get(ctx, e, args, opts)
			})
		},
		ValidArgsFunction: a.completing(completeGet),
	}
	flags := cmd.Flags()
	flags.StringVarP(&opts.output, "output", "o", "", "save the file as `FILE`; - is stdout")
	flags.StringVarP(&opts.dir, "dir", "d", "", "save in this `directory`, which is made")
	flags.IntVarP(&opts.connections, "connections", "j", 1, fmt.Sprintf("fetch a large file over so many connections, to all its places together; at most %d", mostConnections))
	flags.BoolVar(&opts.first, "first", false, "of several results, take the best")
	flags.IntVar(&opts.pick, "pick", 0, "of several results, take the one that is listed under this `number`")
	flags.BoolVar(&opts.all, "all", false, "take all files that the query finds, if they are no more than --limit")
	flags.IntVarP(&opts.limit, "limit", "n", 100, "most files of --all")
	flags.BoolVarP(&opts.force, "force", "f", false, "replace a file of this name")
	flags.BoolVarP(&opts.resume, "continue", "c", false, "a shorter NAME is the beginning of the file, too (a NAME.part is in any case)")
	flags.BoolVar(&opts.verify, "verify", false, "compare the file with a checksum that lies beside it: SHA256SUMS, NAME.sha256 and the like")
	settings.DurationVar(flags, &opts.patience, "patience", 15*time.Second, "how long a place may be silent before the next one is tried")
	contactFlag(cmd, &opts.contact)
	return cmd
}

// check returns an error about flags that do not go together.
func (o *getOptions) check(cmd *cobra.Command, args []string) error {
	urls := slices.ContainsFunc(args, isURL)
	chosen := 0
	for _, is := range []bool{o.first, o.all, o.pick != 0} {
		if is {
			chosen++
		}
	}
	glued := slices.IndexFunc(args, func(arg string) bool {
		return len(arg) > 2 && (strings.HasPrefix(arg, "-o") || strings.HasPrefix(arg, "-d"))
	})
	switch {
	case glued >= 0:
		arg := args[glued]
		return usage(cmd, fmt.Errorf("%q may mean %s %s, or a word that is excluded; write that as NOT %s", arg, arg[:2], arg[2:], arg[1:]))
	case urls && !all(args, isURL):
		i := slices.IndexFunc(args, func(arg string) bool { return !isURL(arg) })
		return usage(cmd, fmt.Errorf("%q is no URL; a query stands alone", args[i]))
	case urls && chosen > 0:
		return usage(cmd, errors.New("--first, --pick and --all are for queries"))
	case chosen > 1:
		return usage(cmd, errors.New("--first, --pick and --all exclude each other"))
	case o.output != "" && (o.all || len(args) > 1 && urls):
		return usage(cmd, errors.New("-o is for one file; -d names a directory"))
	case o.output != "" && o.dir != "":
		return usage(cmd, errors.New("-o and -d exclude each other"))
	case o.connections < 1 || o.connections > mostConnections:
		return usage(cmd, fmt.Errorf("-j %d is not one of 1 to %d", o.connections, mostConnections))
	case o.limit < 1:
		return usage(cmd, fmt.Errorf("--limit %d is less than 1", o.limit))
	case o.pick < 0:
		return usage(cmd, fmt.Errorf("--pick %d is no number of a result", o.pick))
	case o.patience <= 0:
		return usage(cmd, fmt.Errorf("--patience %s is no time", o.patience))
	}
	return nil
}

// all reports whether f holds for all of list.
func all(list []string, f func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !f(s) })
}

// isURL reports whether an argument of get is a URL and no part of a query.
func isURL(arg string) bool {
	scheme, _, found := strings.Cut(arg, "://")
	return found && scheme != "" && !strings.ContainsFunc(scheme, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '+' && r != '-' && r != '.'
	})
}

// getter fetches the files of one call of get.
type getter struct {
	*app
	opts  getOptions
	cat   *guests
	src   download.Opener
	shown *terminal // where outcomes are printed: the standard output, unless a file goes there
}

// get fetches what args name. e is nil if there is no catalogue.
func (a *app) get(ctx context.Context, e engine, args []string, opts getOptions) (err error) {
	cat := newGuests(e)
	fetcher := newFetcher(a, cat, opts.contact, fetch.Limits{PerHost: opts.connections, Silence: opts.patience}, nil)
	defer func() { err = errors.Join(err, fetcher.Close()) }()
	g := &getter{app: a, opts: opts, cat: cat, src: fetcher, shown: a.out}
	if opts.output == "-" {
		g.shown = a.err
	}
	return g.run(ctx, e, args)
}

// run fetches what args name, one file after the other.
func (g *getter) run(ctx context.Context, e engine, args []string) error {
	if !isURL(args[0]) {
		files, err := g.find(ctx, e, strings.Join(args, " "))
		if err != nil {
			return err
		}
		return g.fetchAll(ctx, len(files), func(i int) error { return g.save(ctx, files[i]) })
	}
	return g.fetchAll(ctx, len(args), func(i int) error { return g.fetchURL(ctx, e, args[i]) })
}

// fetchAll fetches n files and complains of those that fail.
func (g *getter) fetchAll(ctx context.Context, n int, fetch func(i int) error) error {
	here := 0
	for i := range n {
		err := fetch(i)
		switch {
		case ctx.Err() != nil && err != nil:
			if !errors.Is(err, errSaid) {
				fmt.Fprintln(g.err, "trawl: interrupted")
			}
			return exitCode(exitSome)
		case err != nil:
			g.complain(fmt.Errorf("get: %w", err))
		default:
			here++
		}
	}
	switch here {
	case n:
		return nil
	case 0:
		return exitCode(exitBad)
	}
	return exitCode(exitSome)
}

// shareIfAny is share if there is a catalogue; else it calls do without an engine.
func (a *app) shareIfAny(ctx context.Context, do func(context.Context, engine) error) error {
	_, err := a.existing()
	if errors.Is(err, errNoCatalogue) {
		return do(ctx, nil)
	}
	if err != nil {
		return err
	}
	return a.share(ctx, do)
}

// asked is a file that get fetches.
type asked struct {
	fetch.File
	exact bool // it was named by its URL: it is fetched as it is now
}

// fetchURL fetches the file of a URL.
func (g *getter) fetchURL(ctx context.Context, e engine, url string) error {
	file, err := g.locate(ctx, e, url)
	if err != nil {
		return err
	}
	return g.save(ctx, file)
}
